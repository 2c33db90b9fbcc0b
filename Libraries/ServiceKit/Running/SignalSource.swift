import Foundation
import Glibc
import Synchronization

/// The signals a process was sent, as values that a task can wait for.
///
/// They are blocked in every thread and taken by the main thread alone (``ServiceMain``), so no handler ever interrupts
/// other code.
package final class SignalSource: Sendable {
    /// A request to stop.
    package enum Signal: Sendable, Equatable {
        /// SIGTERM: a supervisor asks.
        case terminate
        /// SIGINT: a person pressed Ctrl-C.
        case interrupt
    }

    private struct State {
        var listeners: [Int: AsyncStream<Signal>.Continuation] = [:]
        var nextListener = 0
        var onUnheard: Unheard?
    }

    /// What happens when nobody listens.
    struct Unheard: Sendable {
        let act: @Sendable (Signal) -> Void
    }

    private let state = Mutex(State())

    /// A source that nobody feeds yet; a test feeds it by hand.
    package init() {}

    /// The signals from now on. While somebody listens, a signal has no other effect.
    package func listen() -> AsyncStream<Signal> {
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingOldest(16))
        let number = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in _ = state.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// Tells whoever listens; else does what was set for that case.
    package func received(_ signal: Signal) {
        let (listeners, unheard) = state.withLock { (Array($0.listeners.values), $0.onUnheard) }
        if listeners.isEmpty { unheard?.act(signal) }
        for listener in listeners { listener.yield(signal) }
    }

    /// From now on the end of standard input counts as SIGTERM: whoever started this process has gone, perhaps by `kill -9`.
    package func terminateWhenInputEnds() {
        Thread.detachNewThread { [self] in
            var bytes = [UInt8](repeating: 0, count: 512)
            while true {
                let count = read(STDIN_FILENO, &bytes, bytes.count)
                guard count > 0 || (count < 0 && errno == EINTR) else { break }
            }
            received(.terminate)
        }
    }

    func whenUnheard(_ act: @escaping @Sendable (Signal) -> Void) {
        state.withLock { $0.onUnheard = Unheard(act: act) }
    }

    /// Blocks SIGTERM and SIGINT in this thread and all that it starts, and ignores SIGPIPE. Called before any thread
    /// exists: a thread started earlier would still be killed.
    static func block() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Takes signals for ever on the calling thread.
    func takeForEver() -> Never {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            received(number == SIGINT ? .interrupt : .terminate)
        }
    }
}
