import CRdKafka
import Synchronization

/// The records of one `send` and what became of each.
///
/// Reports name a record by its number in the batch, so filling in an outcome neither looks anything up nor allocates.
final class DeliveryBatch: Sendable {
    private struct Slot {
        enum Status: UInt8 { case pending, persisted, failed, unknown }

        var status = Status.pending
        var partition: Int32 = -1
        var offset: Int64 = -1
        var error = RD_KAFKA_RESP_ERR_NO_ERROR
    }

    private struct State {
        var slots: [Slot]
        /// Records without an outcome that a report is still due for; known once everything was handed over.
        var isHandedOver = false
        var due = 0
        var isOver = false
        var lastProgress: ContinuousClock.Instant
        /// Our own failures of records that librdkafka never took.
        var refusals: [Int: KafkaError] = [:]
    }

    /// Distinguishes this batch's reports from those of others in the same session.
    let number: UInt32
    private let state: Mutex<State>
    private let over = Latch()

    init(number: UInt32, count: Int, now: ContinuousClock.Instant) {
        self.number = number
        state = Mutex(State(slots: Array(repeating: Slot(), count: count), lastProgress: now))
    }

    // MARK: Handing over

    /// What a record carries through librdkafka and back.
    func opaque(_ index: Int) -> UInt64 { UInt64(number) << 32 | UInt64(index) }

    static func batchNumber(of opaque: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: opaque >> 32) }

    private static func index(of opaque: UInt64) -> Int { Int(opaque & 0xffff_ffff) }

    /// The record never went to librdkafka.
    func refuse(_ index: Int, _ error: KafkaError) {
        state.withLock { state in
            state.slots[index].status = .failed
            state.refusals[index] = error
        }
    }

    /// Everything was handed over or refused; `taken` records have a report coming.
    func finishHandingOver(taken: Int, now: ContinuousClock.Instant) {
        let isOver = state.withLock { state in
            state.isHandedOver = true
            state.due += taken
            state.lastProgress = now
            return Self.closeIfDone(&state)
        }
        if isOver { over.open() }
    }

    // MARK: Reports

    /// Takes reports that are all of this batch.
    func report(_ messages: ArraySlice<UnsafePointer<rd_kafka_message_t>?>, now: ContinuousClock.Instant) {
        let isOver = state.withLock { state in
            guard !state.isOver else { return false }
            for case let message? in messages {
                let index = Self.index(of: kafka_report_number(message))
                guard state.slots.indices.contains(index) else { continue }
                state.slots[index].error = message.pointee.err
                state.slots[index].partition = message.pointee.partition
                state.slots[index].offset = message.pointee.offset
                state.slots[index].status = Self.status(message)
            }
            state.due -= messages.count
            state.lastProgress = now
            return Self.closeIfDone(&state)
        }
        if isOver { over.open() }
    }

    private static func status(_ message: UnsafePointer<rd_kafka_message_t>) -> Slot.Status {
        if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { return .persisted }
        return rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? .failed : .unknown
    }

    private static func closeIfDone(_ state: inout State) -> Bool {
        guard state.isHandedOver, state.due == 0, !state.isOver else { return false }
        state.isOver = true
        return true
    }

    /// No further report counts: what has none stays unknown.
    func abandon() {
        let isNew = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        if isNew { over.open() }
    }

    /// When something was last heard of this batch.
    var lastProgress: ContinuousClock.Instant { state.withLock { $0.lastProgress } }

    // MARK: Waiting

    /// Returns when every record has an outcome, the batch was abandoned, or the task is cancelled: what is not known
    /// then is unknown.
    func outcomes() async -> [DeliveryOutcome] {
        await over.wait()
        abandon()
        return state.withLock { state in
            state.slots.indices.map { Self.outcome(state.slots[$0], refusal: state.refusals[$0]) }
        }
    }

    private static func outcome(_ slot: Slot, refusal: KafkaError?) -> DeliveryOutcome {
        switch slot.status {
        case .persisted: .persisted(partition: slot.partition, offset: max(-1, slot.offset))
        case .failed: .failed(refusal ?? failure(slot.error))
        case .pending, .unknown: .unknown
        }
    }

    private static func failure(_ code: rd_kafka_resp_err_t) -> KafkaError {
        switch code {
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__FATAL: KafkaError(.sessionEnded)
        default: KafkaError(code)
        }
    }
}
