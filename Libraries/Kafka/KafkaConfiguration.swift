import CRdKafka

/// How to reach a cluster, and as whom.
package struct KafkaConfiguration: Sendable, Equatable {
    /// `host:port`, several separated by commas; any one that answers is enough to find the others.
    package var bootstrapServers: String
    /// Shows in the brokers' logs and quotas: service and host.
    package var clientID: String
    /// Encryption and identity.
    package var security: KafkaSecurity
    /// Properties of librdkafka that an operator sets under `kafka.extra.*`. Those that carry a guarantee are refused.
    package var extra: [String: String]

    package init(
        bootstrapServers: String, clientID: String, security: KafkaSecurity = .plaintext, extra: [String: String] = [:]
    ) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.security = security
        self.extra = extra
    }

    /// What a client is made for.
    enum Role: Sendable, Equatable {
        case producer
        case consumer(group: String, sessionTimeout: Duration, maxPollInterval: Duration)
        case admin
        /// Asks for what a group has committed, and never joins it.
        case groupReader(group: String)
    }

    /// Properties that correctness rests on; setting them is refused rather than overruled in silence.
    package static let reservedProperties: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "client.id", "group.id", "security.protocol", "sasl.mechanisms",
        "sasl.mechanism", "sasl.username", "sasl.password", "ssl.endpoint.identification.algorithm",
        "enable.ssl.certificate.verification", "enable.idempotence", "acks", "request.required.acks",
        "message.timeout.ms", "delivery.timeout.ms", "max.in.flight", "max.in.flight.requests.per.connection",
        "retries",
        "message.send.max.retries", "partitioner", "transactional.id", "enable.auto.commit", "auto.commit.enable",
        "enable.auto.offset.store", "auto.offset.reset", "partition.assignment.strategy", "session.timeout.ms",
        "max.poll.interval.ms", "isolation.level", "allow.auto.create.topics", "log.queue", "enable.partition.eof",
        "queue.buffering.max.messages", "queue.buffering.max.kbytes", "statistics.interval.ms",
    ]

    /// Everything that is set on a client of `role`, in order; a later value wins.
    ///
    /// - Throws: `KafkaError.configuration` for a setting that may not be set or cannot work.
    func properties(
        for role: Role, libraryVersion: Int32 = rd_kafka_version()
    ) throws -> [(name: String, value: String)] {
        guard !bootstrapServers.isEmpty else {
            throw KafkaError(.configuration, message: "no bootstrap servers are given")
        }
        let reserved = extra.keys.filter(Self.reservedProperties.contains).sorted()
        guard reserved.isEmpty else {
            throw KafkaError(
                .configuration, message: "these properties are not for an operator: \(reserved.joined(separator: ", "))"
            )
        }
        return Self.common
            + [("bootstrap.servers", bootstrapServers), ("client.id", clientID)]
            + Self.properties(of: role)
            + (try security.properties(libraryVersion: libraryVersion))
            + extra.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static let common: [(name: String, value: String)] = [
        ("log.queue", "true"),
        // A broker that comes back is noticed within a second, not after ten.
        ("reconnect.backoff.ms", "50"), ("reconnect.backoff.max.ms", "1000"),
        // An answer that does not come within this time breaks the connection, and another is tried.
        ("socket.timeout.ms", "10000"),
        ("socket.keepalive.enable", "true"),
        ("topic.metadata.refresh.interval.ms", "30000"),
    ]

    private static func properties(of role: Role) -> [(name: String, value: String)] {
        switch role {
        case .producer: producerProperties
        case .consumer(let group, let sessionTimeout, let maxPollInterval):
            consumerProperties + [
                ("group.id", group), ("session.timeout.ms", "\(sessionTimeout.wholeMilliseconds)"),
                ("heartbeat.interval.ms", "\(max(100, min(3_000, sessionTimeout.wholeMilliseconds / 3)))"),
                ("max.poll.interval.ms", "\(maxPollInterval.wholeMilliseconds)"),
            ]
        case .admin: [("statistics.interval.ms", "0")]
        case .groupReader(let group):
            [("statistics.interval.ms", "0"), ("group.id", group), ("enable.auto.commit", "false")]
        }
    }

    private static let producerProperties: [(name: String, value: String)] = [
        ("enable.idempotence", "true"), ("acks", "all"),
        // No local time limit: one would skip a record in the middle of a key. The session as a whole has one.
        ("message.timeout.ms", "0"),
        ("compression.type", "lz4"),
        // As Java clients do; librdkafka's own choice puts the same key elsewhere.
        ("partitioner", "murmur2_random"),
        ("queue.buffering.max.messages", "\(KafkaLimits.queuedRecordsMax)"),
        ("queue.buffering.max.kbytes", "\(KafkaLimits.queuedKilobytesMax)"),
        ("message.max.bytes", "\(KafkaLimits.messageBytesMax)"),
        ("topic.metadata.propagation.max.ms", "10000"),
        ("statistics.interval.ms", "5000"),
    ]

    private static let consumerProperties: [(name: String, value: String)] = [
        ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
        // The default would skip all history for a group that reads for the first time.
        ("auto.offset.reset", "earliest"),
        // Eager only: the cooperative assignor of 2.0.2 crashes, hangs and loses assignments.
        ("partition.assignment.strategy", "range,roundrobin"),
        // 2.0.2 counts the messages of all partitions together against the first, and where that is passed it waits a second
        // before it fetches again. So the bytes are what bounds it.
        ("queued.min.messages", "100000"), ("queued.max.messages.kbytes", "16384"),
        ("fetch.message.max.bytes", "262144"),
        // A partition that is read again waits for the fetch that is under way: the default of 500 ms would cost that
        // much at every pause.
        ("fetch.wait.max.ms", "100"),
        ("allow.auto.create.topics", "false"),
        // A topic that is made after the group has come together, as after a cluster was lost, is read this soon; the default
        // is five minutes.
        ("topic.metadata.refresh.interval.ms", "5000"),
        ("enable.partition.eof", "false"),
        ("statistics.interval.ms", "5000"),
    ]
}

extension Duration {
    /// Rounded down; at most what an Int32 of milliseconds holds.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_147_483 else { return Int(Int32.max) }
        return Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// For gauges.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
