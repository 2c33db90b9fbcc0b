import Synchronization
package import Telemetry

/// Connections shared by many tasks. `run` does its work; without it nobody gets a connection.
package final class PostgresPool: Sendable {
    private struct State {
        var machine: PoolMachine
        var connections: [Int: PostgresConnection] = [:]
        var waiters: [Int: CheckedContinuation<Lease, any Error>] = [:]
        var nextWaiter = 0
    }

    private struct Lease: Sendable {
        var id: Int
        var connection: PostgresConnection
    }

    /// What `run` has to do.
    private enum Work: Sendable {
        case open(Int)
        case close(PostgresConnection)
        case wake(ContinuousClock.Instant)
    }

    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let metrics: PostgresMetrics.Pool
    private let state: Mutex<State>
    private let work: AsyncStream<Work>
    private let workContinuation: AsyncStream<Work>.Continuation

    /// A pool of at most `maximumConnections` (1 to 64), which are opened as they are needed. Each holds a thread.
    /// A caller waits at most `waitMax` for one. `name` tells pools of one process apart in metrics.
    package convenience init(
        _ configuration: PostgresConfiguration, maximumConnections: Int = 8, waitMax: Duration = .seconds(10),
        name: String = "main", logger: Logger = Logger(label: "postgres")
    ) {
        var settings = PoolMachine.Settings(connectionsMax: maximumConnections)
        settings.waitMax = waitMax
        self.init(configuration, settings: settings, name: name, logger: logger)
    }

    init(_ configuration: PostgresConfiguration, settings: PoolMachine.Settings, name: String, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        metrics = PostgresMetrics.Pool(name: name)
        state = Mutex(State(machine: PoolMachine(settings: settings)))
        (work, workContinuation) = AsyncStream.makeStream()
    }

    /// Opens and closes connections and keeps time, until `stop` was called and every connection came back, or the task is
    /// cancelled. Call it once.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for await item in work {
                switch item {
                case .open(let id):
                    group.addTask { await self.open(id) }
                case .close(let connection):
                    group.addTask { await connection.close() }
                case .wake(let instant):
                    group.addTask { await self.tick(at: instant) }
                }
            }
            // Sleepers have nothing left to wake.
            group.cancelAll()
        }
        if Task.isCancelled { await stop() }
    }

    /// Refuses new callers and those who wait, and lets those who have a connection finish.
    package func stop() async {
        perform { $0.drain() }
    }

    /// Lends a connection to `body`. It comes back whole or is closed: an open transaction, a COPY or a cancelled statement
    /// never reaches the next borrower.
    ///
    /// Throws `poolExhausted`, `timeout`, `circuitOpen` or `poolClosed` when there is none, and what the body throws.
    @discardableResult
    nonisolated(nonsending) package func withConnection<T>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> T
    ) async throws -> T {
        let lease = try await acquireAlive()
        defer { release(lease) }
        return try await body(lease.connection)
    }

    /// Runs one statement on any connection. See `PostgresConnection.query`.
    @discardableResult
    nonisolated(nonsending) package func query(_ query: Query, deadline: Duration? = nil) async throws -> Rows {
        try await withConnection { try await $0.query(query, deadline: deadline) }
    }

    /// Runs statements as one transaction in one go. See `PostgresConnection.pipeline`.
    @discardableResult
    nonisolated(nonsending) package func pipeline(
        _ queries: [Query], deadline: Duration? = nil
    ) async throws -> [Rows] {
        try await withConnection { try await $0.pipeline(queries, deadline: deadline) }
    }

    /// Runs `body` in a transaction. See `PostgresConnection.transaction`.
    @discardableResult
    nonisolated(nonsending) package func transaction<T>(
        _ options: TransactionOptions = .default,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> T
    ) async throws -> T {
        try await withConnection { try await $0.transaction(options, body) }
    }

    /// How many connections there are, how many of them are lent, and how many callers wait.
    package var usage: (connections: Int, leased: Int, waiting: Int) {
        state.withLock { ($0.machine.connectionCount, $0.machine.leasedCount, $0.machine.waiterCount) }
    }

    /// A connection on which the server has said nothing since: one that it ended while it lay idle is replaced.
    private func acquireAlive() async throws -> Lease {
        let start = ContinuousClock.now
        while true {
            let lease = try await acquire()
            metrics.wait.record(ContinuousClock.now - start)
            if lease.connection.isQuiet { return lease }
            release(lease, reusable: false)
        }
    }

    private func acquire() async throws -> Lease {
        try Task.checkPostgresCancellation()
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform(registering: (waiter, continuation)) { $0.acquire(waiter: waiter, now: .now) }
                // A cancellation that came before the registration found nobody.
                if Task.isCancelled { abandon(waiter) }
            }
        } onCancel: {
            abandon(waiter)
        }
    }

    private func abandon(_ waiter: Int) {
        let continuation = state.withLock { state in
            state.machine.abandon(waiter: waiter) ? state.waiters.removeValue(forKey: waiter) : nil
        }
        continuation?.resume(throwing: PostgresError(.cancelled))
    }

    private func release(_ lease: Lease) {
        release(lease, reusable: lease.connection.isReusable)
    }

    private func release(_ lease: Lease, reusable: Bool) {
        perform { $0.release(connection: lease.id, reusable: reusable, now: .now) }
    }

    private func open(_ id: Int) async {
        do {
            let connection = try await PostgresConnection.connect(configuration, logger: logger)
            state.withLock { $0.connections[id] = connection }
            perform { $0.opened(connection: id, now: .now, jitter: .random(in: 0...1)) }
        } catch {
            let failure = error as? PostgresError ?? PostgresError(.connectionFailed)
            logger.info("no connection to the database", metadata: ["postgres.error": failure.shortLabel])
            perform { $0.openFailed(connection: id, error: failure, now: .now, jitter: .random(in: 0...1)) }
        }
    }

    private func tick(at instant: ContinuousClock.Instant) async {
        do {
            try await Task.sleep(until: instant, clock: .continuous)
        } catch {
            // Cancelled: the pool has ended.
            return
        }
        perform { $0.tick(now: .now) }
    }

    /// Lets the machine decide and does what it decided, outside the lock.
    private func perform(
        registering new: (waiter: Int, continuation: CheckedContinuation<Lease, any Error>)? = nil,
        _ decide: (inout PoolMachine) -> [PoolMachine.Effect]
    ) {
        var resumptions: [(CheckedContinuation<Lease, any Error>, Result<Lease, any Error>)] = []
        let isClosed = state.withLock { state in
            if let new { state.waiters[new.waiter] = new.continuation }
            for effect in decide(&state.machine) {
                switch effect {
                case .lease(let waiter, let id):
                    guard let connection = state.connections[id],
                        let continuation = state.waiters.removeValue(forKey: waiter)
                    else { preconditionFailure("the machine lent what is not there") }
                    resumptions.append((continuation, .success(Lease(id: id, connection: connection))))
                case .refuse(let waiter, let error):
                    guard let continuation = state.waiters.removeValue(forKey: waiter) else {
                        preconditionFailure("the machine refused who does not wait")
                    }
                    resumptions.append((continuation, .failure(error)))
                case .open(let id):
                    workContinuation.yield(.open(id))
                case .close(let id):
                    if let connection = state.connections.removeValue(forKey: id) {
                        workContinuation.yield(.close(connection))
                    }
                case .wake(let instant):
                    workContinuation.yield(.wake(instant))
                }
            }
            metrics.record(state.machine)
            return state.machine.phase == .closed
        }
        for (continuation, result) in resumptions { continuation.resume(with: result) }
        if isClosed { workContinuation.finish() }
    }
}
