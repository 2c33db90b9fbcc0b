package import FoundationEssentials
package import Postgres

/// One time that somebody acted on a person's record or saw it.
package struct AuditSighting: Sendable, Equatable {
    /// When.
    package let at: Date
    /// Who.
    package let actor: String
    /// What.
    package let action: String
    /// What for.
    package let purpose: String
    /// Which record.
    package let record: String
    /// Whether it was one of several people on a list.
    package let wasOnList: Bool
}

/// Answers questions to the audit of a service.
package struct AuditReader: Sendable {
    /// Rows in one answer.
    package static let rowsMax = 10_000

    package init() {}

    /// Everybody who acted on the person's record or saw it, the latest first, lists included.
    package func whoSaw(
        _ person: UUID, limit: Int = 1_000, in transaction: PostgresTransaction
    ) async throws -> [AuditSighting] {
        guard (1...Self.rowsMax).contains(limit) else {
            throw SafeguardsError(.limitExceeded, detail: "1 to \(Self.rowsMax) rows")
        }
        let rows = try await transaction.query(
            """
            select at, actor, action, purpose, record, kind = 'actor' from audit_entry
            where (kind = 'person' and stream = \(person)) or people @> array[\(person)]
            order by at desc, id desc limit \(limit)
            """)
        return try rows.map { row in
            let (at, actor, action, purpose, record, wasOnList) = try row.decode(
                Date.self, String.self, String.self, String.self, String.self, Bool.self)
            return AuditSighting(
                at: at, actor: actor, action: action, purpose: purpose, record: record, wasOnList: wasOnList)
        }
    }
}
