import Synchronization
import Telemetry

/// One assigned partition: its queue, its progress, and the one task at a time that serves it.
///
/// The loop's thread feeds it, a task of the cooperative pool serves it, and neither waits for the other: what they share
/// is under a lock that nobody holds for long.
final class Lane: Sendable {
    struct Batch: Sendable {
        let messages: [KafkaMessage]
        let epoch: Int

        var first: Int64 { messages[0].offset }
    }

    private struct State {
        var machine: LaneMachine<KafkaMessage>
        var tracker: OffsetTracker
        /// A task serves this lane, or will.
        var isServed = false
        /// When the handler's present try began.
        var attemptStarted: ContinuousClock.Instant?
        var lastReceived: Int64?
    }

    struct Reading: Sendable {
        var attemptStarted: ContinuousClock.Instant?
        var heldCount: Int
        var heldBytes: Int
        var isPaused: Bool
    }

    let partition: ConsumerStatus.Partition
    private let state: Mutex<State>

    init(partition: ConsumerStatus.Partition, epoch: Int, limits: LaneLimits) {
        self.partition = partition
        state = Mutex(State(machine: LaneMachine(limits: limits), tracker: OffsetTracker(epoch: epoch)))
    }

    // MARK: For the loop

    /// Takes a message. Returns whether a task must be started for the lane, and whether the partition is to be paused.
    func receive(_ message: KafkaMessage, bytes: Int) -> (startsTask: Bool, action: LaneMachine<KafkaMessage>.Action) {
        state.withLock { state in
            if let last = state.lastReceived, message.offset <= last {
                // The log was emptied and begins again. What is queued of the old one is still handed out, before it, and
                // counts for no offset of the new one.
                state.tracker = OffsetTracker(epoch: state.tracker.epoch + 1)
            }
            state.lastReceived = message.offset
            let action = state.machine.receive(message, bytes: bytes, epoch: state.tracker.epoch)
            let starts = !state.isServed && !state.machine.isClosed
            if starts { state.isServed = true }
            return (starts, action)
        }
    }

    /// Takes nothing more and hands out nothing more.
    func close() { state.withLock { $0.machine.close() } }

    /// A handler is at work at this moment. One that waits for another try is not: its batch is not done and need not be.
    var isBusy: Bool { state.withLock { $0.attemptStarted != nil } }

    var wantsPause: Bool { state.withLock { $0.machine.isPaused } }

    var commitable: Int64? { state.withLock { $0.tracker.commitable } }

    /// For a planted fault only: what would be committed by somebody who does not wait.
    var received: Int64? { state.withLock { $0.lastReceived.map { $0 + 1 } } }

    var uncommittedCount: Int { state.withLock { $0.tracker.uncommittedCount } }

    func didCommit(_ position: Int64) { state.withLock { $0.tracker.didCommit(position) } }

    var reading: Reading {
        state.withLock { state in
            Reading(
                attemptStarted: state.attemptStarted, heldCount: state.machine.heldCount,
                heldBytes: state.machine.heldBytes, isPaused: state.machine.isPaused)
        }
    }

    // MARK: For the task

    /// The next batch; nil ends the task.
    func takeBatch() -> Batch? {
        state.withLock { state in
            guard let (messages, epoch) = state.machine.takeBatch(), let first = messages.first,
                let last = messages.last
            else {
                state.isServed = false
                return nil
            }
            if epoch == state.tracker.epoch {
                state.tracker.handOut(first: first.offset, last: last.offset, count: messages.count)
            }
            state.attemptStarted = .now
            return Batch(messages: messages, epoch: epoch)
        }
    }

    /// The batch is done. Returns whether the loop has something to do now.
    func finish(_ batch: Batch, commitCount: Int) -> Bool {
        state.withLock { state in
            state.attemptStarted = nil
            state.tracker.complete(first: batch.first, epoch: batch.epoch)
            let action = state.machine.finish()
            return action != .none || state.machine.isClosed || state.tracker.uncommittedCount >= commitCount
        }
    }

    /// The handler threw. Returns whether the lane was closed, which ends the task.
    func fail() -> Bool {
        state.withLock { state in
            state.attemptStarted = nil
            _ = state.machine.backOff()
            if state.machine.isClosed { state.isServed = false }
            return state.machine.isClosed
        }
    }

    /// False where the lane was closed meanwhile.
    func tryAgain() -> Bool {
        state.withLock { state in
            guard state.machine.tryAgain() else {
                state.isServed = false
                return false
            }
            state.attemptStarted = .now
            return true
        }
    }
}
