import CMicroHTTPD
import Glibc
import Synchronization

/// Keeps the deadlines that the library does not have: its own time-out starts again with every byte, and a suspended
/// connection neither times out nor notices that its client left. Runs on a thread of its own.
struct Watchdog: Sendable {
    let core: ServerCore

    private static let tickMicroseconds: UInt32 = 100_000

    /// How long a suspended exchange may be before its client is looked for.
    private static let clientCheckAfter: Duration = .milliseconds(300)

    func run() {
        while !core.isStopped.load(ordering: .acquiring) {
            usleep(Self.tickMicroseconds)
            tick(at: .now)
        }
    }

    private enum Overdue {
        case handler
        case client
    }

    func tick(at now: ContinuousClock.Instant) {
        var overdue: [(Exchange, Overdue)] = []
        // Holding this lock keeps every descriptor open: the library unregisters a connection before it closes it.
        core.connections.withLock { connections in
            for connection in connections.values {
                connection.state.withLock { state in
                    if let found = check(&state, at: now), let exchange = state.exchange {
                        overdue.append((exchange, found))
                    }
                }
            }
        }
        for (exchange, found) in overdue {
            switch found {
            case .handler:
                core.observer.internalFault("handler-deadline")
                exchange.abandon(
                    Problem(.serviceUnavailable, detail: "The request took too long and was given up."))
            case .client:
                exchange.abandon(Problem(.serviceUnavailable, detail: "The client left."))
            }
        }
    }

    /// Ends the connection where only that helps; tells what else is overdue.
    private func check(_ state: inout Connection.State, at now: ContinuousClock.Instant) -> Overdue? {
        let limits = core.limits
        guard let exchange = state.exchange else {
            guard let since = state.waitingSince else { return nil }
            // Between two requests the line may rest for the idle time first; the library ends it there.
            let bound = limits.headDeadline + (state.requestCount == 0 ? .zero : limits.idleTimeout)
            if now - since > bound { Connection.cut(&state) }
            return nil
        }
        let view = exchange.state.withLock { exchange in
            View(
                phase: exchange.phase,
                isSuspended: exchange.isSuspended || exchange.stream?.isSuspended == true,
                hasTask: exchange.hasTask, receivedBytes: exchange.receivedBytes,
                age: exchange.headAt.map { now - $0 } ?? .zero,
                answerAge: exchange.answerAt.map { now - $0 })
        }
        if view.isSuspended, view.age > Self.clientCheckAfter, takeup_peer_is_gone(state.descriptor) {
            return .client
        }
        switch view.phase {
        case .body where isBodyTooSlow(view),
            .answering where (view.answerAge ?? .zero) > limits.answerDeadline:
            Connection.cut(&state)
            return view.hasTask ? .client : nil
        case .deciding, .body, .complete:
            return view.hasTask && view.age > limits.handlerDeadline ? .handler : nil
        case .started, .answering, .ended:
            return nil
        }
    }

    private struct View {
        let phase: Exchange.Phase
        let isSuspended: Bool
        let hasTask: Bool
        let receivedBytes: Int
        let age: Duration
        let answerAge: Duration?
    }

    /// A body that the handler holds back is not slow.
    private func isBodyTooSlow(_ view: View) -> Bool {
        guard !view.isSuspended else { return false }
        if view.age > core.limits.bodyDeadline { return true }
        guard view.age > core.limits.bodyRateGrace else { return false }
        let (expected, isHuge) = Int(view.age.components.seconds)
            .multipliedReportingOverflow(by: core.limits.bodyBytesPerSecondMin)
        return isHuge || view.receivedBytes < expected
    }
}
