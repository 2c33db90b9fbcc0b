import Events
import FoundationEssentials
import Kafka
import ServiceKit
import Telemetry

/// The broker of the demonstration: a cluster that is named, else Apache Kafka where it is unpacked, else the embedded one.
struct DemoBroker: Sendable, CustomStringConvertible {
    let servers: String
    let description: String
    let isEmbedded: Bool
    /// What to do when nobody needs it any more.
    let end: @Sendable () async -> Void

    func stop() async { await end() }

    static func start(environment: [String: String] = Environment.process) async throws -> DemoBroker {
        if let servers = environment["KAFKA_BOOTSTRAP_SERVERS"], !servers.isEmpty {
            _ = try await TopicDeclarations.make(on: KafkaConfiguration(bootstrapServers: servers, clientID: "takeup"))
            return DemoBroker(servers: servers, description: "the Kafka cluster at \(servers)", isEmbedded: false) {}
        }
        if let home = environment["KAFKA_HOME"], !home.isEmpty {
            let kafka = try await LocalKafka.start(home: home)
            _ = try await TopicDeclarations.make(
                on: KafkaConfiguration(bootstrapServers: kafka.bootstrapServers, clientID: "takeup"))
            return DemoBroker(
                servers: kafka.bootstrapServers, description: "Apache Kafka from \(home)", isEmbedded: false
            ) {
                await kafka.stop()
            }
        }
        let topics = Topic.allCases.map { (name: $0.rawValue, partitions: Int(Topic.partitions)) }
        let broker = try EmbeddedBroker(topics: topics)
        return DemoBroker(
            servers: broker.bootstrapServers, description: "the embedded broker, which speaks Kafka's protocol",
            isEmbedded: true
        ) {
            await broker.stop()
        }
    }
}
