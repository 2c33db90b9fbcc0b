import CRdKafka
import Dispatch
import Telemetry

extension ConsumerLoop {
    /// All callbacks come on the loop's thread, from inside the poll or the close. `opaque` is the loop, which outlives
    /// the client: its own thread destroys it.
    static func setCallbacks(_ configuration: OpaquePointer, opaque: UnsafeMutableRawPointer) {
        rd_kafka_conf_set_opaque(configuration, opaque)
        rd_kafka_conf_set_rebalance_cb(configuration) { client, error, partitions, opaque in
            guard let client, let partitions, let opaque else { return }
            ConsumerLoop.from(opaque).rebalance(client, error, partitions)
        }
        rd_kafka_conf_set_offset_commit_cb(configuration) { _, error, partitions, opaque in
            guard let opaque else { return }
            ConsumerLoop.from(opaque).commitReported(error, partitions)
        }
        rd_kafka_conf_set_stats_cb(configuration) { _, text, count, opaque in
            guard let text, let opaque else { return 0 }
            let bytes = UnsafeRawBufferPointer(start: text, count: count)
            ConsumerLoop.from(opaque).takeStatistics(String(decoding: bytes, as: UTF8.self))
            // librdkafka frees its text.
            return 0
        }
        rd_kafka_conf_set_error_cb(configuration) { client, code, _, opaque in
            guard let client, let opaque else { return }
            ConsumerLoop.from(opaque).meet(rd_kafka_resp_err_t(code), client)
        }
        rd_kafka_conf_set_log_cb(configuration) { client, severity, facility, text in
            guard let client, let facility, let text, let opaque = rd_kafka_opaque(client) else { return }
            ConsumerLoop.from(opaque).log.record(
                severity: Int(severity), facility: String(cString: facility), text: String(cString: text))
        }
    }

    private static func from(_ opaque: UnsafeMutableRawPointer) -> ConsumerLoop {
        Unmanaged<ConsumerLoop>.fromOpaque(opaque).takeUnretainedValue()
    }

    private func meet(_ code: rd_kafka_resp_err_t, _ client: OpaquePointer) {
        metrics.errors.count(KafkaError(code).shortLabel)
        failIfFatal(client)
    }

    private func takeStatistics(_ text: String) {
        guard let statistics = LibraryStatistics.parse(text) else { return }
        shared.setLag(metrics.recordLag(statistics, of: lanes.keys))
        // librdkafka 2.0.2 goes on knocking at the coordinator's old address when that comes back at another one under its
        // old number, as the embedded broker does.
        if lanes.isEmpty, let state = statistics.group, state.isLost(after: options.sessionTimeout) {
            log.logger.info("consumer lost its group's coordinator and begins anew", metadata: ["kafka.group": group])
            shared.requestNewClient()
        }
    }

    // MARK: Rebalance

    private func rebalance(
        _ client: OpaquePointer, _ kind: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        switch kind {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            metrics.rebalances.count("assigned")
            startOver(partitions)
            take(partitions)
            check(rd_kafka_assign(client, partitions))
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let isLost = rd_kafka_assignment_lost(client) != 0
            metrics.rebalances.count(isLost ? "lost" : "revoked")
            if lanes.values.contains(where: \.isBusy) { CrashPoint.reach(.revokedMidbatch) }
            // What was lost may belong to somebody else already: a commit now could undo theirs.
            retireLanes(client, commits: !isLost)
            check(rd_kafka_assign(client, nil))
        default:
            metrics.errors.count(KafkaError(kind).shortLabel)
            retireLanes(client, commits: false)
            check(rd_kafka_assign(client, nil))
        }
    }

    private func take(_ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        epoch += 1
        var new: [ConsumerStatus.Partition: Lane] = [:]
        forEachPartition(partitions) { entry in
            guard let topic = entry.topic else { return }
            let partition = ConsumerStatus.Partition(topic: String(cString: topic), number: entry.partition)
            new[partition] = Lane(partition: partition, epoch: epoch, limits: options.lanes)
        }
        log.logger.info("partitions assigned", metadata: ["kafka.group": group, "kafka.partitions": "\(new.count)"])
        setLanes(new)
    }

    /// In another cluster than before, has each partition read from its beginning that was not begun there yet.
    private func startOver(_ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        guard var begun = startedOver else { return }
        for index in 0..<Int(partitions.pointee.cnt) {
            guard let topic = partitions.pointee.elems[index].topic else { continue }
            let number = partitions.pointee.elems[index].partition
            if begun.insert(.init(topic: String(cString: topic), number: number)).inserted {
                partitions.pointee.elems[index].offset = Int64(RD_KAFKA_OFFSET_BEGINNING)
            }
        }
        startedOver = begun
    }

    private func check(_ error: rd_kafka_resp_err_t) {
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let label = KafkaError(error).shortLabel
        metrics.errors.count(label)
        log.logger.info("assignment failed", metadata: ["error": label, "kafka.group": group])
    }

    /// Closes the lanes, lets handlers at work finish, commits what is done, and forgets them.
    ///
    /// This blocks the loop's thread, as it must: until it returns, the partitions are ours. The handlers need nothing of
    /// this thread to finish.
    func retireLanes(_ client: OpaquePointer, commits: Bool) {
        guard !lanes.isEmpty else { return }
        for lane in lanes.values { lane.close() }
        if SeededBug.isPlanted(.drainSkippedOnRevoke) {
            // A planted fault: everything that was read counts as done.
            commitNow(client, lanes.compactMap { ($0.topic, $0.number, $1.received) })
        } else {
            drain()
            if commits { commitNow(client, commitable()) }
        }
        // Who has not finished by now works on what is not ours any more.
        for task in tasks.values { task.cancel() }
        tasks = [:]
        setLanes([:])
    }

    private func drain() {
        let deadline = DispatchTime.now() + .milliseconds(options.drainTimeout.wholeMilliseconds)
        while lanes.values.contains(where: \.isBusy) {
            // After a failure there may be a handler that never returns; the rest still gets its time.
            guard shared.laneRested.wait(timeout: deadline) == .success else {
                let left = lanes.values.filter(\.isBusy).count
                metrics.drainTimeouts.increment()
                log.logger.info(
                    "handlers did not finish in time", metadata: ["kafka.group": group, "lanes": "\(left)"])
                return
            }
        }
    }
}
