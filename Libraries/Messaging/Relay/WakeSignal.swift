import Synchronization

/// Lets loops sleep until a time has passed, somebody has work for them, or they have to stop.
final class WakeSignal: Sendable {
    private struct State {
        var isStopped = false
        /// Goes up with every nudge, so that one that comes between looking and sleeping is not missed.
        var nudges = 0
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
    }

    private struct Sleeper {
        let wakesOnNudge: Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }
    /// Read it before looking for work, and hand it to `wait`.
    var nudges: Int { state.withLock { $0.nudges } }

    /// Wakes everyone who waits for work.
    func nudge() {
        wake { state in
            state.nudges += 1
            return { $0.wakesOnNudge }
        }
    }

    /// Wakes everyone, now and for good.
    func stop() {
        wake { state in
            state.isStopped = true
            return { _ in true }
        }
    }

    /// Returns after `duration`, or earlier: nudged since `nudges` was read (nil: nudges do not matter), stopped or cancelled.
    func wait(for duration: Duration, since nudges: Int? = nil) async {
        await withTaskGroup(of: Void.self) { group in
            // Cancelled means that something else woke us first.
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { await self.woken(since: nudges) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when stopped, also when that was before, or cancelled.
    func stopped() async { await woken(since: nil) }

    private func woken(since nudges: Int?) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { enrol($0, id: id, since: nudges) }
        } onCancel: {
            // Not enrolled yet: enrolling will see the cancellation, which is set before this runs.
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    private func enrol(_ continuation: CheckedContinuation<Void, Never>, id: Int, since nudges: Int?) {
        let isAwake = state.withLock { state in
            if state.isStopped || Task.isCancelled || (nudges.map { $0 != state.nudges } ?? false) { return true }
            state.sleepers[id] = Sleeper(wakesOnNudge: nudges != nil, continuation: continuation)
            return false
        }
        if isAwake { continuation.resume() }
    }

    private func wake(_ change: (inout State) -> (Sleeper) -> Bool) {
        let woken = state.withLock { state in
            let isWoken = change(&state)
            let woken = state.sleepers.filter { isWoken($0.value) }
            for id in woken.keys { state.sleepers[id] = nil }
            return woken.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }
}
