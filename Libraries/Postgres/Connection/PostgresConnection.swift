import CLibPQ
import Glibc
import Synchronization
package import Telemetry

/// One session with PostgreSQL.
///
/// Its code runs on a thread of its own, which may block while the server works; no thread of the cooperative pool ever
/// does. Statements from several tasks run one after the other. A statement whose task is cancelled, or whose deadline
/// passes, is cancelled on the server, and the connection is then closed: the request may reach the server late and would
/// hit the next statement.
package actor PostgresConnection {
    /// Facts that are read without waiting for the thread.
    struct Health: Sendable {
        var isOpen = false
        /// A cancel request may still be under way, or the protocol is out of step.
        var isTainted = false
        /// No transaction block is open.
        var isIdle = true
        var socket: Int32 = -1
    }

    private nonisolated let executor: ThreadExecutor
    nonisolated let signal: CancelSignal
    nonisolated let health = Mutex(Health())
    let configuration: PostgresConfiguration
    let logger: Logger
    var wire: Wire?
    var cache = StatementCache()
    var isInPipelineMode = false
    var copy: CopyPhase = .none

    enum CopyPhase {
        case none
        case into
        case out
        /// Everything was read but the server's last word.
        case outEnding
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(_ configuration: PostgresConfiguration, logger: Logger) throws {
        executor = try ThreadExecutor(name: "postgres")
        signal = try CancelSignal()
        self.configuration = configuration
        self.logger = logger
    }

    deinit {
        executor.stop()
    }

    /// libpq of PostgreSQL 15, as `PQlibVersion` counts.
    private static let libraryVersionMin: Int32 = 150_000

    /// Opens a session with the settings of the configuration.
    ///
    /// Throws `connectionFailed`, `cancelled`, `configuration` or `unsupportedLibrary`.
    package static func connect(
        _ configuration: PostgresConfiguration, logger: Logger = Logger(label: "postgres")
    ) async throws -> PostgresConnection {
        guard PQlibVersion() >= libraryVersionMin, PQisthreadsafe() == 1 else {
            throw PostgresError(.unsupportedLibrary, message: "libpq 15 is needed; this is \(PQlibVersion())")
        }
        let connection = try PostgresConnection(configuration, logger: logger)
        try await connection.open()
        return connection
    }

    private func open() async throws {
        let parameters = try configuration.connectionParameters()
        let ticket = signal.begin()
        let wire = try await withTaskCancellationHandler {
            try Task.checkPostgresCancellation()
            self.executor.checkIsolated()
            return try Wire.connect(
                parameters, timeout: configuration.connectTimeout, signal: signal, logger: logger)
        } onCancel: {
            signal.request(ticket)
        }
        guard !signal.end() else { throw PostgresError(.cancelled) }
        signal.arm(with: CancelHandle(connection: wire.pointer))
        self.wire = wire
        health.withLock {
            $0.isOpen = true
            $0.socket = wire.socket
        }
    }

    /// Ends the session. Does nothing when it has ended.
    package func close() {
        wire = nil
        copy = .none
        health.withLock {
            $0.isOpen = false
            $0.socket = -1
        }
    }

    /// Whether the next borrower would get a session as good as new.
    nonisolated var isReusable: Bool {
        health.withLock { $0.isOpen && !$0.isTainted && $0.isIdle }
    }

    /// Whether the server has said nothing since the last statement. Something to read on an idle session is the news
    /// that it was ended. For the holder of the connection only.
    nonisolated var isQuiet: Bool {
        let socket = health.withLock { $0.isOpen ? $0.socket : -1 }
        guard socket >= 0 else { return false }
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// Runs a step that talks to the server, with its deadline and the task's cancellation; then notes in which state the
    /// session is. An error that leaves the protocol out of step closes the connection.
    ///
    /// `ignoringCancellation` is for ends: a rollback or a commit whose task was cancelled must still be heard out.
    func conduct<T>(
        deadline: Duration?, ignoringCancellation: Bool = false, _ step: (Wire) throws(PostgresError) -> T
    ) async throws -> T {
        guard let wire else { throw PostgresError(.connectionClosed) }
        if !ignoringCancellation { try Task.checkPostgresCancellation() }
        guard !health.withLock({ $0.isTainted }) else {
            throw PostgresError(.connectionClosed, message: "a statement was cancelled on it")
        }

        let start = ContinuousClock.now
        let ticket = signal.begin()
        wire.begin(deadline: (deadline ?? defaultDeadline).map { .now + $0 })
        let result: Result<T, PostgresError>
        if ignoringCancellation {
            result = perform(step, on: wire)
        } else {
            // The operation must name `self`: a closure that does not is not isolated to this actor, and would block a
            // thread of the cooperative pool.
            result = await withTaskCancellationHandler {
                self.perform(step, on: wire)
            } onCancel: {
                signal.request(ticket)
            }
        }
        // A deadline asks for the cancellation itself, so this knows of both.
        let isCancelUnderWay = signal.end()
        PostgresMetrics.exchange.record(ContinuousClock.now - start)
        if case .failure(let error) = result { PostgresMetrics.count(error) }
        noteState(after: result, wire: wire, isCancelUnderWay: isCancelUnderWay)
        return try result.get()
    }

    private func perform<T>(
        _ step: (Wire) throws(PostgresError) -> T, on wire: Wire
    ) -> Result<T, PostgresError> {
        executor.checkIsolated()
        return Result { () throws(PostgresError) in try step(wire) }
    }

    /// The server ends a statement after `statementTimeout`; if it says nothing for longer it is taken for dead.
    var defaultDeadline: Duration? {
        configuration.statementTimeout == .zero ? nil : configuration.statementTimeout + PostgresLimits.deadlineSlack
    }

    private func noteState<T>(after result: Result<T, PostgresError>, wire: Wire, isCancelUnderWay: Bool) {
        var isOutOfStep = wire.isBroken
        if case .failure(let error) = result {
            switch error.code {
            case .connectionLost, .commitOutcomeUnknown: isOutOfStep = true
            case .cancelled, .timeout: isOutOfStep = isOutOfStep || PQtransactionStatus(wire.pointer) == PQTRANS_ACTIVE
            default: break
            }
        }
        if isOutOfStep {
            close()
            return
        }
        health.withLock {
            $0.isIdle = wire.isIdle && copy == .none
            $0.isTainted = $0.isTainted || isCancelUnderWay || isOutOfStep
        }
    }

    func enterPipelineMode(_ wire: Wire) throws(PostgresError) {
        guard copy == .none else { throw PostgresError(.connectionBusy, message: "a COPY is under way") }
        guard !isInPipelineMode else { return }
        guard PQenterPipelineMode(wire.pointer) == 1 else { throw wire.failure(.connectionLost) }
        isInPipelineMode = true
    }

    func leavePipelineMode(_ wire: Wire) throws(PostgresError) {
        guard copy == .none else { throw PostgresError(.connectionBusy, message: "a COPY is under way") }
        guard isInPipelineMode else { return }
        guard PQexitPipelineMode(wire.pointer) == 1 else { throw wire.failure(.connectionLost) }
        isInPipelineMode = false
    }
}

extension Task where Success == Never, Failure == Never {
    static func checkPostgresCancellation() throws(PostgresError) {
        if isCancelled { throw PostgresError(.cancelled) }
    }
}
