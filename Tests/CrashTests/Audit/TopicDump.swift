import FoundationEssentials
import Kafka
import Postgres
import ServiceKit
import Synchronization
import TestSupport

/// Everything that lies in the topics, read by a group of its own into `audit.record`.
struct TopicDump: Sendable {
    let broker: TestBroker
    let database: CrashDatabase

    private struct Seen: Sendable {
        var messages: [KafkaMessage] = []
        var reached: [String: Int64] = [:]
    }

    /// Replaces what was read before. Throws where the ends of the topics are not reached in time.
    func run(within limit: Duration = .seconds(60)) async throws {
        let admin = try KafkaAdmin(broker.configuration, logger: quiet)
        let topics = Scene.topics.map(\.name)
        let ends = try await admin.highWatermarks(topics)
        let seen = Mutex(Seen())
        let consumer = try KafkaConsumer(
            broker.configuration, group: "auditor-\(UUID().uuidString)", topics: topics, logger: quiet
        ) { messages in
            seen.withLock { seen in
                seen.messages += messages
                for message in messages {
                    seen.reached["\(message.topic)/\(message.partition)"] = message.offset + 1
                }
            }
        }
        try await running({ try await consumer.run() }, stop: { await consumer.stop() }) {
            try await Scene.eventually("the auditor reads to the end", within: limit) {
                let reached = seen.withLock { $0.reached }
                return ends.allSatisfy { topic, partitions in
                    partitions.allSatisfy { $0.value == 0 || reached["\(topic)/\($0.key)", default: 0] >= $0.value }
                }
            }
        }
        try await write(seen.withLock { $0.messages })
    }

    private func write(_ messages: [KafkaMessage]) async throws {
        let connection = try await database.connect()
        try await ending({ await connection.close() }) {
            try await connection.execute(script: "truncate audit.record")
            for start in stride(from: 0, to: messages.count, by: 5_000) {
                _ = try await connection.query(Self.insert(messages[start..<min(start + 5_000, messages.count)]))
            }
        }
    }

    private static func insert(_ messages: ArraySlice<KafkaMessage>) -> Query {
        func header(_ name: String) -> [String?] {
            messages.map { message in
                message.headers.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
            }
        }
        return """
            insert into audit.record
            select topic, partition, "offset", source, event_id::uuid, key, version::bigint
            from unnest(\(messages.map(\.topic))::text[], \(messages.map(\.partition))::integer[],
                \(messages.map(\.offset))::bigint[], \(header("ce_source"))::text[], \(header("ce_id"))::text[],
                \(messages.map { $0.key.map { String(decoding: $0, as: UTF8.self) } })::text[],
                \(header("ce_aggregateversion"))::text[])
                as t (topic, partition, "offset", source, event_id, key, version)
            """
    }
}
