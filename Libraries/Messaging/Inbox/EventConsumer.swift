package import Events
package import Kafka
package import Postgres
import Synchronization
package import Telemetry

/// Applies the events of some topics to this service's database, each exactly once and in order per key.
package final class EventConsumer: Sendable {
    /// The name under which progress is kept, in the database and as the consumer group.
    package let consumer: String
    private let topics: [Topic]
    private let bus: any MessageBus
    private let worker: BatchWorker
    private let pool: PostgresPool
    private let signal = WakeSignal()
    private let logger: Logger
    private let subscription = Mutex<(any BusSubscription)?>(nil)

    /// How often the gauges are measured and streams that a death left behind are looked for.
    package static let housekeepingInterval: Duration = .seconds(5)

    /// - Parameters:
    ///   - consumer: for example `case-intake`. Changing it reads everything from the beginning.
    ///   - pool: the service's database as its application role.
    ///   - handler: gets every event of the topics whose type is in a contract.
    package init(
        consumer: String, topics: [Topic], pool: PostgresPool, bus: any MessageBus, handler: any EventHandler,
        logger: Logger
    ) {
        self.consumer = consumer
        self.topics = topics
        self.pool = pool
        self.bus = bus
        self.logger = logger
        worker = BatchWorker(
            consumer: consumer, pool: pool, handler: handler, knownTypes: knownEventTypes, logger: logger)
    }

    /// How its reading goes; nil before it runs.
    package var status: ConsumerStatus? { subscription.withLock { $0 }?.status }

    /// Returns when stopped.
    package func run() async throws {
        let subscription = try bus.makeSubscription(
            group: consumer, topics: topics.map(\.rawValue), logger: logger,
            handler: { try await self.deliver($0) })
        self.subscription.withLock { $0 = subscription }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await subscription.run()
                return true
            }
            group.addTask {
                await self.signal.stopped()
                await subscription.stop()
                return false
            }
            group.addTask {
                await self.keepHouse()
                return false
            }
            // The subscription's end, good or bad, is the consumer's.
            while let isSubscription = try await group.next(), !isSubscription {}
            group.cancelAll()
        }
    }

    /// Finishes the batches in hand, commits their offsets and leaves the group.
    package func stop() async { signal.stop() }

    /// One batch of one partition, as the subscription hands it over. Returns when each message has left its trace.
    package func deliver(_ messages: [KafkaMessage]) async throws {
        if SeededBug.isPlanted(.offsetCommittedFirst) {
            // A planted fault: the batch counts as done before it is.
            Task { try await worker.take(messages) }
            return
        }
        try await worker.take(messages)
    }

    private func keepHouse() async {
        while !signal.isStopped && !Task.isCancelled {
            do {
                try await worker.releaseLeftBehind()
                try await worker.metrics.measure(pool)
            } catch {
                logger.debug("inbox housekeeping failed", metadata: ["error": safeText(of: error)])
            }
            await signal.wait(for: Self.housekeepingInterval)
        }
    }
}
