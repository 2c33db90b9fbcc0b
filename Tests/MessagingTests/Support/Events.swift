import Events
import FoundationEssentials
import Kafka
import Messaging
import Postgres

/// A real contract's event with the least content: `cases/closed`.
func closed(_ key: UUID, note: String = "x", id: UUID = UUID()) throws -> NewEvent {
    try NewEvent(try closedPayload(key), at: Date(timeIntervalSince1970: 1_764_000_000.125), id: id)
}

/// Appends one event per key given, in one transaction.
@discardableResult
func append(_ keys: [UUID], to pool: PostgresPool, source: String = "/case-intake") async throws -> [UUID] {
    let events = try keys.map { try closed($0) }
    try await pool.transaction { try await Outbox(source: source).append(events, in: $0) }
    return events.map(\.id)
}

/// Leaves a row in `effect` for each event; refuses what its rule refuses.
struct EffectHandler: EventHandler {
    struct Broken: Error {}

    /// Throws to refuse an event.
    var rule: @Sendable (InboundEvent) throws -> Void = { _ in }

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        for event in events { try rule(event) }
        _ = try await transaction.query(
            """
            insert into effect (event_id, key, version)
            select * from unnest(\(events.map(\.envelope.id))::uuid[], \(events.map(\.key))::uuid[],
                \(events.map(\.envelope.aggregateVersion))::bigint[])
            """)
    }
}

/// A message as another service's relay would publish it.
func message(
    key: UUID, version: Int64, id: UUID = UUID(), topic: String = "cases", type: String? = nil,
    source: String = "/other",
    payload: [UInt8]? = nil, without missing: String? = nil
) throws -> KafkaRecord {
    let event = try closed(key)
    let headers: [(name: String, value: String)] = [
        ("ce_specversion", "1.0"), ("ce_id", id.uuidString.lowercased()), ("ce_source", source),
        ("ce_type", type ?? event.type), ("ce_time", "2026-11-25T10:00:00.000Z"), ("ce_dataschema", event.dataschema),
        ("ce_aggregateversion", "\(version)"), ("ce_correlationid", id.uuidString.lowercased()),
        ("content-type", "application/json"),
    ]
    return KafkaRecord(
        topic: topic, key: Array(key.uuidString.lowercased().utf8), value: payload ?? event.payload,
        headers: headers.filter { $0.name != missing }.map { ($0.name, Array($0.value.utf8)) })
}
