import FoundationEssentials
import Kafka
import Synchronization
import TestSupport
import Testing

/// Many groups and a cluster that is made anew again and again, its topics one after the other: about every third time a
/// group comes together while only some of them are there.
@Suite("Losses", .serialized)
struct LossTests {
    private static let topics = (1...4).map { "loss-\($0)" }
    private static let groups = [
        ("loss-first", ["loss-1", "loss-3"]), ("loss-second", ["loss-2"]), ("loss-all", topics),
        ("loss-last", ["loss-4"]),
    ]
    /// How often everything is lost; more with LOSSES.
    private static let rounds = ProcessInfo.processInfo.environment["LOSSES"].flatMap { Int($0) } ?? 2

    @Test(
        "every group reads every topic again after each loss of the whole cluster",
        .enabled(if: BrokerKind.available.contains(.apacheKafka)))
    func losses() async throws {
        let broker = try await TestBroker.start(.apacheKafka)
        let declared = Self.topics.map { (name: $0, partitions: 12) }
        for topic in declared { try await broker.makeTopic(named: topic.name, partitions: topic.partitions) }
        let readers = try Self.groups.map { try Reader(broker.configuration, group: $0.0, topics: $0.1) }
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in readers { group.addTask { try await reader.consumer.run() } }
            for round in 0...Self.rounds {
                if round > 0 { try await broker.loseEverything(topics: declared) }
                try await expectEventually {
                    await producer.send(Self.topics.flatMap { records(topic: $0, keys: 24, perKey: 1, from: round) })
                        .areAllPersisted
                }
                for reader in readers {
                    try await expectEventually(within: .seconds(90)) { reader.hasRead(round) }
                }
            }
            for reader in readers { await reader.consumer.stop() }
            try await group.waitForAll()
        }
        await producer.stop()
        await broker.stop()
    }

    private final class Reader: Sendable {
        let consumer: KafkaConsumer
        private let topics: [String]
        private let seen: Seen

        init(_ configuration: KafkaConfiguration, group: String, topics: [String]) throws {
            let seen = Seen()
            self.topics = topics
            self.seen = seen
            consumer = try KafkaConsumer(
                configuration, group: group, topics: topics, logger: testLogger, handler: { seen.take($0) })
        }

        /// Whether a record of `round` came from each of the topics.
        func hasRead(_ round: Int) -> Bool { topics.allSatisfy { seen.contains("\($0) \(round)") } }
    }

    private final class Seen: Sendable {
        private let values = Mutex<Set<String>>([])

        func take(_ messages: [KafkaMessage]) {
            values.withLock { values in
                for message in messages {
                    values.insert("\(message.topic) \(String(decoding: message.value ?? [], as: UTF8.self))")
                }
            }
        }

        func contains(_ value: String) -> Bool { values.withLock { $0.contains(value) } }
    }
}
