import CRdKafka
import Dispatch
import Synchronization
import Telemetry

/// The one thread of a consumer and everything that happens on it: polling, feeding lanes, pausing, committing, and the
/// rebalance callback, which librdkafka calls from inside the poll.
///
/// Sendable: everything here is touched by that thread only, from `run` on; what others need is in `shared`.
final class ConsumerLoop: @unchecked Sendable {
    /// A topic of the present assignment, found by librdkafka's object for it.
    struct Topic {
        let name: String
        /// By partition number; nil for those of other members.
        var lanes: [Lane?] = []
    }

    let configuration: KafkaConfiguration
    let group: String
    let topicNames: [String]
    let options: ConsumerOptions
    let shared: ConsumerShared
    let worker: LaneWorker
    let log: LibraryLog
    let metrics: ConsumerMetrics

    /// Set for as long as there is one.
    private(set) var client: OpaquePointer?
    var lanes: [ConsumerStatus.Partition: Lane] = [:]
    private var topics: [OpaquePointer: Topic] = [:]
    var pausedAtBroker: Set<ConsumerStatus.Partition> = []
    /// Lanes that got their first message in this burst.
    private var toServe: [Lane] = []
    /// The last task of each lane; it may have ended.
    var tasks: [ConsumerStatus.Partition: Task<Void, Never>] = [:]
    private var reader = MessageReader()
    var epoch = 0
    var isCommitUnderWay = false
    /// Partitions that were begun from their beginning since the cluster was another one; nil as long as it never was. It
    /// stays for later clients: reading twice is harmless, and leaving out a partition is not.
    var startedOver: Set<ConsumerStatus.Partition>?
    private var lastCommit = ContinuousClock.now
    private var lastMeasured = ContinuousClock.now

    /// Turns further apart than this mean that the thread hangs; draining may take its time, too.
    var turnLimit: Duration { options.drainTimeout + options.commitTimeout + .seconds(10) }

    private static let measureInterval: Duration = .seconds(1)
    private static let destroyTimeout: DispatchTimeInterval = .seconds(2)

    init(
        _ configuration: KafkaConfiguration, group: String, topics: [String], options: ConsumerOptions,
        shared: ConsumerShared, worker: LaneWorker, logger: Logger
    ) {
        self.configuration = configuration
        self.group = group
        topicNames = topics
        self.options = options
        self.shared = shared
        self.worker = worker
        log = LibraryLog(logger: logger)
        metrics = ConsumerMetrics(group: group)
    }

    /// Makes the client and joins the group. Called before the thread starts, and by it.
    func open() throws {
        let role = KafkaConfiguration.Role.consumer(
            group: group, sessionTimeout: options.sessionTimeout, maxPollInterval: options.maxPollInterval)
        let this = Unmanaged.passUnretained(self).toOpaque()
        let client = try ClientHandle.make(
            RD_KAFKA_CONSUMER, properties: configuration.properties(for: role),
            prepare: { Self.setCallbacks($0, opaque: this) }
        ).pointer
        // From here on rebalances, reports of commits, logs and statistics all come through the one poll.
        rd_kafka_poll_set_consumer(client)
        self.client = client
        let error = withPartitionList(topicNames.map { ($0, anyPartition, nil) }) {
            rd_kafka_subscribe(client, $0)
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            close(client)
            throw KafkaError(error, message: "cannot subscribe")
        }
    }

    /// The thread's whole life. Keeps the loop alive until librdkafka can call back no more.
    func run() {
        shared.setRunning(true)
        while let client, let queue = rd_kafka_queue_get_consumer(client) {
            shared.setQueue(queue)
            while !shared.isStopRequested, !shared.isNewClientRequested {
                pollBurst(client)
                turn(client)
            }
            // In another cluster than they were read in, offsets mean nothing.
            retireLanes(client, commits: !shared.isStartingOver)
            shared.setQueue(nil)
            rd_kafka_queue_destroy(queue)
            close(client)
            if !shared.isStopRequested { beginAnew() }
        }
        shared.setRunning(false)
        shared.finished.open()
    }

    /// A new client in place of one that cannot find back to its group.
    private func beginAnew() {
        if shared.takeNewClientRequest() { startedOver = [] }
        metrics.newClients.increment()
        do {
            try open()
        } catch let error as KafkaError {
            shared.fail(error)
        } catch {
            shared.fail(KafkaError(.systemResource, detail: "\(error)"))
        }
    }

    /// Ends a client whose thread could not be started.
    func abandon() {
        if let client { close(client) }
        shared.finished.open()
    }

    private func close(_ client: OpaquePointer) {
        let error = rd_kafka_consumer_close(client)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            log.logger.info("consumer did not leave its group", metadata: ["error": KafkaError(error).shortLabel])
        }
        self.client = nil
        isCommitUnderWay = false
        destroy(ClientHandle(pointer: client))
    }

    /// On a thread of its own: librdkafka 2.0.2 never comes back from it where a partition went away with its topic while it
    /// was read (librdkafka#4724). The group was left already.
    private func destroy(_ handle: ClientHandle) {
        let destroyed = DispatchSemaphore(value: 0)
        do {
            try LoopThread.start("kafka-free") { [self] in
                // What librdkafka still calls back is this loop, which has to be there for so long.
                withExtendedLifetime(self) { rd_kafka_destroy(handle.pointer) }
                destroyed.signal()
            }
        } catch {
            log.logger.info("a consumer's client was not freed", metadata: ["error": "\(error)"])
            return
        }
        if destroyed.wait(timeout: .now() + Self.destroyTimeout) == .timedOut {
            log.logger.info("a consumer's client is left behind", metadata: ["kafka.group": group])
        }
    }

    // MARK: Polling

    private func pollBurst(_ client: OpaquePointer) {
        var timeout = KafkaLimits.pollMillisecondsMax
        for _ in 0..<KafkaLimits.pollBurstMax {
            guard let message = rd_kafka_consumer_poll(client, timeout) else { break }
            timeout = 0
            take(message, client)
            rd_kafka_message_destroy(message)
        }
        for lane in toServe {
            let worker = worker
            tasks[lane.partition] = Task { await worker.serve(lane) }
        }
        toServe.removeAll(keepingCapacity: true)
    }

    private func take(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ client: OpaquePointer) {
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return meet(message, client) }
        guard let lane = lane(of: message.pointee) else { return }
        let (ours, bytes) = reader.read(message, topic: lane.partition.topic)
        let (startsTask, action) = lane.receive(ours, bytes: bytes)
        if startsTask { toServe.append(lane) }
        if action == .pause { setPaused([lane.partition], true, client) }
    }

    private func meet(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ client: OpaquePointer) {
        let error = KafkaError(message.pointee.err)
        metrics.errors.count(error.shortLabel)
        log.logger.info("consumer met an error", metadata: ["error": error.shortLabel])
        failIfFatal(client)
    }

    /// Asks the client, as a producer's session does: not every code on the way tells that it is over.
    func failIfFatal(_ client: OpaquePointer) {
        if let error = KafkaError.fatal(of: client) { shared.fail(error) }
    }

    private func lane(of message: rd_kafka_message_t) -> Lane? {
        let number = Int(message.partition)
        if let topic = topics[message.rkt], number < topic.lanes.count, let lane = topic.lanes[number] { return lane }
        let name = String(cString: rd_kafka_topic_name(message.rkt))
        // A message of a partition that was just taken away: whoever has it now reads it again.
        guard let lane = lanes[.init(topic: name, number: message.partition)] else { return nil }
        var topic = topics[message.rkt] ?? Topic(name: name)
        while topic.lanes.count <= number { topic.lanes.append(nil) }
        topic.lanes[number] = lane
        topics[message.rkt] = topic
        return lane
    }

    /// The lanes of a new assignment, or none.
    func setLanes(_ new: [ConsumerStatus.Partition: Lane]) {
        lanes = new
        topics = [:]
        pausedAtBroker = []
        shared.setLanes(
            new.values.sorted { ($0.partition.topic, $0.partition.number) < ($1.partition.topic, $1.partition.number) })
        if new.isEmpty { shared.setLag(nil) }
        metrics.assigned.record(Double(new.count))
    }

    // MARK: Once a turn

    private func turn(_ client: OpaquePointer) {
        let now = ContinuousClock.now
        shared.noteTurn(now)
        followPauses(client)
        commitIfDue(client, now)
        watch(now)
        if now - lastMeasured >= Self.measureInterval {
            lastMeasured = now
            metrics.measure(lanes.values.map(\.reading), now: now)
        }
    }

    /// Lanes that ran low are read again. Pausing happens at once, where the message that made it necessary was taken,
    /// except after a failure.
    private func followPauses(_ client: OpaquePointer) {
        var toPause: [ConsumerStatus.Partition] = []
        var toResume: [ConsumerStatus.Partition] = []
        for (partition, lane) in lanes {
            let wantsPause = lane.wantsPause
            if wantsPause != pausedAtBroker.contains(partition) {
                if wantsPause { toPause.append(partition) } else { toResume.append(partition) }
            }
        }
        if !toPause.isEmpty { setPaused(toPause, true, client) }
        if !toResume.isEmpty { setPaused(toResume, false, client) }
    }

    private func setPaused(_ partitions: [ConsumerStatus.Partition], _ isPaused: Bool, _ client: OpaquePointer) {
        let error = withPartitionList(partitions.map { ($0.topic, $0.number, nil) }) { list in
            isPaused ? rd_kafka_pause_partitions(client, list) : rd_kafka_resume_partitions(client, list)
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            // Tried again in the next turn.
            metrics.errors.count(KafkaError(error).shortLabel)
            return
        }
        if isPaused { pausedAtBroker.formUnion(partitions) } else { pausedAtBroker.subtract(partitions) }
    }

    private func commitIfDue(_ client: OpaquePointer, _ now: ContinuousClock.Instant) {
        guard !isCommitUnderWay else { return }
        let isDue =
            now - lastCommit >= options.commitInterval
            || lanes.values.reduce(0) { $0 + $1.uncommittedCount } >= options.commitCount
        guard isDue else { return }
        lastCommit = now
        commitInBackground(client)
    }

    /// With lanes the loop goes on polling while a handler hangs, and on 2.0.2 polling is all that librdkafka asks for: so
    /// nobody else would notice.
    private func watch(_ now: ContinuousClock.Instant) {
        let hung = lanes.values.first { lane in
            lane.reading.attemptStarted.map { now - $0 > options.starvationLimit } ?? false
        }
        guard let hung else { return }
        log.logger.critical(
            "handler hangs: the consumer ends",
            metadata: ["kafka.topic": hung.partition.topic, "kafka.partition": "\(hung.partition.number)"])
        shared.fail(
            KafkaError(
                .handlerStarved,
                message:
                    "a handler held \(hung.partition.topic) \(hung.partition.number) for over \(options.starvationLimit)"
            ))
    }
}
