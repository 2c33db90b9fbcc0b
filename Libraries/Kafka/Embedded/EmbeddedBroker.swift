import CRdKafka
import Synchronization
import Telemetry

/// librdkafka's in-memory Kafka: one broker on loopback that needs nothing installed and forgets everything when it stops.
///
/// It keeps 5 MiB or 100,000 messages a partition and silently drops older ones; a group's first member waits three
/// seconds (in which a session shorter than `sessionTimeoutMin` runs out, and the member waits for ever), and a change of
/// members a session time-out less one second; it makes no topics on request and checks no permissions.
/// `bootstrapServers` stays the same through `restart`.
package final class EmbeddedBroker: Sendable {
    /// Bytes that a partition keeps.
    package static let partitionBytesMax = 5 * 1_048_576
    /// Messages that a partition keeps.
    package static let partitionMessagesMax = 100_000

    /// The shortest session of a consumer that can join.
    package static let sessionTimeoutMin: Duration = .seconds(4)

    /// Sendable: librdkafka's mock cluster takes orders from any thread; it is replaced under the lock only.
    private struct Cluster: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private struct State {
        var cluster: Cluster?
        var topics: [String: Int]
        var isStopped = false
    }

    private let host: ClientHandle
    private let forwarder: PortForwarder
    private let state: Mutex<State>

    /// `127.0.0.1:port`.
    package let bootstrapServers: String

    /// Starts a broker.
    ///
    /// - Parameters:
    ///   - topics: each with its number of partitions.
    ///   - port: 0 for any free one.
    /// - Throws: `KafkaError.systemResource` where the port is taken.
    package init(topics: [(name: String, partitions: Int)], port: UInt16 = 0) throws {
        host = try ClientHandle.make(
            RD_KAFKA_PRODUCER, properties: [("log.queue", "true"), ("client.id", "embedded-broker")])
        do {
            forwarder = try PortForwarder(port: port)
        } catch {
            rd_kafka_destroy(host.pointer)
            throw error
        }
        bootstrapServers = "127.0.0.1:\(forwarder.port)"
        var declared: [String: Int] = [:]
        for topic in topics { declared[topic.name] = topic.partitions }
        state = Mutex(State(topics: declared))
        try begin()
    }

    deinit {
        let host = host
        let (cluster, isStopped) = state.withLock { state -> (Cluster?, Bool) in (state.cluster, state.isStopped) }
        guard !isStopped else { return }
        forwarder.requestStop()
        // Without a thread it lives until the process ends, which is at most what this is for.
        try? LoopThread.start("kafka-free") {
            if let cluster { rd_kafka_mock_cluster_destroy(cluster.pointer) }
            rd_kafka_destroy(host.pointer)
        }
    }

    /// Adds a topic, also for after a restart.
    package func createTopic(_ name: String, partitions: Int) throws {
        try state.withLock { state in
            state.topics[name] = partitions
            if let cluster = state.cluster { try Self.create(name, partitions, in: cluster) }
        }
    }

    /// Forgets everything, messages and groups, and begins anew with the same topics, under another cluster id.
    package func restart() async throws {
        try await LoopThread.run("kafka-restart") { [self] in
            // The library makes the id of the address in memory: as long as the old cluster is there the new one has another.
            let old = state.withLock(\.cluster)
            forwarder.setTarget(nil)
            try begin()
            if let old { rd_kafka_mock_cluster_destroy(old.pointer) }
        }
    }

    /// Cuts all connections and takes none, or takes them again. Nothing is forgotten.
    package func setDown(_ isDown: Bool) {
        state.withLock { state in
            guard let cluster = state.cluster else { return }
            if isDown {
                rd_kafka_mock_broker_set_down(cluster.pointer, 1)
            } else {
                rd_kafka_mock_broker_set_up(cluster.pointer, 1)
            }
        }
    }

    /// Refuses the next `count` produce requests with an error of the protocol, by its number.
    package func refuseProduceRequests(_ count: Int, error: Int32) {
        let errors = [rd_kafka_resp_err_t](repeating: rd_kafka_resp_err_t(error), count: count)
        state.withLock { state in
            guard let cluster = state.cluster else { return }
            let produceRequest: Int16 = 0
            rd_kafka_mock_push_request_errors_array(cluster.pointer, produceRequest, errors.count, errors)
        }
    }

    /// Ends the broker; everything in it is gone. Does nothing the second time.
    package func stop() async {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        await forwarder.stop()
        let host = host
        do {
            try await LoopThread.run("kafka-stop") { [self] in
                end()
                rd_kafka_destroy(host.pointer)
            }
        } catch {
            Logger(label: "kafka.embedded").info("the embedded broker was not freed", metadata: ["error": "\(error)"])
        }
    }

    private func begin() throws {
        try state.withLock { state in
            guard let pointer = rd_kafka_mock_cluster_new(host.pointer, 1) else {
                throw KafkaError(.systemResource, message: "the embedded broker cannot be made")
            }
            let cluster = Cluster(pointer: pointer)
            state.cluster = cluster
            for (name, partitions) in state.topics { try Self.create(name, partitions, in: cluster) }
            let address = String(cString: rd_kafka_mock_cluster_bootstraps(pointer))
            guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
                throw KafkaError(.systemResource, message: "the embedded broker has no port")
            }
            forwarder.setTarget(port)
        }
    }

    private func end() {
        forwarder.setTarget(nil)
        let cluster = state.withLock { state in
            defer { state.cluster = nil }
            return state.cluster
        }
        if let cluster { rd_kafka_mock_cluster_destroy(cluster.pointer) }
    }

    private static func create(_ name: String, _ partitions: Int, in cluster: Cluster) throws {
        let error = rd_kafka_mock_topic_create(cluster.pointer, name, Int32(partitions), 1)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS else {
            throw KafkaError(error, message: "topic \(name) cannot be made")
        }
    }
}
