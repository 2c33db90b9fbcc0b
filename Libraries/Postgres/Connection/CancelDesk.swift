import CLibPQ
import Glibc
import Synchronization

/// What is needed to ask the server to stop what a session is doing.
///
/// Sendable: libpq documents a PGcancel as safe to use from any thread, because it is never changed.
final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    init?(connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit {
        PQfreeCancel(pointer)
    }

    /// Blocks while a connection is made, the request sent and the connection closed by the server. Whether it worked
    /// does not matter here: who waits for the statement has a deadline for it.
    fileprivate func requestCancel() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = PQcancel(pointer, buffer.baseAddress, Int32(buffer.count))
        }
    }
}

/// Threads that send cancel requests: at most `cancelThreadsMax`, none while there is nothing to cancel.
final class CancelDesk: Sendable {
    static let shared = CancelDesk()

    private struct State {
        var waiting: [CancelHandle] = []
        var threads = 0
    }

    private let state = Mutex(State())

    func submit(_ handle: CancelHandle) {
        let needsThread = state.withLock { state in
            state.waiting.append(handle)
            guard state.threads < PostgresLimits.cancelThreadsMax else { return false }
            state.threads += 1
            return true
        }
        if needsThread { startThread() }
    }

    private func startThread() {
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { _ in
                CancelDesk.shared.work()
                return nil
            }, nil)
        if status == 0 {
            pthread_detach(thread)
        } else {
            // Without a thread the request is not sent, and who waits drops the connection after its grace.
            state.withLock {
                $0.threads -= 1
                if $0.threads == 0 { $0.waiting.removeAll() }
            }
        }
    }

    private func work() {
        while let handle = next() {
            handle.requestCancel()
        }
    }

    private func next() -> CancelHandle? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
