/// Decides who gets which connection; `PostgresPool` does it.
///
/// A value without time, threads or sockets: the time comes in, and what is to be done goes out as effects.
struct PoolMachine {
    typealias Instant = ContinuousClock.Instant

    struct Settings {
        var connectionsMax: Int
        var waitersMax = PostgresLimits.poolWaitersMax
        /// How long a caller waits for a connection.
        var waitMax: Duration = .seconds(10)
        /// Age at which a connection is replaced, so that a server that was added gets its share.
        var lifetime: Duration = .seconds(30 * 60)
        /// Failures in a row after which callers are refused at once.
        var failuresMax = 5
        var firstBackoff: Duration = .milliseconds(100)
        var backoffMax: Duration = .seconds(5)
    }

    /// Where the pool stands. While the circuit is open nobody waits in vain: one attempt is made after each backoff.
    enum Phase: Equatable {
        case running
        case connectFailing(failures: Int)
        case circuitOpen(failures: Int)
        case draining
        case closed
    }

    enum Effect: Equatable {
        case lease(waiter: Int, connection: Int)
        case refuse(waiter: Int, PostgresError)
        case open(connection: Int)
        case close(connection: Int)
        /// Call `tick` at this time.
        case wake(Instant)
    }

    private enum ConnectionState: Equatable {
        case opening
        case idle
        case leased
    }

    private struct Connection {
        var state: ConnectionState
        var expiresAt: Instant
    }

    private struct Waiter {
        var id: Int
        var deadline: Instant
    }

    let settings: Settings
    private(set) var phase: Phase = .running
    private var connections: [Int: Connection] = [:]
    /// The one used last is lent first, so that the others can grow old.
    private var idle: [Int] = []
    private var waiters: [Waiter] = []
    private var nextConnection = 0
    private var retryAt: Instant?
    private var wakeAt: Instant?
    private var lastFailure: PostgresError?

    init(settings: Settings) {
        precondition(
            (1...PostgresLimits.poolConnectionsMax).contains(settings.connectionsMax)
                && (1...PostgresLimits.poolWaitersMax).contains(settings.waitersMax), "beyond the limits of a pool")
        self.settings = settings
    }

    var waiterCount: Int { waiters.count }
    var connectionCount: Int { connections.count }
    var idleCount: Int { idle.count }
    var leasedCount: Int { connections.values.count { $0.state == .leased } }
    private var openingCount: Int { connections.values.count { $0.state == .opening } }

    /// A caller wants a connection.
    mutating func acquire(waiter: Int, now: Instant) -> [Effect] {
        switch phase {
        case .draining, .closed:
            return [.refuse(waiter: waiter, PostgresError(.poolClosed))]
        case .circuitOpen where connections.values.allSatisfy({ $0.state == .opening }):
            return [.refuse(waiter: waiter, circuitError())]
        case .running, .connectFailing, .circuitOpen:
            break
        }
        if let connection = idle.popLast() {
            connections[connection]?.state = .leased
            return [.lease(waiter: waiter, connection: connection)]
        }
        guard waiters.count < settings.waitersMax else {
            return [.refuse(waiter: waiter, PostgresError(.poolExhausted, message: "\(waiters.count) callers wait"))]
        }
        waiters.append(Waiter(id: waiter, deadline: now + settings.waitMax))
        return openIfNeeded(now: now) + wakeIfEarlier(now + settings.waitMax)
    }

    /// A caller that waited was cancelled. False if it does not wait any more.
    mutating func abandon(waiter: Int) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// A connection that was asked for is open. `jitter` from 0 to 1 spreads the ends of those that were opened together.
    mutating func opened(connection: Int, now: Instant, jitter: Double) -> [Effect] {
        guard connections[connection] != nil else { return [.close(connection: connection)] }
        if phase != .draining && phase != .closed { phase = .running }
        retryAt = nil
        lastFailure = nil
        let lifetime = settings.lifetime * (0.8 + 0.2 * jitter)
        connections[connection]?.expiresAt = now + lifetime
        return place(connection, now: now) + openIfNeeded(now: now)
    }

    /// A connection that was asked for could not be opened.
    mutating func openFailed(connection: Int, error: PostgresError, now: Instant, jitter: Double) -> [Effect] {
        connections[connection] = nil
        lastFailure = error
        let failures: Int
        switch phase {
        case .draining, .closed: return closeIfDrained()
        case .running: failures = 1
        // Several that were opened together and failed together are one failure.
        case .connectFailing(let before), .circuitOpen(let before):
            if let retryAt, retryAt > now { return [] }
            failures = before + 1
        }
        var backoff = settings.firstBackoff
        for _ in 1..<min(failures, 20) { backoff = min(backoff * 2, settings.backoffMax) }
        let retry = now + backoff * (0.75 + 0.5 * jitter)
        retryAt = retry
        var effects = wakeIfEarlier(retry)
        guard failures >= settings.failuresMax else {
            phase = .connectFailing(failures: failures)
            return effects
        }
        phase = .circuitOpen(failures: failures)
        // With a connection still out, whoever waits may yet get that one.
        if connections.values.allSatisfy({ $0.state == .opening }) {
            effects += waiters.map { .refuse(waiter: $0.id, circuitError()) }
            waiters.removeAll()
        }
        return effects
    }

    /// A caller gives a connection back. One that is not `reusable` is closed.
    mutating func release(connection: Int, reusable: Bool, now: Instant) -> [Effect] {
        guard let known = connections[connection] else { return [] }
        precondition(known.state == .leased, "a connection was given back twice")
        if !reusable || phase == .draining || phase == .closed || known.expiresAt <= now {
            connections[connection] = nil
            return [.close(connection: connection)] + openIfNeeded(now: now) + closeIfDrained()
        }
        return place(connection, now: now)
    }

    /// Time has passed: refuses who waited too long, closes what is too old, tries again.
    mutating func tick(now: Instant) -> [Effect] {
        wakeAt = nil
        var effects: [Effect] = []
        while let first = waiters.first, first.deadline <= now {
            waiters.removeFirst()
            let reason = lastFailure.map { " (\($0.shortLabel))" } ?? ""
            let error = PostgresError(.timeout, message: "no connection became free in time\(reason)")
            effects.append(.refuse(waiter: first.id, error))
        }
        for connection in idle where connections[connection].map({ $0.expiresAt <= now }) ?? false {
            connections[connection] = nil
            effects.append(.close(connection: connection))
        }
        idle.removeAll { connections[$0] == nil }
        effects += openIfNeeded(now: now)
        let next = [waiters.first?.deadline, retryAt.flatMap { $0 > now ? $0 : nil }, idleExpiry]
        if let earliest = next.compactMap({ $0 }).min() { effects += wakeIfEarlier(earliest) }
        return effects
    }

    /// No more leases; what is out may come back.
    mutating func drain() -> [Effect] {
        guard phase != .draining, phase != .closed else { return [] }
        phase = .draining
        var effects: [Effect] = waiters.map { .refuse(waiter: $0.id, PostgresError(.poolClosed)) }
        waiters.removeAll()
        for connection in idle {
            connections[connection] = nil
            effects.append(.close(connection: connection))
        }
        idle.removeAll()
        return effects + closeIfDrained()
    }

    private var idleExpiry: Instant? {
        idle.compactMap { connections[$0]?.expiresAt }.min()
    }

    private mutating func place(_ connection: Int, now: Instant) -> [Effect] {
        if phase == .draining || phase == .closed {
            connections[connection] = nil
            return [.close(connection: connection)] + closeIfDrained()
        }
        guard !waiters.isEmpty else {
            connections[connection]?.state = .idle
            idle.append(connection)
            return connections[connection].map { wakeIfEarlier($0.expiresAt) } ?? []
        }
        connections[connection]?.state = .leased
        return [.lease(waiter: waiters.removeFirst().id, connection: connection)]
    }

    /// Opens what the waiters need and the limit allows; after failures one at a time, and not before its time.
    private mutating func openIfNeeded(now: Instant) -> [Effect] {
        var needed = min(waiters.count - openingCount, settings.connectionsMax - connections.count)
        if phase != .running {
            guard phase != .draining, phase != .closed, openingCount == 0 else { return [] }
            if let retryAt, retryAt > now { return [] }
            // The circuit closes by a successful attempt, so one is made even if nobody waits.
            if case .circuitOpen = phase { needed = max(needed, 1) }
            needed = min(needed, 1, settings.connectionsMax - connections.count)
        }
        guard needed > 0 else { return [] }
        return (0..<needed).map { _ in
            nextConnection += 1
            connections[nextConnection] = Connection(state: .opening, expiresAt: now)
            return .open(connection: nextConnection)
        }
    }

    private mutating func closeIfDrained() -> [Effect] {
        if phase == .draining, connections.isEmpty { phase = .closed }
        return []
    }

    private mutating func wakeIfEarlier(_ instant: Instant) -> [Effect] {
        if let wakeAt, wakeAt <= instant { return [] }
        wakeAt = instant
        return [.wake(instant)]
    }

    private func circuitError() -> PostgresError {
        PostgresError(
            .circuitOpen, message: lastFailure.map { "after \($0.shortLabel)" } ?? "", server: lastFailure?.server)
    }
}
