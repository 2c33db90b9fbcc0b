import CRdKafka
import Glibc
import Synchronization
package import Telemetry

/// Asks a cluster about itself and makes topics. Every call waits on a thread of its own, up to its limit; the client is
/// freed when the last of them lets go of it.
package final class KafkaAdmin: Sendable {
    private let configuration: KafkaConfiguration
    private let logger: Logger
    private let client: AdminClient
    /// By group: only a client of a group asks for its committed offsets without harm, see `AdminClient.committed`.
    private let groupClients = Mutex<[String: AdminClient]>([:])
    private let timeoutMilliseconds: Int32

    /// - Parameters:
    ///   - timeout: of each request to the brokers.
    /// - Throws: `KafkaError.configuration`.
    package init(_ configuration: KafkaConfiguration, timeout: Duration = .seconds(10), logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        client = try AdminClient(configuration, logger: logger)
        timeoutMilliseconds = Int32(timeout.wholeMilliseconds)
    }

    /// The cluster's id: another after a cluster was made anew.
    ///
    /// - Throws: `KafkaError.timeout` when no broker answers.
    package func clusterID() async throws -> String {
        let (client, timeout) = (client, timeoutMilliseconds)
        return try await LoopThread.run("kafka-admin") {
            // librdkafka remembers the id it heard first; asking for metadata makes it hear again.
            _ = try client.metadata(timeout)
            guard let id = rd_kafka_clusterid(client.pointer, timeout) else {
                throw KafkaError(.timeout, message: "the cluster did not say its id")
            }
            defer { rd_kafka_mem_free(client.pointer, id) }
            return String(cString: id)
        }
    }

    /// How many partitions each topic of the cluster has.
    package func topics() async throws -> [String: Int] {
        let (client, timeout) = (client, timeoutMilliseconds)
        return try await LoopThread.run("kafka-admin") { try client.metadata(timeout).topics }
    }

    /// The partitions of a topic, from 0. Empty where there is no such topic.
    package func partitions(_ topic: String) async throws -> [Int32] {
        let count = try await topics()[topic] ?? 0
        return (0..<Int32(count)).map { $0 }
    }

    /// The offset that the next record would get, by partition. Empty where there is no such topic.
    package func highWatermarks(_ topic: String) async throws -> [Int32: Int64] {
        try await highWatermarks([topic])[topic] ?? [:]
    }

    /// The offset that the next record would get, by topic and partition; topics that do not exist are missing.
    package func highWatermarks(_ topics: [String]) async throws -> [String: [Int32: Int64]] {
        let (client, timeout) = (client, timeoutMilliseconds)
        return try await LoopThread.run("kafka-admin") {
            let known = try client.metadata(timeout).topics
            // -1 is the protocol's "latest" in place of a time.
            let asked = topics.flatMap { topic in
                (0..<(known[topic] ?? 0)).map { PartitionPosition(topic, Int32($0), -1) }
            }
            guard !asked.isEmpty else { return [:] }
            return try client.ends(asked, timeout)
        }
    }

    /// The next offset that a group would read, by partition. Partitions it never committed are missing.
    package func committedOffsets(group: String, topic: String) async throws -> [Int32: Int64] {
        let (client, groupClient, timeout) = (client, try groupClient(group), timeoutMilliseconds)
        return try await LoopThread.run("kafka-admin") {
            let count = try client.metadata(timeout).topics[topic] ?? 0
            guard count > 0 else { return [:] }
            let asked = (0..<count).map { PartitionPosition(topic, Int32($0), nil) }
            return try groupClient.committed(asked, timeout)[topic] ?? [:]
        }
    }

    private func groupClient(_ group: String) throws -> AdminClient {
        try groupClients.withLock { clients in
            if let known = clients[group] { return known }
            let new = try AdminClient(configuration, group: group, logger: logger)
            clients[group] = new
            return new
        }
    }

    /// The partitions of `topics` that no member of `group` reads. Empty while the group is being rearranged, and where it has
    /// no members.
    ///
    /// - Throws: `KafkaError.unsupported` where the broker does not tell (the embedded one).
    func unreadPartitions(of topics: [String], by group: String) async throws -> Set<ConsumerStatus.Partition> {
        let (client, timeout) = (client, timeoutMilliseconds)
        return try await LoopThread.run("kafka-admin") {
            let known = try client.metadata(timeout).topics
            guard let read = try client.partitionsRead(by: group, timeout) else { return [] }
            let all = topics.flatMap { topic in
                (0..<(known[topic] ?? 0)).map { ConsumerStatus.Partition(topic: topic, number: Int32($0)) }
            }
            return Set(all).subtracting(read)
        }
    }

    /// Makes those of `specs` that do not exist.
    ///
    /// - Returns: the names of those it made.
    /// - Throws: `KafkaError.topicMismatch` where one exists with another number of partitions; `.unsupported` where the
    ///   broker makes no topics (the embedded one: it gets them when it starts).
    @discardableResult
    package func createTopics(_ specs: [TopicSpec]) async throws -> [String] {
        let (client, timeout) = (client, timeoutMilliseconds)
        return try await LoopThread.run("kafka-admin") {
            let cluster = try client.metadata(timeout)
            let known = cluster.topics
            for spec in specs {
                guard let count = known[spec.name], count != spec.partitions else { continue }
                throw KafkaError(
                    .topicMismatch,
                    message: "topic \(spec.name) has \(count) partitions and should have \(spec.partitions); "
                        + "keys would change their places, so make a topic of another name")
            }
            let missing = specs.filter { known[$0.name] == nil }
            guard !missing.isEmpty else { return [] }
            let made = try whileStarting(timeout) { try client.create(missing, in: cluster, timeout) }
            try waitUntilKnown(missing, to: client, timeout)
            return made
        }
    }

    /// Adds access rules; those that are there stay.
    ///
    /// - Throws: `KafkaError` with the broker's words, for example where the cluster has no authorizer (`SECURITY_DISABLED`), or
    ///   where this client may not.
    package func allow(_ rules: [AccessRule]) async throws {
        let (client, timeout) = (client, timeoutMilliseconds)
        try await LoopThread.run("kafka-admin") { try client.allow(rules, timeout) }
    }
}

/// A node that has only just started counts as no place for a replica yet: asked again until it does, or the time is over.
private func whileStarting<T>(_ timeoutMilliseconds: Int32, _ create: () throws -> T) throws -> T {
    let end = ContinuousClock.now + .milliseconds(Int(timeoutMilliseconds))
    while true {
        do {
            return try create()
        } catch let error as KafkaError
            where error.code == .broker(name: "INVALID_REPLICATION_FACTOR") && ContinuousClock.now < end
        {
            usleep(200_000)
        }
    }
}

/// Returns once the cluster tells of every topic: it acknowledges a topic before all of its brokers know it. On the calling
/// thread, which is one of ours.
private func waitUntilKnown(_ specs: [TopicSpec], to client: AdminClient, _ timeoutMilliseconds: Int32) throws {
    let end = ContinuousClock.now + .milliseconds(Int(timeoutMilliseconds))
    while ContinuousClock.now < end {
        let known = try client.metadata(timeoutMilliseconds).topics
        if specs.allSatisfy({ known[$0.name] == $0.partitions }) { return }
        usleep(50_000)
    }
    throw KafkaError(.timeout, message: "the topics were made, but the cluster does not tell of them")
}

/// The offsets of librdkafka's answer, by topic and partition; those that are not known are missing.
func offsets(
    in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
) throws -> [String: [Int32: Int64]] {
    var offsets: [String: [Int32: Int64]] = [:]
    try forEachPartition(list) { entry in
        guard let name = entry.topic else { return }
        let topic = String(cString: name)
        guard entry.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(entry.err, message: "an offset of \(topic) \(entry.partition) is not known")
        }
        if entry.offset >= 0 { offsets[topic, default: [:]][entry.partition] = entry.offset }
    }
    return offsets
}
