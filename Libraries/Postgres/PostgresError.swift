import Telemetry

/// What went wrong between us and PostgreSQL.
///
/// `description` is safe to log and to show: it names the kind, the SQLSTATE and the schema's own names, never a value.
/// `debugDescription` adds what the server said, which may quote data.
package struct PostgresError: LabelledError, Sendable, Equatable {
    /// The kind of failure.
    package enum Code: Sendable, Equatable {
        /// The server refused a statement, with this SQLSTATE.
        case server(sqlState: String)
        /// No connection could be made.
        case connectionFailed
        /// The connection broke. Inside a transaction that was not being committed, nothing was stored.
        case connectionLost
        /// The connection broke while the commit was under way: it may or may not have happened.
        /// Find out by the idempotency key; never just try again.
        case commitOutcomeUnknown
        /// A deadline, `statement_timeout` or the wait for a connection passed.
        case timeout
        /// The task was cancelled.
        case cancelled
        /// Too many callers wait for a connection.
        case poolExhausted
        /// The database could not be reached several times in a row; no new attempt is made for a moment.
        case circuitOpen
        /// The pool was stopped.
        case poolClosed
        /// The connection was closed, or may not be used after a cancellation.
        case connectionClosed
        /// The connection is inside a COPY or another pipeline.
        case connectionBusy
        /// The query cannot be sent as it is: a NUL byte in a text, too many parameters, a name too long.
        case invalidQuery
        /// A value does not have the type, the range or the shape that was asked for.
        case decoding
        /// The transaction had failed before its commit, so nothing was stored.
        case transactionAborted
        /// The settings cannot be used.
        case configuration
        /// The libpq that was loaded is older than the one this is written for.
        case unsupportedLibrary
        /// The system gave us no thread or descriptor.
        case threadUnavailable
    }

    /// What the server said about an error, as it said it. May quote data.
    package struct ServerFields: Sendable, Equatable {
        /// The primary message.
        package var message = ""
        /// More about the problem; often holds values.
        package var detail: String?
        /// What the server suggests.
        package var hint: String?
        /// The schema's own names, where the error concerns them.
        package var schema: String?
        /// The table the error concerns.
        package var table: String?
        /// The column the error concerns.
        package var column: String?
        /// The constraint that was violated.
        package var constraint: String?
        /// The function of the server's source that raised the error.
        package var routine: String?
    }

    /// The kind of failure.
    package var code: Code
    /// The five characters that PostgreSQL gave, also for a lost connection if it said why.
    package var sqlState: String?
    /// What the server said, if it said anything.
    package var server: ServerFields?
    /// Our own words. They name types, columns and limits, never values.
    package var message: String
    /// Which statement of a pipeline failed, from 0.
    package var statementIndex: Int?
    /// The statement was sent outside a transaction block and its outcome was never heard.
    package var mayHaveTakenEffect = false

    package init(_ code: Code, message: String = "", sqlState: String? = nil, server: ServerFields? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.server = server
    }

    /// The constraint that was violated, if one was.
    package var constraint: String? { server?.constraint }

    /// The states after which the same transaction may succeed: serialization failure, deadlock, lock not available.
    package static let repeatableStates: Set<String> = ["40001", "40P01", "55P03"]

    /// Whether the same work may succeed later. Nothing of it was stored, unless `mayHaveTakenEffect`.
    package var isRetryable: Bool {
        switch code {
        case .server(let state):
            Self.repeatableStates.contains(state) || state.hasPrefix("53") || isStalePlan
        case .connectionFailed, .connectionLost, .timeout, .poolExhausted, .circuitOpen, .threadUnavailable:
            true
        case .transactionAborted:
            sqlState.map(Self.repeatableStates.contains) ?? false
        case .commitOutcomeUnknown, .cancelled, .poolClosed, .connectionClosed, .connectionBusy, .invalidQuery,
            .decoding, .configuration, .unsupportedLibrary:
            false
        }
    }

    /// A prepared statement no longer fits because a table it reads was changed, or somebody dropped it.
    package var isStalePlan: Bool {
        (sqlState == "0A000" && server?.routine == "RevalidateCachedQuery") || sqlState == "26000"
    }

    /// `postgres.` and the kind or the SQLSTATE, for metric labels.
    package var shortLabel: String {
        switch code {
        case .server(let state): "postgres.\(state)"
        case .connectionFailed: "postgres.connection-failed"
        case .connectionLost: "postgres.connection-lost"
        case .commitOutcomeUnknown: "postgres.commit-outcome-unknown"
        case .timeout: "postgres.timeout"
        case .cancelled: "postgres.cancelled"
        case .poolExhausted: "postgres.pool-exhausted"
        case .circuitOpen: "postgres.circuit-open"
        case .poolClosed: "postgres.pool-closed"
        case .connectionClosed: "postgres.connection-closed"
        case .connectionBusy: "postgres.connection-busy"
        case .invalidQuery: "postgres.invalid-query"
        case .decoding: "postgres.decoding"
        case .transactionAborted: "postgres.transaction-aborted"
        case .configuration: "postgres.configuration"
        case .unsupportedLibrary: "postgres.unsupported-library"
        case .threadUnavailable: "postgres.thread-unavailable"
        }
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        var parts = [shortLabel]
        if let sqlState, code != .server(sqlState: sqlState) { parts.append("SQLSTATE \(sqlState)") }
        if let table = server?.table { parts.append("table \(table)") }
        if let column = server?.column { parts.append("column \(column)") }
        if let constraint { parts.append("constraint \(constraint)") }
        if let statementIndex { parts.append("statement \(statementIndex)") }
        if !message.isEmpty { parts.append(message) }
        return parts.joined(separator: ": ")
    }

    package var debugDescription: String {
        guard let server else { return description }
        var parts = [description, server.message]
        if let detail = server.detail { parts.append("detail: \(detail)") }
        if let hint = server.hint { parts.append("hint: \(hint)") }
        return parts.joined(separator: "; ")
    }
}
