import CRdKafka

/// One entry of a cluster's access control lists that allows something, from any host.
package struct AccessRule: Sendable, Hashable {
    /// What it is about, by its whole name.
    package enum Resource: Sendable, Hashable {
        case topic(String)
        case group(String)
    }

    /// In the words of Kafka; each lets its holder describe the thing too.
    package enum Operation: Sendable, Hashable {
        case read, write
    }

    /// Who: the name after Kafka's `User:`.
    package var user: String
    package var resource: Resource
    package var operation: Operation

    package init(user: String, resource: Resource, operation: Operation) {
        self.user = user
        self.resource = resource
        self.operation = operation
    }

    /// librdkafka's object for it, which the caller frees.
    func makeBinding() throws -> OpaquePointer {
        let (kind, name) =
            switch resource {
            case .topic(let name): (RD_KAFKA_RESOURCE_TOPIC, name)
            case .group(let name): (RD_KAFKA_RESOURCE_GROUP, name)
            }
        var text = [CChar](repeating: 0, count: 512)
        let binding = rd_kafka_AclBinding_new(
            kind, name, RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:" + user, "*",
            operation == .read ? RD_KAFKA_ACL_OPERATION_READ : RD_KAFKA_ACL_OPERATION_WRITE,
            RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, &text, text.count)
        guard let binding else {
            throw KafkaError(
                .configuration, message: "an access rule for \(user) cannot be made",
                detail: text.withUnsafeBytes { String(nulTerminated: $0) })
        }
        return binding
    }
}
