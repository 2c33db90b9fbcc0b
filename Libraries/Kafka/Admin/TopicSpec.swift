import CRdKafka

/// A topic as it should be.
package struct TopicSpec: Sendable, Equatable {
    /// How long records are kept.
    package enum Retention: Sendable, Equatable {
        /// For ever.
        case unlimited
        /// At least this long.
        case time(Duration)
    }

    /// Letters, digits, `.`, `_` and `-`.
    package var name: String
    /// Never changed later: a key would go to another partition.
    package var partitions: Int
    /// Copies of each partition; nil for what the cluster does by itself.
    package var replicationFactor: Int?
    /// How long records are kept.
    package var retention: Retention
    /// Further settings of the topic, in Kafka's words (`min.insync.replicas`).
    package var settings: [String: String]

    package init(
        name: String, partitions: Int, replicationFactor: Int? = nil, retention: Retention = .unlimited,
        settings: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.retention = retention
        self.settings = settings
    }

    /// All settings of the topic that are asked for.
    var allSettings: [String: String] {
        var all = settings
        switch retention {
        case .unlimited: all["retention.ms"] = "-1"
        case .time(let duration): all["retention.ms"] = "\(duration.components.seconds * 1_000)"
        }
        return all
    }

    /// librdkafka's object for it, which the caller frees.
    func makeNewTopic() throws -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        guard partitions > 0, partitions <= Int(Int32.max),
            let topic = rd_kafka_NewTopic_new(
                name, Int32(partitions), Int32(replicationFactor ?? -1), &text, text.count)
        else {
            throw KafkaError(
                .configuration, message: "topic \(name) cannot be made with \(partitions) partitions",
                detail: text.withUnsafeBytes { String(nulTerminated: $0) })
        }
        for (name, value) in allSettings.sorted(by: { $0.key < $1.key }) {
            rd_kafka_NewTopic_set_config(topic, name, value)
        }
        return topic
    }
}
