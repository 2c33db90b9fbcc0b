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
    static func make(on cluster: KafkaConfiguration) async throws -> [String] {
        try await KafkaAdmin(cluster, logger: Logger(label: "takeup")).createTopics(specs)
    }

    /// Allows every service what it needs, and nothing more.
    static func allowServices(on cluster: KafkaConfiguration) async throws {
        try await KafkaAdmin(cluster, logger: Logger(label: "takeup")).allow(TopicAccess.all.map(\.rule))
    }
}

/// `takeup topics`: makes the topics of a cluster, and says who may use them.
enum TopicsVerb {
    static let command = Command(
        "topics", abstract: "Make the topics that the services use, and say who may use them.",
        subcommands: [create, allow])

    private static let create = Command("create", abstract: "Make every topic that the cluster does not have yet.") {
        line in
        let servers = line.option("servers", String.self, "The cluster; kafka.bootstrap-servers without it.")
        return { call in
            let made = try await TopicDeclarations.make(on: try cluster(call, servers: call[servers]))
            call.show(
                Table(
                    title: "Topics", columns: [.init("topic", "Topic"), .init("state", "State")],
                    rows: Topic.allCases.map {
                        [.text($0.rawValue), .text(made.contains($0.rawValue) ? "made" : "was there")]
                    }))
            return .success
        }
    }

    private static let allow = Command(
        "allow", abstract: "Allow each service its own topics and its own group, and nothing more.",
        discussion: """
            For a cluster whose authorizer refuses what no rule allows. A service is the user that its certificate or its
            password names, for example case-intake. The rules are those of deploy/kafka-acls.json.
            """
    ) { line in
        let servers = line.option("servers", String.self, "The cluster; kafka.bootstrap-servers without it.")
        return { call in
            try await TopicDeclarations.allowServices(on: try cluster(call, servers: call[servers]))
            call.show(
                Table(
                    title: "Allowed",
                    columns: [
                        .init("service", "Service"), .init("operation", "May"), .init("resource", "What"),
                    ], rows: TopicAccess.all.map { [.text($0.service), .text($0.operation.rawValue), .text($0.what)] }))
            return .success
        }
    }

    /// The cluster, and how to speak to it: by the settings that services have too.
    private static func cluster(_ call: Invocation, servers: String?) throws -> KafkaConfiguration {
        let configuration = try ConfigurationLoader(CommonSettings.list.allOptional).load(call.common)
        var cluster = configuration.kafka(clientID: "takeup")
        if let servers { cluster.bootstrapServers = servers }
        guard !cluster.bootstrapServers.isEmpty else {
            throw CommandFailure(
                .configuration, "No Kafka cluster is named.", next: "Give --servers or set KAFKA_BOOTSTRAP_SERVERS.")
        }
        return cluster
    }
}

extension TopicAccess {
    fileprivate var rule: AccessRule {
        let resource: AccessRule.Resource =
            switch resource {
            case .topic(let topic): .topic(topic.rawValue)
            case .group(let group): .group(group)
            }
        return AccessRule(user: service, resource: resource, operation: operation == .read ? .read : .write)
    }

    fileprivate var what: String {
        switch resource {
        case .topic(let topic): "topic \(topic.rawValue)"
        case .group(let group): "group \(group)"
        }
    }
}
