package import FoundationEssentials

/// Whose chain an entry belongs to.
package enum AuditStream: Sendable, Hashable {
    /// What was done with or shown of one person.
    case person(UUID)
    /// What an actor did that is about several people or nobody: a list that was read, a pay run.
    case actor(UUID)

    var kind: String {
        switch self {
        case .person: "person"
        case .actor: "actor"
        }
    }

    var id: UUID {
        switch self {
        case .person(let id), .actor(let id): id
        }
    }
}

/// One thing that somebody did or saw. Who did it is known to the transaction (`takeup.actor`).
package struct AuditEntry: Sendable {
    /// The entry's own id: sealed values of it are bound to it.
    package let id: UUID
    /// Where it belongs.
    package let stream: AuditStream
    /// When.
    package let at: Date
    /// What, as a permission or a verb names it: `cases.read`.
    package let action: String
    /// What for: `direct-care`, `payment`, `audit`.
    package let purpose: String
    /// What it was done to, for example `case 0197...`; no personal data.
    package let record: String
    /// Whom an entry of an actor's stream showed or touched.
    package let people: [UUID]
    /// What stood there before, sealed.
    package let before: SealedField?
    /// What stands there now, sealed.
    package let after: SealedField?

    /// The longest action and purpose, in characters.
    package static let wordCharactersMax = 100
    /// The longest record, in characters.
    package static let recordCharactersMax = 200
    /// People in one entry.
    package static let peopleMax = 5_000

    /// An entry. Throws `.limitExceeded`.
    package init(
        id: UUID, stream: AuditStream, at: Date, action: String, purpose: String, record: String, people: [UUID] = [],
        before: SealedField? = nil, after: SealedField? = nil
    ) throws(SafeguardsError) {
        guard (1...Self.wordCharactersMax).contains(action.unicodeScalars.count),
            (1...Self.wordCharactersMax).contains(purpose.unicodeScalars.count),
            record.unicodeScalars.count <= Self.recordCharactersMax, people.count <= Self.peopleMax
        else { throw SafeguardsError(.limitExceeded, detail: "an audit entry is too large or says nothing") }
        self.id = id
        self.stream = stream
        self.at = at
        self.action = action
        self.purpose = purpose
        self.record = record
        self.people = people
        self.before = before
        self.after = after
    }
}
