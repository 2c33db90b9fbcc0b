import Synchronization
package import Telemetry

/// A member of a consumer group: reads topics and gives their messages to a handler, partition by partition.
///
/// The handler gets consecutive messages of one partition, one batch of a partition at a time, different partitions at
/// once. When it returns, the messages are done and their offsets are committed soon. When it throws, the same batch comes
/// again after a pause, for as long as it takes, while the partition stands still: whoever wants a bad message out of the
/// way puts it aside and returns.
///
/// Delivery is at least once: after a crash, and around a rearrangement of the group, messages come again. A handler that
/// is still at work `drainTimeout` after its partition was taken away goes on while another member already reads the same
/// messages; only its transaction can tell.
package final class KafkaConsumer: Sendable {
    private let configuration: KafkaConfiguration
    private let group: String
    private let topics: [String]
    private let options: ConsumerOptions
    private let logger: Logger
    private let worker: LaneWorker
    private let shared = ConsumerShared()
    private let wasStarted = Atomic<Bool>(false)

    /// Connects when it runs.
    ///
    /// - Parameters:
    ///   - group: what progress is kept under. A new name reads everything from the beginning.
    ///   - topics: they need not exist yet.
    /// - Throws: `KafkaError.configuration`.
    package init(
        _ configuration: KafkaConfiguration, group: String, topics: [String],
        options: ConsumerOptions = ConsumerOptions(),
        logger: Logger, handler: @escaping @Sendable ([KafkaMessage]) async throws -> Void
    ) throws {
        guard !group.isEmpty, !topics.isEmpty else {
            throw KafkaError(.configuration, message: "a consumer needs a group and at least one topic")
        }
        try options.check()
        self.configuration = configuration
        self.group = group
        self.topics = topics
        self.options = options
        self.logger = logger
        worker = LaneWorker(
            handler: handler, shared: shared, options: options, logger: logger,
            duration: Timer(label: "handler_seconds", dimensions: [("group", group)]),
            failures: ErrorCounters(label: "handler_failures_total", dimensions: [("group", group)]))
    }

    /// How it is. Cheap enough for every health check.
    package var status: ConsumerStatus {
        shared.status(
            starvationLimit: options.starvationLimit,
            turnLimit: options.drainTimeout + options.commitTimeout + .seconds(10))
    }

    /// Reads until it is stopped or cancelled, which it treats alike: handlers at work may finish, what is done is
    /// committed, the group is left. Only once.
    ///
    /// - Throws: `KafkaError`: the settings, a fatal error of the client, or `.handlerStarved`. The process should end:
    ///   what hangs can be neither stopped nor trusted.
    package func run() async throws {
        guard !wasStarted.exchange(true, ordering: .relaxed) else {
            preconditionFailure("a consumer runs once")
        }
        guard !shared.isStopRequested else { return }
        let watch = GroupWatch(
            admin: try KafkaAdmin(configuration, logger: logger), group: group, topics: topics,
            interval: options.watchInterval, logger: logger)
        let loop = ConsumerLoop(
            configuration, group: group, topics: topics, options: options, shared: shared, worker: worker,
            logger: logger)
        do {
            try loop.open()
            try LoopThread.start("kafka-consumer") { loop.run() }
        } catch {
            loop.abandon()
            throw error
        }
        let watching = Task { [shared] in
            await watch.run {
                shared.requestNewClient()
            } startOver: {
                shared.requestNewClient(startingOver: true)
            }
        }
        await shared.ending.wait()
        watching.cancel()
        shared.requestStop()
        await waitForEnd()
        if let failure = shared.failure { throw failure }
    }

    /// Finishes what is in hand, commits it, leaves the group and makes `run` return. May be called before `run`, which
    /// then does nothing.
    package func stop() async {
        shared.requestStop()
        if wasStarted.load(ordering: .relaxed) { await waitForEnd() }
    }

    /// Also where this task is cancelled: the thread is bounded by itself, and leaving it early would leave the group late.
    private func waitForEnd() async {
        let (shared, limit) = (shared, options.closeTimeout)
        let isThrough = await Task { await shared.finished.wait(upTo: limit) }.value
        if !isThrough { logger.info("consumer did not close in time", metadata: ["kafka.group": group]) }
    }
}
