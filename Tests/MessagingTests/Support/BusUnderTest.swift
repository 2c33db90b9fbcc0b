import FoundationEssentials
import Kafka
import Messaging
import ServiceKit
import Testing

/// A log that the conformance suite is held against.
struct BusUnderTest: Sendable {
    /// Which logs there are here. Apache Kafka only where KAFKA_HOME says so.
    enum Kind: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case inMemory, embedded, apache

        static var available: [Kind] {
            ProcessInfo.processInfo.environment["KAFKA_HOME"] == nil ? [.inMemory, .embedded] : allCases
        }

        var testDescription: String { rawValue }
    }

    let bus: any MessageBus
    /// Loses every message and every committed offset, as a broker does that is rebuilt.
    let loseEverything: @Sendable () async throws -> Void

    static let partitions = 3

    static func with<T>(_ kind: Kind, _ body: (BusUnderTest) async throws -> T) async throws -> T {
        switch kind {
        case .inMemory:
            let bus = InMemoryBus(partitions: Int32(partitions))
            return try await body(BusUnderTest(bus: bus) { bus.forgetEverything(keepingClusterID: false) })
        case .embedded:
            let broker = try EmbeddedBroker(topics: [("cases", partitions)])
            return try await stopping({ await broker.stop() }) {
                let bus = try kafkaBus(broker.bootstrapServers)
                return try await body(BusUnderTest(bus: bus) { try await broker.restart() })
            }
        case .apache:
            let broker = try await LocalKafka.start(home: ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? "")
            return try await stopping({ await broker.stop() }) {
                try await createTopic(broker.bootstrapServers)
                let bus = try kafkaBus(broker.bootstrapServers)
                return try await body(
                    BusUnderTest(bus: bus) {
                        try await broker.loseEverything()
                        try await createTopic(broker.bootstrapServers)
                    })
            }
        }
    }

    private static func kafkaBus(_ servers: String) throws -> KafkaBus {
        var options = ConsumerOptions()
        // A change of members takes about this long. On the embedded broker the first member waits for three seconds, in which a
        // shorter session would run out.
        options.sessionTimeout = .seconds(4)
        return try KafkaBus(
            KafkaConfiguration(bootstrapServers: servers, clientID: "messaging-tests"), consumerOptions: options,
            logger: quiet)
    }

    private static func createTopic(_ servers: String) async throws {
        let admin = try KafkaAdmin(
            KafkaConfiguration(bootstrapServers: servers, clientID: "messaging-tests"), logger: quiet)
        try await admin.createTopics([TopicSpec(name: "cases", partitions: partitions)])
    }

    private static func stopping<T>(
        _ stop: () async -> Void, _ body: () async throws -> T
    ) async throws -> T {
        do {
            let result = try await body()
            await stop()
            return result
        } catch {
            await stop()
            throw error
        }
    }
}
