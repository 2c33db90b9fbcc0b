import FoundationEssentials
package import Kafka
package import ServiceKit
import Telemetry

/// The brokers that every integration test runs on: the embedded one always, Apache Kafka where KAFKA_HOME names it.
package enum BrokerKind: String, CaseIterable, Sendable, CustomStringConvertible {
    case embedded
    case apacheKafka

    /// Those that this machine has: arguments of a parametrised test.
    package static let available: [BrokerKind] = kafkaHome == nil ? [.embedded] : [.embedded, .apacheKafka]

    /// The folder of an Apache Kafka, where there is one.
    package static var kafkaHome: String? {
        ProcessInfo.processInfo.environment["KAFKA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Its name.
    package var description: String { rawValue }

    /// A session short enough for tests that change a group's members: it decides how long that takes.
    package var sessionTimeout: Duration { self == .embedded ? EmbeddedBroker.sessionTimeoutMin : .seconds(6) }
}

/// A broker for tests, with the same words for both kinds.
package final class TestBroker: Sendable {
    /// Which of them it is.
    package let kind: BrokerKind
    /// Set for that kind only.
    package let embedded: EmbeddedBroker?
    /// Set for that kind only.
    package let apache: LocalKafka?

    private init(kind: BrokerKind, embedded: EmbeddedBroker?, apache: LocalKafka?) {
        self.kind = kind
        self.embedded = embedded
        self.apache = apache
    }

    /// A broker of the test's own, to be killed and emptied. Stop it.
    package static func start(_ kind: BrokerKind) async throws -> TestBroker {
        switch kind {
        case .embedded:
            return TestBroker(kind: kind, embedded: try EmbeddedBroker(topics: []), apache: nil)
        case .apacheKafka:
            return TestBroker(
                kind: kind, embedded: nil, apache: try await LocalKafka.start(home: BrokerKind.kafkaHome ?? ""))
        }
    }

    /// One per kind for the whole process, for tests that do nothing to the broker itself. It goes with the process.
    package static func shared(_ kind: BrokerKind) async throws -> TestBroker {
        try await SharedBrokers.instance.broker(kind)
    }

    /// How to reach it.
    package var configuration: KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: embedded?.bootstrapServers ?? apache?.bootstrapServers ?? "", clientID: "tests")
    }

    /// Makes a topic with a name that no other test has, and returns the name.
    package func makeTopic(_ label: String, partitions: Int = 3) async throws -> String {
        let name = "\(label)-\(UInt32.random(in: 0...UInt32.max))"
        try await makeTopic(named: name, partitions: partitions)
        return name
    }

    /// Makes a topic.
    package func makeTopic(named name: String, partitions: Int) async throws {
        if let embedded {
            try embedded.createTopic(name, partitions: partitions)
        } else {
            // A machine that is busy with other tests takes its time.
            try await KafkaAdmin(configuration, timeout: .seconds(60), logger: Logger(label: "tests"))
                .createTopics([TopicSpec(name: name, partitions: partitions)])
        }
    }

    /// It dies, loses everything and comes back at the same address with the same topics, empty. The embedded one knows
    /// its topics by itself.
    package func loseEverything(topics: [(name: String, partitions: Int)]) async throws {
        try await embedded?.restart()
        guard let apache else { return }
        try await apache.loseEverything()
        for topic in topics { try await makeTopic(named: topic.name, partitions: topic.partitions) }
    }

    /// It goes away without a word, and loses nothing that it acknowledged.
    package func die() {
        embedded?.setDown(true)
        apache?.kill9()
    }

    /// It is back, after `die`.
    package func comeBack() async throws {
        embedded?.setDown(false)
        try await apache?.startAgain()
    }

    /// Ends it.
    package func stop() async {
        await embedded?.stop()
        await apache?.stop()
    }
}

private actor SharedBrokers {
    static let instance = SharedBrokers()

    private var brokers: [BrokerKind: Task<TestBroker, any Error>] = [:]

    /// Two tests that start together wait for the same broker.
    func broker(_ kind: BrokerKind) async throws -> TestBroker {
        if let known = brokers[kind] { return try await known.value }
        let starting = Task { try await TestBroker.start(kind) }
        brokers[kind] = starting
        return try await starting.value
    }
}
