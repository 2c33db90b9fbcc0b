package import Events
package import FoundationEssentials
package import Kafka
package import Messaging
package import Postgres
import Synchronization
import Telemetry

/// Hands events to a consumer as a subscription would: through its inbox, its version check and its dead letters, with no
/// broker between. The test decides what comes, in which order and how often.
package final class EventFeed: Sendable {
    private let consumer: EventConsumer
    private let source: String
    private let nextOffset = Mutex<Int64>(0)

    /// The feed of one consumer; `source` is who is said to publish.
    package init(
        _ consumer: String, _ topics: [Topic], _ handler: any EventHandler, on pool: PostgresPool,
        from source: String = "/elsewhere"
    ) {
        self.source = source
        self.consumer = EventConsumer(
            consumer: consumer, topics: topics, pool: pool, bus: NoBus(), handler: handler,
            logger: ServiceDatabase.quiet)
    }

    /// An event as it stands in the log.
    package func message<Payload: EventPayload>(
        _ payload: Payload, version: Int64 = 1, at time: Date, id: UUID = UUID()
    ) throws -> KafkaMessage {
        let envelope = EventEnvelope(
            of: Payload.self, id: id, source: source, time: time, aggregateVersion: version, correlationID: id)
        let offset = nextOffset.withLock { next in
            next += 1
            return next
        }
        return KafkaMessage(
            topic: Payload.topic.rawValue, partition: 0, offset: offset,
            key: Array(payload.key.uuidString.lowercased().utf8), value: try EventJSON.encode(payload),
            headers: try envelope.headers())
    }

    /// Delivers messages as one batch; returns when each has left its trace in the database.
    package func deliver(_ messages: [KafkaMessage]) async throws {
        try await consumer.deliver(messages)
    }

    /// Delivers one event.
    package func deliver<Payload: EventPayload>(
        _ payload: Payload, version: Int64 = 1, at time: Date, id: UUID = UUID()
    ) async throws {
        try await deliver([try message(payload, version: version, at: time, id: id)])
    }
}

/// The log of a consumer that is handed its messages directly.
private struct NoBus: MessageBus {
    struct Silent: Error {}

    func makePublisher(logger: Logger) throws -> any BusPublisher { throw Silent() }
    func makeSubscription(
        group: String, topics: [String], logger: Logger, handler: @escaping BusHandler
    ) throws -> any BusSubscription { throw Silent() }
    func extent(of topics: [String]) async throws -> LogExtent { throw Silent() }
    func committedOffsets(group: String, topic: String) async throws -> [Int32: Int64] { [:] }
}
