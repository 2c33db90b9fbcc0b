import Synchronization

/// Something that happens once and that any number of tasks may wait for.
final class Signal: Sendable {
    private struct State {
        var hasFired = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var hasFired: Bool { state.withLock { $0.hasFired } }

    func fire() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.hasFired = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when the signal has fired. Cancelling the task does not end the wait.
    func wait() async {
        await withCheckedContinuation { continuation in
            let hasFired = state.withLock { state in
                if !state.hasFired { state.waiting.append(continuation) }
                return state.hasFired
            }
            if hasFired { continuation.resume() }
        }
    }
}
