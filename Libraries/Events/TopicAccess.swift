/// What a service may do on a cluster, as an access control list of Kafka says it. Everything else is refused by a cluster whose
/// authorizer denies what no list allows.
///
/// `deploy/kafka-acls.json` says the same for operators, and a test holds the two equal.
package struct TopicAccess: Sendable, Hashable {
    /// What it is about.
    package enum Resource: Sendable, Hashable {
        case topic(Topic)
        /// A consumer group: the name of the service that reads.
        case group(String)
    }

    /// In Kafka's words. Both let their holder describe the topic too.
    package enum Operation: String, Sendable {
        case read, write
    }

    /// The service, as brokers know it (the common name of its certificate, or its SASL user).
    package let service: String
    package let resource: Resource
    package let operation: Operation

    /// Everything that the services need, and nothing besides: each writes its own topics and reads what it is declared to read.
    /// Partners, who write `submissions`, get theirs one by one.
    package static let all: [TopicAccess] = {
        let services = Set(Topic.allCases.flatMap { [$0.producer] + $0.consumerGroups }).subtracting(["partners"])
        return services.sorted().flatMap { service in
            let written = Topic.allCases.filter { $0.producer == service }
            let read = Topic.allCases.filter { $0.consumerGroups.contains(service) }
            return written.map { TopicAccess(service: service, resource: .topic($0), operation: .write) }
                + read.map { TopicAccess(service: service, resource: .topic($0), operation: .read) }
                + (read.isEmpty
                    ? [] : [TopicAccess(service: service, resource: .group(service), operation: .read)])
        }
    }()
}
