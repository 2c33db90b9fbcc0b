package import FoundationEssentials
import Postgres

/// A message that could not be applied, with everything needed to understand and to correct it.
package struct DeadLetter: Sendable, Equatable {
    /// What was done about it.
    package enum State: String, Sendable {
        case open, replayed, discarded
    }

    package let id: Int64
    package let consumer: String
    package let topic: String
    package let partition: Int32
    package let offset: Int64
    /// What the message says it is, where that could be read.
    package let source: String?
    package let eventID: UUID?
    package let eventType: String?
    package let key: UUID?
    package let version: Int64?
    /// One of `no-envelope`, `unknown-type`, `oversize`, `undecodable`, `rejected`, `failed`, `crash-loop`.
    package let reason: String
    /// What happened, without data values.
    package let error: String
    package let diedAt: Date
    package let attempts: Int
    package let state: State
    /// Who corrected it, and why.
    package let fixedBy: String?
    package let fixedWhy: String?
}

/// A dead letter with its content.
package struct DeadLetterContent: Sendable {
    package let letter: DeadLetter
    package let recordKey: [UInt8]?
    package let headers: [(name: String, value: [UInt8])]
    package let payload: [UInt8]?
    /// What arrived, where it was corrected since.
    package let originalHeaders: [(name: String, value: [UInt8])]?
    package let originalPayload: [UInt8]?
}

extension DeadLetter {
    static let columns: Query = """
        id, consumer, topic, partition, "offset", source, event_id, event_type, key, version, reason, error, died_at, attempts,
        state, fixed_by, fixed_why
        """

    init(_ row: Row) throws {
        let place = try (
            row.decode(column: "id", as: Int64.self), row.decode(column: "partition", as: Int32.self),
            row.decode(column: "offset", as: Int64.self)
        )
        id = place.0
        partition = place.1
        offset = place.2
        consumer = try row.decode(column: "consumer", as: String.self)
        topic = try row.decode(column: "topic", as: String.self)
        source = try row.decode(column: "source", as: String?.self)
        eventID = try row.decode(column: "event_id", as: UUID?.self)
        eventType = try row.decode(column: "event_type", as: String?.self)
        key = try row.decode(column: "key", as: UUID?.self)
        version = try row.decode(column: "version", as: Int64?.self)
        reason = try row.decode(column: "reason", as: String.self)
        error = try row.decode(column: "error", as: String.self)
        diedAt = try row.decode(column: "died_at", as: Date.self)
        attempts = Int(try row.decode(column: "attempts", as: Int32.self))
        guard let known = State(rawValue: try row.decode(column: "state", as: String.self)) else {
            throw MessagingError(.corruptRow, detail: "dead letter state")
        }
        state = known
        fixedBy = try row.decode(column: "fixed_by", as: String?.self)
        fixedWhy = try row.decode(column: "fixed_why", as: String?.self)
    }
}
