import FoundationEssentials
import Kafka
import Postgres
import ServiceKit
import TestSupport

/// Publishes the producer's events once, in an order of its own: some overtake their predecessors, some come twice. The real
/// relay does neither; a reader has to bear both all the same.
struct CarelessRelay: Sendable {
    let scene: Scene
    let seed: UInt64

    /// Every so manieth event is held back, and by so many others.
    static let heldBackEvery = 5
    static let heldBackBy = 12
    static let twiceEvery = 7

    func run() async throws {
        let producer = try KafkaProducer(scene.broker.configuration, logger: quiet)
        try await ending({ await producer.stop() }) {
            let outcomes = await producer.send(shuffled(try await records()))
            let isEverythingThere = outcomes.allSatisfy { outcome in
                if case .persisted = outcome { true } else { false }
            }
            guard isEverythingThere else { throw SceneError("the careless relay could not publish") }
        }
        _ = try await scene.watch.query("delete from crash_producer.outbox_pending")
    }

    private func shuffled(_ records: [KafkaRecord]) -> [KafkaRecord] {
        var random = SeededRandom(seed: seed)
        var out: [KafkaRecord] = []
        var held: [(record: KafkaRecord, until: Int)] = []
        for (index, record) in records.enumerated() {
            if Int.random(in: 0..<Self.heldBackEvery, using: &random) == 0 {
                held.append((record, index + Self.heldBackBy))
            } else {
                out.append(record)
            }
            if Int.random(in: 0..<Self.twiceEvery, using: &random) == 0 { out.append(record) }
            out += held.filter { $0.until <= index }.map(\.record)
            held.removeAll { $0.until <= index }
        }
        return out + held.map(\.record)
    }

    private func records() async throws -> [KafkaRecord] {
        let rows = try await scene.watch.query(
            """
            select topic, key::text, payload, source, event_id::text, type,
                to_char(event_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), dataschema, version::text,
                correlation_id::text
            from crash_producer.outbox_event order by seq
            """)
        return try rows.map { row in
            let (topic, key, payload, source, id, type, time, dataschema, version, correlation) = try row.decode(
                String.self, String.self, [UInt8].self, String.self, String.self, String.self, String.self, String.self,
                String.self, String.self)
            let headers = [
                ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", source), ("ce_type", type), ("ce_time", time),
                ("ce_dataschema", dataschema), ("ce_aggregateversion", version), ("ce_correlationid", correlation),
                ("content-type", "application/json"),
            ]
            return KafkaRecord(
                topic: topic, key: Array(key.utf8), value: payload, headers: headers.map { ($0.0, Array($0.1.utf8)) })
        }
    }
}
