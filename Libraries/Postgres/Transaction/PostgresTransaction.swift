import Synchronization
import Telemetry

/// A transaction that is open while its body runs. Its `begin` travels with the first statement.
package final class PostgresTransaction: Sendable {
    private struct State {
        /// Sent before the next statement, with it.
        var prefix: [Query]
        var isBegun = false
        var isRollbackOnly = false
        var isFinished = false
        var isCommitted = false
        /// The first refusal by the server. Nothing can be stored after it.
        var failure: PostgresError?
    }

    private let connection: PostgresConnection
    private let state: Mutex<State>

    init(_ connection: PostgresConnection, options: TransactionOptions) {
        self.connection = connection
        state = Mutex(State(prefix: [options.begin]))
    }

    /// Runs one statement.
    @discardableResult
    package func query(_ query: Query, deadline: Duration? = nil) async throws -> Rows {
        try await connection.run([query], in: self, completion: .staysOpen, deadline: deadline)[0]
    }

    /// Sends statements without waiting in between. The first failure fails the transaction.
    @discardableResult
    package func pipeline(_ queries: [Query], deadline: Duration? = nil) async throws -> [Rows] {
        try await connection.run(queries, in: self, completion: .staysOpen, deadline: deadline)
    }

    /// Sends the last statements and `commit` in one go, and returns the results once all is committed. Use it at the end
    /// of the body; a later statement of this transaction is refused.
    ///
    /// Does not commit when `rollbackOnly` was called. Throws `commitOutcomeUnknown` when the connection broke meanwhile.
    @discardableResult
    package func commit(after queries: [Query], deadline: Duration? = nil) async throws -> [Rows] {
        if state.withLock({ $0.isRollbackOnly }) { return try await pipeline(queries, deadline: deadline) }
        let rows = try await connection.run(
            queries + ["commit"], in: self, completion: .commits, deadline: deadline)
        try checkCommitted(rows)
        return Array(rows.dropLast())
    }

    /// Sets a parameter until the end of this transaction, as `set local` does. It is sent with the next statement, and an
    /// error shows there.
    package func setLocal(_ name: String, to value: String) async throws {
        let setting: Query = "select set_config(\(name), \(value), true)"
        try setting.validate()
        state.withLock { $0.prefix.append(setting) }
    }

    /// Makes the transaction end in a rollback although its body succeeds: a dry run. Deferred constraints are still checked.
    package func rollbackOnly() {
        state.withLock { $0.isRollbackOnly = true }
    }

    /// Copies rows in. See `PostgresConnection.copyIn`.
    @discardableResult
    nonisolated(nonsending) package func copyIn(
        _ statement: Query, _ body: nonisolated(nonsending) (CopyWriter) async throws -> Void
    ) async throws -> Int {
        try await begin()
        return try await connection.copyIn(statement, body)
    }

    /// Copies typed rows in. See `PostgresConnection.copyRows`.
    @discardableResult
    nonisolated(nonsending) package func copyRows(
        into table: Query, columns: [String], _ body: nonisolated(nonsending) (CopyRowWriter) async throws -> Void
    ) async throws -> Int {
        try await begin()
        return try await connection.copyRows(into: table, columns: columns, body)
    }

    /// Copies rows out. See `PostgresConnection.copyOut`.
    nonisolated(nonsending) package func copyOut(
        _ statement: Query, _ body: nonisolated(nonsending) ([UInt8]) async throws -> Void
    ) async throws {
        try await begin()
        try await connection.copyOut(statement, body)
    }

    /// Opens the block on the server, for what cannot travel with it.
    private func begin() async throws {
        try await connection.run([], in: self, completion: .staysOpen, deadline: nil)
    }

    /// Statements to send before the next ones. On the connection's thread, so that they go first.
    func takePrefix() throws(PostgresError) -> [Query] {
        let (prefix, isFinished) = state.withLock { state in
            defer {
                state.prefix = []
                state.isBegun = true
            }
            return (state.prefix, state.isFinished)
        }
        guard !isFinished else { throw PostgresError(.transactionAborted, message: "the transaction has ended") }
        return prefix
    }

    func noteFailure(_ error: PostgresError) {
        state.withLock { $0.failure = $0.failure ?? error }
    }

    var failure: PostgresError? { state.withLock { $0.failure } }

    /// The server answers `commit` with `ROLLBACK` when a statement had failed and the body went on regardless.
    private func checkCommitted(_ rows: [Rows]) throws {
        let isCommitted = rows.last?.commandTag == "COMMIT"
        state.withLock {
            $0.isFinished = true
            $0.isCommitted = isCommitted
        }
        guard isCommitted else { throw abortedError() }
    }

    private func abortedError() -> PostgresError {
        var error = PostgresError(.transactionAborted, message: "a statement had failed, so nothing was stored")
        error.sqlState = failure?.sqlState
        error.server = failure?.server
        return error
    }

    /// Commits, or rolls back if that was asked for. Nothing is sent for a transaction without statements.
    func finish() async throws {
        let (isBegun, isFinished, isRollbackOnly) = state.withLock { ($0.isBegun, $0.isFinished, $0.isRollbackOnly) }
        guard isBegun, !isFinished else { return }
        if isRollbackOnly {
            if let failure { throw failure }
            try await connection.run(["set constraints all immediate"], in: self, completion: .staysOpen, deadline: nil)
            await rollBack()
            return
        }
        try Task.checkPostgresCancellation()
        let rows = try await connection.run(
            ["commit"], in: self, completion: .commits, deadline: nil, ignoringCancellation: true)
        try checkCommitted(rows)
    }

    /// Undoes everything. When the server cannot be told, the connection is closed, which undoes as well.
    func rollBack() async {
        let isOpen = state.withLock { state in
            defer { state.isFinished = true }
            return state.isBegun && !state.isCommitted
        }
        guard isOpen else { return }
        await connection.rollBack()
    }
}

extension PostgresConnection {
    /// Runs statements of a transaction, after those that go before them.
    @discardableResult
    func run(
        _ queries: [Query], in transaction: PostgresTransaction, completion: Completion, deadline: Duration?,
        ignoringCancellation: Bool = false
    ) async throws -> [Rows] {
        if !ignoringCancellation { try Task.checkPostgresCancellation() }
        for query in queries { try query.validate() }
        let prefix = try transaction.takePrefix()
        do {
            let rows = try await run(
                prefix + queries, completion: completion, deadline: deadline,
                ignoringCancellation: ignoringCancellation)
            return Array(rows.dropFirst(prefix.count))
        } catch var error as PostgresError {
            if let index = error.statementIndex { error.statementIndex = max(0, index - prefix.count) }
            transaction.noteFailure(error)
            throw error
        }
    }

    /// Ends an open transaction block without its effects. A session that may not be used any more is closed instead.
    func rollBack() async {
        guard health.withLock({ $0.isOpen && !$0.isTainted }) else { return close() }
        guard wire?.isIdle == false else { return }
        do {
            _ = try await run(
                ["rollback"], completion: .staysOpen, deadline: PostgresLimits.rollbackDeadline,
                ignoringCancellation: true)
        } catch {
            logger.debug("a rollback failed; the connection is closed instead")
            close()
        }
    }

    /// Runs `body` in a transaction on this connection: commits when it returns, rolls back when it throws.
    ///
    /// With `.repeatable` the body runs again after a serialization failure, a deadlock or a lock that was not available.
    /// Throws what the body threw, or `PostgresError`; `commitOutcomeUnknown` when the connection broke during the commit.
    @discardableResult
    nonisolated(nonsending) package func transaction<T>(
        _ options: TransactionOptions = .default,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> T
    ) async throws -> T {
        var attempt = 1
        while true {
            let transaction = PostgresTransaction(self, options: options)
            do {
                let value = try await body(transaction)
                try await transaction.finish()
                return value
            } catch {
                await transaction.rollBack()
                guard attempt < options.attempts, transaction.isWorthRepeating(after: error), isReusable else {
                    throw error
                }
                let delay = TransactionBackoff.delay(afterAttempt: attempt, jitter: .random(in: 0...1))
                try await Task.sleep(for: delay)
                attempt += 1
            }
        }
    }
}

extension PostgresTransaction {
    /// What the server said first decides, whatever the body made of it.
    func isWorthRepeating(after error: any Error) -> Bool {
        let cause = failure ?? (error as? PostgresError)
        guard let cause, case .server(let state) = cause.code else { return false }
        return PostgresError.repeatableStates.contains(state)
    }
}
