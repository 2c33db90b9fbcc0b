import CRdKafka
import Glibc
import Synchronization
import Telemetry

/// One librdkafka producer and the thread that reads its reports, from its making to its end.
///
/// It ends when it is stopped, after a fatal error, and when nothing was reported for too long. Whoever sends stays with
/// the session it began with: the rest of a batch must not overtake its beginning in another one.
final class ProducerSession: Sendable {
    enum Phase: Equatable {
        case open
        /// Reports are waited for until then, and new batches refused.
        case closing(ContinuousClock.Instant)
        /// Nothing more is waited for.
        case ended
    }

    private struct State {
        var phase = Phase.open
        var nextNumber: UInt32 = 1
        var batches: [UInt32: DeliveryBatch] = [:]
        /// Senders inside librdkafka now; the client is destroyed only when there are none.
        var senders = 0
        var topics: [(name: String, handle: TopicHandle)] = []
        var waitingForRoom: [Latch] = []
        var isFatal = false
    }

    /// Sendable: a topic object may be used from any thread, and is destroyed once, by the session's thread.
    struct TopicHandle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    let client: ClientHandle
    /// Opens when client and thread are gone.
    let finished = Latch()
    private let queue: TopicHandle
    private let state = Mutex(State())
    private let reportTimeout: Duration
    private let log: LibraryLog
    private let statistics: ProducerStatistics

    /// Longest wait for the reports that purging brings.
    private static let purgePatience: Duration = .seconds(2)

    init(_ configuration: KafkaConfiguration, reportTimeout: Duration, logger: Logger) throws {
        client = try ClientHandle.make(RD_KAFKA_PRODUCER, properties: configuration.properties(for: .producer)) {
            rd_kafka_conf_set_events(
                $0, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_LOG)
        }
        guard let main = rd_kafka_queue_get_main(client.pointer) else {
            rd_kafka_destroy(client.pointer)
            throw KafkaError(.systemResource, message: "no queue")
        }
        queue = TopicHandle(pointer: main)
        self.reportTimeout = reportTimeout
        log = LibraryLog(logger: logger)
        statistics = ProducerStatistics(clientID: configuration.clientID)
        do {
            try LoopThread.start("kafka-producer") { [self] in run() }
        } catch {
            rd_kafka_queue_destroy(main)
            rd_kafka_destroy(client.pointer)
            throw error
        }
    }

    // MARK: For senders

    /// Nil when the session takes no more batches.
    func begin(count: Int) -> DeliveryBatch? {
        state.withLock { state in
            guard state.phase == .open else { return nil }
            let batch = DeliveryBatch(number: state.nextNumber, count: count, now: .now)
            state.nextNumber = state.nextNumber == .max ? 1 : state.nextNumber + 1
            state.batches[batch.number] = batch
            return batch
        }
    }

    func forget(_ batch: DeliveryBatch) {
        state.withLock { _ = $0.batches.removeValue(forKey: batch.number) }
    }

    /// Runs `body`, which uses the client, unless the session has ended.
    func use<T>(_ body: () -> T) -> T? {
        let isOpen = state.withLock { state in
            guard state.phase != .ended else { return false }
            state.senders += 1
            return true
        }
        guard isOpen else { return nil }
        defer { state.withLock { $0.senders -= 1 } }
        return body()
    }

    /// The topic's object, made at first use.
    func topicHandle(_ name: String) -> Result<TopicHandle, KafkaError> {
        state.withLock { state in
            if let known = state.topics.first(where: { $0.name == name }) { return .success(known.handle) }
            guard let pointer = rd_kafka_topic_new(client.pointer, name, nil) else {
                return .failure(KafkaError(rd_kafka_last_error(), message: "a topic's name cannot be used"))
            }
            let handle = TopicHandle(pointer: pointer)
            state.topics.append((name, handle))
            return .success(handle)
        }
    }

    /// Waits until reports have made room, at most a few loops of the thread: the caller tries again.
    func waitForRoom() async {
        let room = Latch()
        let isOver = state.withLock { state in
            if state.phase == .ended { return true }
            state.waitingForRoom.append(room)
            return false
        }
        if !isOver { await room.wait() }
    }

    /// Ends the session if librdkafka met a fatal error: whatever is under way gets its outcome, and no new batch is taken.
    ///
    /// The client is asked, not the code that brought us here: 2.0.2 gives the error behind a fatal one as often as `_FATAL`.
    func endIfFatal() -> Bool {
        guard let error = KafkaError.fatal(of: client.pointer) else { return false }
        let isNews = state.withLock { state in
            defer {
                state.isFatal = true
                state.phase = .ended
            }
            return !state.isFatal
        }
        if isNews {
            log.logger.info("producer met a fatal error and is made anew", metadata: ["error": error.shortLabel])
        }
        return true
    }

    var isOpen: Bool { state.withLock { $0.phase == .open } }

    /// Waits for what is under way, up to `limit`, and ends.
    func close(within limit: Duration) {
        state.withLock { state in
            if state.phase == .open { state.phase = .closing(.now + limit) }
        }
    }

    // MARK: The thread

    private func run() {
        while poll(KafkaLimits.pollMillisecondsMax) {}
        end()
        finished.open()
    }

    /// One turn; false when the session is over.
    private func poll(_ milliseconds: Int32) -> Bool {
        if let event = rd_kafka_queue_poll(queue.pointer, milliseconds) {
            handle(event)
            rd_kafka_event_destroy(event)
        }
        let now = ContinuousClock.now
        let (room, isOver) = state.withLock { state -> ([Latch], Bool) in
            defer { state.waitingForRoom = [] }
            if state.phase == .open, let silent = silentBatch(state, now: now) {
                log.logger.info("producer heard nothing for too long", metadata: ["kafka.batch": "\(silent.number)"])
                state.phase = .ended
            }
            if case .closing(let deadline) = state.phase, state.batches.isEmpty || now >= deadline {
                state.phase = .ended
            }
            return (state.waitingForRoom, state.phase == .ended)
        }
        for waiter in room { waiter.open() }
        return !isOver
    }

    private func silentBatch(_ state: State, now: ContinuousClock.Instant) -> DeliveryBatch? {
        state.batches.values.first { now - $0.lastProgress > reportTimeout }
    }

    private func handle(_ event: OpaquePointer) {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR: deliver(event)
        case RD_KAFKA_EVENT_STATS: statistics.take(String(cString: rd_kafka_event_stats(event)))
        case RD_KAFKA_EVENT_LOG: record(event)
        case RD_KAFKA_EVENT_ERROR: meet(event)
        default: break
        }
    }

    /// Reports come in runs of one batch each; a run takes that batch's lock once.
    private func deliver(_ event: OpaquePointer) {
        var messages = [UnsafePointer<rd_kafka_message_t>?](repeating: nil, count: rd_kafka_event_message_count(event))
        let count = messages.withUnsafeMutableBufferPointer { buffer in
            rd_kafka_event_message_array(event, buffer.baseAddress, buffer.count)
        }
        let now = ContinuousClock.now
        var start = 0
        while start < count, let first = messages[start] {
            let number = DeliveryBatch.batchNumber(of: kafka_report_number(first))
            var end = start + 1
            while end < count, let next = messages[end],
                DeliveryBatch.batchNumber(of: kafka_report_number(next)) == number
            {
                end += 1
            }
            // A batch that nobody waits for any more is not there.
            state.withLock { $0.batches[number] }?.report(messages[start..<end], now: now)
            start = end
        }
    }

    private func record(_ event: OpaquePointer) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var severity: Int32 = 7
        guard rd_kafka_event_log(event, &facility, &text, &severity) == 0, let facility, let text else { return }
        log.record(severity: Int(severity), facility: String(cString: facility), text: String(cString: text))
    }

    private func meet(_ event: OpaquePointer) {
        let code = rd_kafka_event_error(event)
        statistics.count(code)
        if !endIfFatal() {
            log.logger.debug("producer met an error", metadata: ["error": KafkaError(code).shortLabel])
        }
    }

    // MARK: The end

    private func end() {
        // No sender can come in any more; those inside make one call that does not wait.
        while state.withLock({ $0.senders }) > 0 { usleep(1_000) }
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        let deadline = ContinuousClock.now + Self.purgePatience
        while rd_kafka_outq_len(client.pointer) > 0, ContinuousClock.now < deadline {
            guard let event = rd_kafka_queue_poll(queue.pointer, 50) else { continue }
            handle(event)
            rd_kafka_event_destroy(event)
        }
        let (batches, room, topics) = state.withLock { state in
            defer {
                state.batches = [:]
                state.waitingForRoom = []
                state.topics = []
            }
            return (Array(state.batches.values), state.waitingForRoom, state.topics)
        }
        for batch in batches { batch.abandon() }
        for waiter in room { waiter.open() }
        for topic in topics { rd_kafka_topic_destroy(topic.handle.pointer) }
        rd_kafka_queue_destroy(queue.pointer)
        rd_kafka_destroy(client.pointer)
    }
}
