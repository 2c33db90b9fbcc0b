/// Every bound of this library, by name.
package enum PostgresLimits {
    /// Parameters of one statement: the protocol counts them in 16 bits.
    package static let parametersMax = 65_535
    /// Bytes of all parameters of one statement. The protocol allows 1 GiB for a message; a larger value here is a mistake.
    package static let parameterBytesMax = 128 * 1024 * 1024
    /// Statements of one pipeline. All of them stand in memory with their results.
    package static let pipelineStatementsMax = 100_000
    /// Commands sent ahead of their answers.
    package static let pipelineWindow = 256
    /// Commands after which the server is asked to send what it has.
    package static let pipelineFlushEvery = 64
    /// Prepared statements kept per connection.
    package static let preparedStatementsMax = 256
    /// Longest text that is prepared under a name; longer ones are parsed each time.
    package static let preparedTextBytesMax = 16 * 1024
    /// Bytes handed to libpq at once while copying.
    package static let copyChunkBytesMax = 64 * 1024
    /// Connections of one pool: each holds a thread.
    package static let poolConnectionsMax = 64
    /// Callers that may wait for a connection of one pool.
    package static let poolWaitersMax = 1_024
    /// Attempts of a repeatable transaction.
    package static let transactionAttemptsMax = 10
    /// Cancel requests that run at the same time; each holds a thread for as long as its connection takes.
    package static let cancelThreadsMax = 4
    /// How long a cancelled statement may take to end before its connection is dropped.
    package static let cancelGrace: Duration = .seconds(2)
    /// What is allowed for `rollback` after a failure before the connection is dropped instead.
    package static let rollbackDeadline: Duration = .seconds(5)
    /// How much longer than the server's `statement_timeout` we wait before the server is taken for dead.
    package static let deadlineSlack: Duration = .seconds(5)
    /// Longest name PostgreSQL keeps, in bytes (`NAMEDATALEN - 1`); it would cut a longer one silently.
    package static let identifierBytesMax = 63
}
