import CRdKafka
import Dispatch
import Synchronization

/// What the loop's thread, the tasks of its lanes and whoever owns the consumer have in common.
final class ConsumerShared: Sendable {
    private struct State {
        var queue: OpaqueQueue?
        var isStopRequested = false
        var isNewClientRequested = false
        var isStartingOver = false
        var failure: KafkaError?
        var lanes: [Lane] = []
        var lag: Int64?
        var lastTurn: ContinuousClock.Instant?
        var isRunning = false
    }

    /// Sendable: a queue of librdkafka may be used from any thread; it is used under the lock only.
    private struct OpaqueQueue: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let state = Mutex(State())
    /// Opens when the loop is asked to end, or ends by itself.
    let ending = Latch()
    /// Opens when the thread is through.
    let finished = Latch()
    /// Raised whenever a lane that was closed comes to rest.
    let laneRested = DispatchSemaphore(value: 0)

    // MARK: Waking the loop

    /// The queue that the loop waits on; nil before it is freed. Waking takes the same lock, so it never meets a freed one.
    func setQueue(_ queue: OpaquePointer?) {
        state.withLock { $0.queue = queue.map(OpaqueQueue.init) }
    }

    func wake() {
        state.withLock { state in
            if let queue = state.queue { rd_kafka_queue_yield(queue.pointer) }
        }
    }

    // MARK: Beginning anew

    /// Has the loop leave its group and join it again with a new client, which reads on where the group stands or, starting
    /// over, from the beginning.
    func requestNewClient(startingOver: Bool = false) {
        state.withLock { state in
            state.isNewClientRequested = true
            state.isStartingOver = state.isStartingOver || startingOver
        }
        wake()
    }

    var isStartingOver: Bool { state.withLock { $0.isStartingOver } }

    var isNewClientRequested: Bool { state.withLock { $0.isNewClientRequested } }

    /// Whether the new client starts over.
    func takeNewClientRequest() -> Bool {
        state.withLock { state in
            defer { (state.isNewClientRequested, state.isStartingOver) = (false, false) }
            return state.isStartingOver
        }
    }

    // MARK: Ending

    func requestStop() {
        state.withLock { $0.isStopRequested = true }
        ending.open()
        wake()
    }

    /// The first failure is the one that counts.
    func fail(_ error: KafkaError) {
        state.withLock { state in
            if state.failure == nil { state.failure = error }
            state.isStopRequested = true
        }
        ending.open()
    }

    var isStopRequested: Bool { state.withLock { $0.isStopRequested } }

    var failure: KafkaError? { state.withLock { $0.failure } }

    // MARK: Status

    func setLanes(_ lanes: [Lane]) { state.withLock { $0.lanes = lanes } }

    func setLag(_ lag: Int64?) { state.withLock { $0.lag = lag } }

    func setRunning(_ isRunning: Bool) {
        state.withLock { state in
            state.isRunning = isRunning
            state.lastTurn = isRunning ? .now : nil
        }
    }

    func noteTurn(_ now: ContinuousClock.Instant) { state.withLock { $0.lastTurn = now } }

    /// `turnLimit`: a loop that has not gone round for longer stands still.
    func status(starvationLimit: Duration, turnLimit: Duration) -> ConsumerStatus {
        let (lanes, lag, lastTurn, isRunning, failure) = state.withLock {
            ($0.lanes, $0.lag, $0.lastTurn, $0.isRunning, $0.failure)
        }
        let now = ContinuousClock.now
        var status = ConsumerStatus()
        status.isRunning = isRunning
        status.lag = lag
        status.sinceLastTurn = lastTurn.map { now - $0 }
        for lane in lanes {
            status.assigned.append(lane.partition)
            let reading = lane.reading
            status.heldCount += reading.heldCount
            status.heldBytes += reading.heldBytes
            if reading.isPaused { status.pausedCount += 1 }
            if let started = reading.attemptStarted {
                status.oldestInFlight = max(status.oldestInFlight ?? .zero, now - started)
            }
        }
        let isStarved = status.oldestInFlight.map { $0 > starvationLimit } ?? false
        let stands = status.sinceLastTurn.map { $0 > turnLimit } ?? false
        status.isHealthy = failure == nil && !isStarved && !stands
        return status
    }
}
