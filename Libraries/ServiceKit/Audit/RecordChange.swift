package import Domain
import FoundationEssentials
package import Postgres
package import Safeguards

/// What stood in a record before it was changed, and what stands there since. The audit keeps both sealed under the key of
/// whose record it is, so that they are gone when that key is.
struct RecordChange: Sendable {
    let seal: PersonSeal
    let before: Sensitive<String>?
    let after: Sensitive<String>?

    private static let columns = (
        before: SealedColumn("audit_entry", "before"), after: SealedColumn("audit_entry", "after")
    )

    /// Both, sealed for an entry of the audit.
    func closed(in entry: UUID) throws -> (before: SealedField?, after: SealedField?) {
        (
            try before.map { try seal.close($0.reveal(), Self.columns.before, row: entry) },
            try after.map { try seal.close($0.reveal(), Self.columns.after, row: entry) }
        )
    }
}

extension RecordChange {
    /// What an entry of the audit holds.
    init(_ stored: AuditChange, _ seal: PersonSeal) throws {
        self.init(
            seal: seal,
            before: try stored.before.map { try seal.open($0, Self.columns.before, row: stored.entry) },
            after: try stored.after.map { try seal.open($0, Self.columns.after, row: stored.entry) })
    }
}

/// A record as it stands, for the audit.
package struct StandingRecord: Sendable {
    let content: Sensitive<String>?
    let people: [PersonID]

    /// - Parameters:
    ///   - content: in JSON; nil where there is no such record.
    ///   - people: whose it is.
    package init(_ content: Sensitive<String>?, of people: [PersonID]) {
        self.content = content
        self.people = people
    }
}

extension Work {
    /// Changes a record, and tells the audit whose it is, what stood there and what stands there now.
    /// - Parameter standing: reads the record before the change and after it, and locks what it reads.
    package func noteChange<Result>(
        to record: String, under seal: PersonSeal, standing: (PostgresTransaction) async throws -> StandingRecord,
        _ change: () async throws -> Result
    ) async throws -> Result {
        let before = try await standing(transaction)
        let place = notes.add(record, of: before.people)
        let result = try await change()
        let after = try await standing(transaction)
        notes.complete(
            place, with: RecordChange(seal: seal, before: before.content, after: after.content), of: after.people)
        return result
    }
}
