import Telemetry

/// What can go wrong in the library itself. Errors of PostgreSQL and Kafka pass through as their own types.
package struct MessagingError: LabelledError, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kinds of error. New ones may be added.
    package enum Code: String, Sendable, CaseIterable {
        /// A schema name that could not stand in SQL without quotes.
        case invalidSchemaName = "invalid-schema-name"
        /// The database answered with another shape than the statement promises.
        case unexpectedAnswer = "unexpected-answer"
        /// An event payload above `OutboxLimits.payloadBytesMax`.
        case payloadTooLarge = "payload-too-large"
        /// More events in one append than `OutboxLimits.eventsPerAppendMax`.
        case tooManyEvents = "too-many-events"
        /// An applied migration's file was changed, or a migration was put before an applied one.
        case migrationChanged = "migration-changed"
        /// The list of migrations is not 1, 2, 3 ... or two components share a name.
        case migrationsMisnumbered = "migrations-misnumbered"
        /// Somebody else is migrating and did not finish in time.
        case migrationLocked = "migration-locked"
        /// The database is not at the version that this program needs.
        case migrationsPending = "migrations-pending"
        /// Another transaction moved a stream that this one worked on.
        case streamMoved = "stream-moved"
        /// No dead letter with this number, or it is settled already.
        case noOpenDeadLetter = "no-open-dead-letter"
        /// What was given as the correction of a dead letter cannot be an event either.
        case correctionUnreadable = "correction-unreadable"
        /// A replayed dead letter failed again. It stays open.
        case replayFailed = "replay-failed"
        /// Bytes in a table of ours are not what we wrote there.
        case corruptRow = "corrupt-row"
    }

    package let code: Code
    /// More about it, without data values of events.
    package let detail: String?
    package let underlying: (any Error)?

    package init(_ code: Code, detail: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.underlying = underlying
    }

    /// Trying the same again may help.
    package var isRetryable: Bool { code == .streamMoved || code == .migrationLocked }
    /// Bounded text for metric labels.
    package var shortLabel: String { "messaging." + code.rawValue }
    package var description: String { detail.map { "\(code.rawValue): \($0)" } ?? code.rawValue }
    package var debugDescription: String {
        underlying.map { "\(description) (\(String(reflecting: $0)))" } ?? description
    }
}
