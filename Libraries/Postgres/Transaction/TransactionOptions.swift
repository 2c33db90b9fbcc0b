/// How a transaction is begun and whether it may be tried again.
package struct TransactionOptions: Sendable {
    /// The isolation levels of PostgreSQL. It treats "read uncommitted" as `readCommitted`.
    package enum Isolation: String, Sendable {
        /// Every statement sees what was committed before it.
        case readCommitted = "read committed"
        /// All statements see what was committed before the first.
        case repeatableRead = "repeatable read"
        /// As if transactions ran one after the other; some fail with 40001 and are to be repeated.
        case serializable
    }

    /// Whether the body may run more than once.
    package enum Retry: Sendable {
        /// The first failure is final.
        case never
        /// The body has no effect outside the transaction, so it may run up to `attempts` times: after a serialization
        /// failure (40001), a deadlock (40P01) or a lock that was not available (55P03), and nothing else.
        case repeatable(attempts: Int = 3)
    }

    /// The isolation level.
    package var isolation: Isolation
    /// Whether the body may run again.
    package var retry: Retry
    /// The server refuses writes.
    package var readOnly: Bool

    package init(isolation: Isolation = .readCommitted, retry: Retry = .never, readOnly: Bool = false) {
        self.isolation = isolation
        self.retry = retry
        self.readOnly = readOnly
    }

    /// Read committed, once, writing.
    package static let `default` = TransactionOptions()

    var attempts: Int {
        switch retry {
        case .never: 1
        case .repeatable(let attempts): min(max(attempts, 1), PostgresLimits.transactionAttemptsMax)
        }
    }

    var begin: Query {
        Query(unescaped: "begin isolation level \(isolation.rawValue)\(readOnly ? " read only" : "")")
    }
}

/// How long to wait before a repeatable transaction is tried again.
enum TransactionBackoff {
    private static let firstMilliseconds = 10.0
    private static let largestMilliseconds = 1_000.0

    /// Doubles with each failed attempt, from 1. `jitter` from 0 to 1 spreads those who failed together.
    static func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        var milliseconds = firstMilliseconds
        for _ in 1..<max(attempt, 1) { milliseconds = min(milliseconds * 2, largestMilliseconds) }
        return .milliseconds(Int64(milliseconds * (0.5 + jitter)))
    }
}
