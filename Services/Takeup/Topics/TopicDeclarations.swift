import Events
import FoundationEssentials
import Kafka
import ServiceKit
import Telemetry

/// The topics as the contract declares them.
enum TopicDeclarations {
    static var specs: [TopicSpec] {
        Topic.allCases.map { topic in
            TopicSpec(
                name: topic.rawValue, partitions: Int(Topic.partitions),
                retention: topic.retentionMilliseconds < 0
                    ? .unlimited : .time(.milliseconds(topic.retentionMilliseconds)))
        }
    }

    /// Makes those that a cluster does not have, and returns their names.
    static func make(on servers: String) async throws -> [String] {
        let admin = try KafkaAdmin(
            KafkaConfiguration(bootstrapServers: servers, clientID: "takeup"), logger: Logger(label: "takeup"))
        return try await admin.createTopics(specs)
    }
}

/// `takeup topics`: makes the topics of a cluster.
enum TopicsVerb {
    static let command = Command(
        "topics", abstract: "Make the topics that the services use.",
        subcommands: [
            Command("create", abstract: "Make every topic that the cluster does not have yet.") { line in
                let servers = line.option("servers", String.self, "The cluster; KAFKA_BOOTSTRAP_SERVERS without it.")
                return { call in
                    guard let named = call[servers] ?? Environment.process["KAFKA_BOOTSTRAP_SERVERS"], !named.isEmpty
                    else {
                        throw CommandFailure(
                            .configuration, "No Kafka cluster is named.",
                            next: "Give --servers or set KAFKA_BOOTSTRAP_SERVERS.")
                    }
                    let made = try await TopicDeclarations.make(on: named)
                    call.show(
                        Table(
                            title: "Topics", columns: [.init("topic", "Topic"), .init("state", "State")],
                            rows: Topic.allCases.map {
                                [.text($0.rawValue), .text(made.contains($0.rawValue) ? "made" : "was there")]
                            }))
                    return .success
                }
            }
        ])
}
