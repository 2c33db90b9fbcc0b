import CRdKafka
import Glibc
import Telemetry

/// What librdkafka says about these clients. Its callback carries nothing of ours, so they all speak under one name.
private let libraryLog = LibraryLog(logger: Logger(label: "kafka-admin"))

/// The client under `KafkaAdmin`: blocking calls, to be made on threads of our own.
final class AdminClient: Sendable {
    private let handle: ClientHandle
    private let logger: Logger

    private static let electionMilliseconds: Int32 = 2_000

    var pointer: OpaquePointer { handle.pointer }

    /// - Parameters:
    ///   - group: whose committed offsets it asks for, without ever joining.
    init(_ configuration: KafkaConfiguration, group: String? = nil, logger: Logger) throws {
        // Without a group a producer without records: any client may ask, and this one starts the fewest threads.
        handle = try ClientHandle.make(
            group == nil ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
            properties: configuration.properties(for: group.map { .groupReader(group: $0) } ?? .admin)
        ) {
            // Without it librdkafka writes to standard error itself, past the log.
            rd_kafka_conf_set_log_cb($0) { _, severity, facility, text in
                guard let facility, let text else { return }
                libraryLog.record(
                    severity: Int(severity), facility: String(cString: facility), text: String(cString: text))
            }
        }
        self.logger = logger
    }

    deinit {
        let handle = handle
        do {
            // Freeing waits for librdkafka's threads.
            try LoopThread.start("kafka-free") {
                rd_kafka_destroy_flags(handle.pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            }
        } catch {
            logger.info("an administration client was not freed", metadata: ["error": "\(error)"])
        }
    }

    /// What a cluster is made of.
    struct Cluster {
        /// Numbers of the brokers.
        var brokers: Set<Int32> = []
        /// The number of partitions of every topic.
        var topics: [String: Int] = [:]
    }

    /// Asks for all topics: asking for one by name makes some brokers create it.
    func metadata(_ timeout: Int32) throws -> Cluster {
        serveLog()
        var answer: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(pointer, 1, nil, &answer, timeout)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            throw KafkaError(
                error == RD_KAFKA_RESP_ERR__TRANSPORT ? RD_KAFKA_RESP_ERR__TIMED_OUT : error,
                message: "no broker answers")
        }
        defer { rd_kafka_metadata_destroy(answer) }

        var cluster = Cluster()
        for index in 0..<Int(answer.pointee.broker_cnt) { cluster.brokers.insert(answer.pointee.brokers[index].id) }
        for index in 0..<Int(answer.pointee.topic_cnt) {
            let topic = answer.pointee.topics[index]
            guard let name = topic.topic, topic.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            cluster.topics[String(cString: name)] = Int(topic.partition_cnt)
        }
        return cluster
    }

    /// What librdkafka logs gathers in the main queue, which has to be emptied by somebody.
    private func serveLog() {
        while rd_kafka_poll(pointer, 0) > 0 {}
    }

    /// Where partitions end, by topic and partition.
    func ends(_ partitions: [PartitionPosition], _ timeout: Int32) throws -> [String: [Int32: Int64]] {
        try retrying(timeout) {
            try withPartitionList(partitions) { list in
                let error = rd_kafka_offsets_for_times(pointer, list, timeout)
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    throw KafkaError(error, message: "the ends of the partitions are not known")
                }
                return try offsets(in: list)
            }
        }
    }

    /// What this client's group has committed, by topic and partition.
    ///
    /// Not by `ListConsumerGroupOffsets`: while a new cluster is still setting up its groups, librdkafka up to 2.10 ends the
    /// process there (librdkafka#5040).
    func committed(_ partitions: [PartitionPosition], _ timeout: Int32) throws -> [String: [Int32: Int64]] {
        serveLog()
        return try retrying(timeout) {
            try withPartitionList(partitions) { list in
                let error = rd_kafka_committed(pointer, list, timeout)
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    throw KafkaError(error, message: "the offsets of the group are not known")
                }
                return try offsets(in: list)
            }
        }
    }

    /// Asks again while the cluster says that it will know soon: a partition that is being made, or moved, has no leader for a
    /// moment, and a group no coordinator.
    private func retrying<T>(_ timeout: Int32, _ ask: () throws -> T) throws -> T {
        let deadline = ContinuousClock.now + .milliseconds(Int(timeout))
        while true {
            do {
                return try ask()
            } catch let error as KafkaError where error.isRetryable && ContinuousClock.now < deadline {
                usleep(100_000)
            }
        }
    }

    /// What the members of a group read; nil while they are being assigned, or where there are none.
    ///
    /// Not by `DescribeConsumerGroups`: where a broker cannot answer that, as the embedded one, librdkafka uses memory that
    /// it has freed (librdkafka#5397).
    func partitionsRead(by group: String, _ timeout: Int32) throws -> Set<ConsumerStatus.Partition>? {
        serveLog()
        var answer: UnsafePointer<rd_kafka_group_list>?
        let error = rd_kafka_list_groups(pointer, group, &answer, timeout)
        defer { if let answer { rd_kafka_group_list_destroy(answer) } }
        // A broker that does not answer knows nothing of this group, unless it is the group's own: then there is no answer.
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__PARTIAL else {
            throw KafkaError(error, message: "the members of the group \(group) are not known")
        }
        guard let answer, answer.pointee.group_cnt == 1 else { return nil }
        let description = answer.pointee.groups[0]
        guard description.err == RD_KAFKA_RESP_ERR_NO_ERROR, let state = description.state,
            String(cString: state) == "Stable"
        else { return nil }
        var read: Set<ConsumerStatus.Partition> = []
        for index in 0..<Int(description.member_cnt) {
            let member = description.members[index]
            let bytes = UnsafeRawBufferPointer(
                start: member.member_assignment, count: Int(member.member_assignment_size))
            guard let partitions = MemberAssignment.partitions(in: bytes) else {
                throw KafkaError(
                    .unsupported, message: "a member of the group \(group) has an unknown kind of assignment")
            }
            read.formUnion(partitions)
        }
        return read
    }

    /// Makes topics. Returns the names of those it made: somebody else may have been faster.
    func create(_ specs: [TopicSpec], in cluster: Cluster, _ timeout: Int32) throws -> [String] {
        // Without a broker that is the controller librdkafka would wait for one until the time is over. The embedded broker
        // names one that does not exist.
        let controller = rd_kafka_controllerid(pointer, min(timeout, Self.electionMilliseconds))
        guard cluster.brokers.contains(controller) else {
            throw KafkaError(.unsupported, message: "the cluster has no controller, so it makes no topics on request")
        }
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for spec in specs { requests.append(try spec.makeNewTopic()) }

        return try withAnswer(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout) { options, queue in
            rd_kafka_CreateTopics(pointer, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            var made: [String] = []
            for index in 0..<count {
                guard let result = results?[index] else { continue }
                let name = String(cString: rd_kafka_topic_result_name(result))
                switch rd_kafka_topic_result_error(result) {
                case RD_KAFKA_RESP_ERR_NO_ERROR: made.append(name)
                case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: continue
                case let error:
                    let detail = rd_kafka_topic_result_error_string(result).map { String(cString: $0) } ?? ""
                    throw KafkaError(error, message: "topic \(name) was not made", detail: detail)
                }
            }
            return made
        }
    }

    /// Adds access rules. One that is there already is there still.
    func allow(_ rules: [AccessRule], _ timeout: Int32) throws {
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_AclBinding_destroy(request) } }
        for rule in rules { requests.append(try rule.makeBinding()) }

        try withAnswer(RD_KAFKA_ADMIN_OP_CREATEACLS, timeout) { options, queue in
            rd_kafka_CreateAcls(pointer, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count)
            for index in 0..<count {
                guard let error = rd_kafka_acl_result_error(results?[index]) else { continue }
                throw KafkaError(
                    rd_kafka_error_code(error), message: "the rule for \(rules[index].user) was not added",
                    detail: rd_kafka_error_string(error).map { String(cString: $0) } ?? "")
            }
        }
    }

    /// Sends a request, waits for its answer and reads it.
    private func withAnswer<T>(
        _ operation: rd_kafka_admin_op_t, _ timeout: Int32,
        send: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void, read: (_ event: OpaquePointer) throws -> T
    ) throws -> T {
        serveLog()
        guard let options = rd_kafka_AdminOptions_new(pointer, operation) else {
            throw KafkaError(.unsupported, message: "this librdkafka lacks a request")
        }
        defer { rd_kafka_AdminOptions_destroy(options) }
        var text = [CChar](repeating: 0, count: 512)
        let error = rd_kafka_AdminOptions_set_request_timeout(options, timeout, &text, text.count)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error) }
        guard let queue = rd_kafka_queue_new(pointer) else {
            throw KafkaError(.systemResource, message: "no queue")
        }
        defer { rd_kafka_queue_destroy(queue) }

        send(options, queue)
        // The request ends by itself at its timeout; a second more lets that answer come.
        guard let event = rd_kafka_queue_poll(queue, timeout + 1_000) else {
            throw KafkaError(.timeout, message: "no broker answers")
        }
        defer { rd_kafka_event_destroy(event) }
        let failure = rd_kafka_event_error(event)
        guard failure == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let detail = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
            throw KafkaError(failure, message: "the brokers did not do what was asked", detail: detail)
        }
        return try read(event)
    }
}
