import CRdKafka
import Telemetry

extension ConsumerLoop {
    /// Asks for a commit of everything that is done. One at a time: an older one must not overtake a newer.
    func commitInBackground(_ client: OpaquePointer) {
        let positions = commitable()
        guard !positions.isEmpty else { return }
        let error = withPartitionList(positions) { rd_kafka_commit(client, $0, 1) }
        if error == RD_KAFKA_RESP_ERR_NO_ERROR {
            isCommitUnderWay = true
        } else {
            noteCommitFailure(error)
        }
    }

    /// Commits everything that is done and waits for the answer, up to the time that is set for it.
    func commitNow(_ client: OpaquePointer, _ positions: [PartitionPosition]) {
        guard !positions.isEmpty, let replies = rd_kafka_queue_new(client) else { return }
        defer { rd_kafka_queue_destroy(replies) }

        let error = withPartitionList(positions) { rd_kafka_commit_queue(client, $0, replies, nil, nil) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return noteCommitFailure(error) }
        guard let event = rd_kafka_queue_poll(replies, Int32(options.commitTimeout.wholeMilliseconds)) else {
            return noteCommitFailure(RD_KAFKA_RESP_ERR__TIMED_OUT)
        }
        defer { rd_kafka_event_destroy(event) }
        commitReported(rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event))
    }

    /// The broker's answer to either.
    func commitReported(
        _ error: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        isCommitUnderWay = false
        if error == RD_KAFKA_RESP_ERR__NO_OFFSET { return }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return noteCommitFailure(error) }
        forEachPartition(list) { entry in
            guard entry.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return noteCommitFailure(entry.err) }
            guard entry.offset >= 0, let topic = entry.topic else { return }
            lanes[.init(topic: String(cString: topic), number: entry.partition)]?.didCommit(entry.offset)
        }
        metrics.commits.increment()
        CrashPoint.reach(.offsetCommitted)
    }

    /// Commits fail while a group is rearranged; the messages come again and the handlers know them. So this is counted,
    /// and the next commit says the same and more.
    private func noteCommitFailure(_ error: rd_kafka_resp_err_t) {
        let label = KafkaError(error).shortLabel
        metrics.commitFailures.count(label)
        log.logger.info("offsets were not committed", metadata: ["error": label, "kafka.group": group])
    }

    func commitable() -> [PartitionPosition] {
        lanes.compactMap { partition, lane in lane.commitable.map { (partition.topic, partition.number, $0) } }
    }
}
