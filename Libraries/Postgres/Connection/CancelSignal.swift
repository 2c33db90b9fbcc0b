import CLibPQ
import Glibc
import Synchronization

/// Carries a cancellation from any thread to the thread that waits for a statement.
///
/// A request names the statement it is for, so that one which comes late finds another and does nothing. Once a request
/// was passed to the server it may still arrive after the statement ended; `end` tells, and the connection is not used again.
final class CancelSignal: Sendable {
    /// Readable after a request; the waiting thread polls it beside the socket.
    let descriptor: Int32

    private struct State {
        var ticket: UInt64 = 0
        var isRunning = false
        var isRequested = false
        var handle: CancelHandle?
    }

    private let state = Mutex(State())

    init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw PostgresError(.threadUnavailable, message: "eventfd: errno \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func arm(with handle: CancelHandle?) {
        state.withLock { $0.handle = handle }
    }

    /// Starts a statement.
    func begin() -> UInt64 {
        state.withLock { state in
            state.ticket += 1
            state.isRunning = true
            state.isRequested = false
            return state.ticket
        }
    }

    /// Asks for the end of a statement. From any thread, any number of times.
    func request(_ ticket: UInt64) {
        let handle: CancelHandle?? = state.withLock { state in
            guard state.isRunning, state.ticket == ticket, !state.isRequested else { return nil }
            state.isRequested = true
            return .some(state.handle)
        }
        guard let handle else { return }
        if let handle { CancelDesk.shared.submit(handle) }
        var one: UInt64 = 1
        // Only a full counter refuses, and then the descriptor is readable already.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Asks for the end of the statement that runs, whichever it is. From the thread that runs it.
    func requestCurrent() {
        request(state.withLock { $0.ticket })
    }

    /// Whether the statement that runs was asked to end.
    var isRequested: Bool {
        state.withLock { $0.isRequested }
    }

    /// Ends a statement. True if a cancel request is on its way.
    func end() -> Bool {
        state.withLock { state in
            state.isRunning = false
            return state.isRequested
        }
    }
}
