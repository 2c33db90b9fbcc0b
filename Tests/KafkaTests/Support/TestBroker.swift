import Foundation
import Kafka
import ServiceKit
import Synchronization
import Telemetry

/// The brokers that every integration test runs on: the embedded one always, Apache Kafka where KAFKA_HOME names it.
enum BrokerKind: String, CaseIterable, Sendable, CustomStringConvertible {
    case embedded
    case apacheKafka

    static let available: [BrokerKind] =
        ProcessInfo.processInfo.environment["KAFKA_HOME"].map { $0.isEmpty ? [.embedded] : [.embedded, .apacheKafka] }
        ?? [.embedded]

    var description: String { rawValue }

    /// The shortest session that the broker allows: it decides how long a change of members takes.
    var sessionTimeout: Duration { self == .embedded ? .seconds(2) : .seconds(6) }
}

/// A broker of a test's own, or a topic of its own on a shared one.
final class TestBroker: Sendable {
    let kind: BrokerKind
    private let embedded: EmbeddedBroker?
    private let apache: LocalKafka?

    private init(kind: BrokerKind, embedded: EmbeddedBroker?, apache: LocalKafka?) {
        self.kind = kind
        self.embedded = embedded
        self.apache = apache
    }

    /// A new broker.
    static func start(_ kind: BrokerKind) async throws -> TestBroker {
        switch kind {
        case .embedded:
            return TestBroker(kind: kind, embedded: try EmbeddedBroker(topics: []), apache: nil)
        case .apacheKafka:
            let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
            return TestBroker(kind: kind, embedded: nil, apache: try await LocalKafka.start(home: home))
        }
    }

    /// One per kind for the whole process: tests that do nothing to the broker itself.
    static func shared(_ kind: BrokerKind) async throws -> TestBroker { try await SharedBrokers.instance.broker(kind) }

    var configuration: KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: embedded?.bootstrapServers ?? apache?.bootstrapServers ?? "", clientID: "kafka-tests")
    }

    var logger: Logger { Logger(label: "kafka-tests") }

    /// Makes a topic with a name of its own.
    func makeTopic(_ label: String, partitions: Int = 3) async throws -> String {
        let name = "\(label)-\(UInt32.random(in: 0...UInt32.max))"
        try await makeTopic(named: name, partitions: partitions)
        return name
    }

    func makeTopic(named name: String, partitions: Int) async throws {
        if let embedded {
            try embedded.createTopic(name, partitions: partitions)
        } else {
            try await KafkaAdmin(configuration, logger: logger).createTopics([
                TopicSpec(name: name, partitions: partitions)
            ])
        }
    }

    /// The broker dies, loses everything and comes back at the same address, with the same empty topics.
    func loseEverything(topics: [(name: String, partitions: Int)]) async throws {
        if let embedded { try await embedded.restart() }
        if let apache {
            try await apache.loseEverything()
            for topic in topics { try await makeTopic(named: topic.name, partitions: topic.partitions) }
        }
    }

    /// The broker goes away without a word; nothing that it acknowledged is lost.
    func die() {
        embedded?.setDown(true)
        apache?.kill9()
    }

    func comeBack() async throws {
        embedded?.setDown(false)
        try await apache?.startAgain()
    }

    var embeddedBroker: EmbeddedBroker? { embedded }

    func stop() async {
        await embedded?.stop()
        await apache?.stop()
    }
}

private actor SharedBrokers {
    static let instance = SharedBrokers()

    private var brokers: [BrokerKind: Task<TestBroker, any Error>] = [:]

    func broker(_ kind: BrokerKind) async throws -> TestBroker {
        if let known = brokers[kind] { return try await known.value }
        let starting = Task { try await TestBroker.start(kind) }
        brokers[kind] = starting
        return try await starting.value
    }
}
