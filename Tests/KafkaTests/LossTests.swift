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

    @Test(
        "a reader that comes back to another cluster reads it from the beginning, wherever its group is said to stand there",
        arguments: BrokerKind.available)
    func startsOver(_ kind: BrokerKind) async throws {
        let broker = try await TestBroker.start(kind)
        let topic = (name: "again", partitions: 1)
        try await broker.makeTopic(named: topic.name, partitions: topic.partitions)
        // It comes back late: until then another member has read the new log, and committed.
        let late = KafkaConfiguration(
            bootstrapServers: broker.configuration.bootstrapServers, clientID: "late",
            extra: ["reconnect.backoff.ms": "8000", "reconnect.backoff.max.ms": "8000"])
        let (first, other) = (Numbers(), Numbers())
        let reader = try first.consumer(late, of: topic.name)
        func send(_ numbers: Range<Int>) async throws {
            // A client of its own each time, which knows nothing of the broker that was.
            let producer = try KafkaProducer(broker.configuration, logger: testLogger)
            try await expectEventually {
                await producer.send(
                    records(topic: topic.name, keys: 1, perKey: numbers.count, from: numbers.lowerBound)
                ).areAllPersisted
            }
            await producer.stop()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await reader.run() }
            try await send(0..<10)
            try await expectEventually { first.contain(0..<10) }
            // The reader has to have looked at the first cluster to know another from it.
            try await Task.sleep(for: .seconds(1))
            try await broker.loseEverything(topics: [topic])
            try await send(100..<140)
            let member = try other.consumer(broker.configuration, of: topic.name)
            group.addTask { try await member.run() }
            // Unless the reader is back already, as it is once it has seen that the cluster is another one.
            try await expectEventually { other.contain(100..<140) || first.contain(100..<140) }
            await member.stop()
            try await expectEventually(within: .seconds(60)) { first.contain(100..<140) }
            await reader.stop()
            try await group.waitForAll()
        }
        await broker.stop()
    }

    /// The numbers that a reader has read.
    private final class Numbers: Sendable {
        private let read = Mutex<Set<String>>([])

        func consumer(_ configuration: KafkaConfiguration, of topic: String) throws -> KafkaConsumer {
            try KafkaConsumer(configuration, group: "again", topics: [topic], logger: testLogger) { messages in
                self.read.withLock { read in
                    for message in messages { read.insert(String(decoding: message.value ?? [], as: UTF8.self)) }
                }
            }
        }

        func contain(_ numbers: Range<Int>) -> Bool {
            read.withLock { $0.isSuperset(of: numbers.map(String.init)) }
        }
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
