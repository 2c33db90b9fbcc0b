package import Kafka
package import Telemetry

/// What relay and consumer need of a log, and no more.
///
/// There are two: Kafka, and one in memory that tests use to fail a chosen delivery, to forget everything and to replay a
/// schedule exactly, which no broker does on demand. One suite holds both to the same behaviour.
package protocol MessageBus: Sendable {
    /// A publishing session: what is published in it keeps its order per key.
    func makePublisher(logger: Logger) throws -> any BusPublisher

    /// A member of `group`. `handler` gets consecutive messages of one partition and is called for one batch of a partition
    /// at a time; when it returns, the messages are done with.
    func makeSubscription(
        group: String, topics: [String], logger: Logger, handler: @escaping BusHandler
    ) throws -> any BusSubscription

    /// Which log this is and how far it reaches.
    func extent(of topics: [String]) async throws -> LogExtent

    /// The next offset that `group` would read, by partition. Partitions it never committed are missing.
    func committedOffsets(group: String, topic: String) async throws -> [Int32: Int64]
}

/// Takes messages of one partition.
package typealias BusHandler = @Sendable ([KafkaMessage]) async throws -> Void

/// A publishing session.
package protocol BusPublisher: Sendable {
    /// Hands over the records in order and waits for a report on each. Never throws: what is not known is `.unknown`.
    func publish(_ records: OutboxBatch) async -> [DeliveryOutcome]
    /// The session cannot publish any more; a new one can.
    var isFatal: Bool { get }
    func stop() async
}

/// A member of a consumer group.
package protocol BusSubscription: Sendable {
    /// Nil where there is nothing to watch over, as in memory.
    var status: ConsumerStatus? { get }
    /// Returns when stopped.
    func run() async throws
    /// Finishes what is in hand, says so to the group, and makes `run` return.
    func stop() async
}

/// The identity and the reach of a log.
package struct LogExtent: Sendable, Equatable {
    package var clusterID: String
    /// The offset that the next message would get, by topic and partition.
    package var highWatermarks: [String: [Int32: Int64]]

    package init(clusterID: String, highWatermarks: [String: [Int32: Int64]]) {
        self.clusterID = clusterID
        self.highWatermarks = highWatermarks
    }
}
