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

/// One change of a record, with what stood there before and after, each sealed under the key of whose record it is.
package struct AuditChange: Sendable {
    /// The entry's id, to which both are bound.
    package let entry: UUID
    /// Who changed what, when and what for.
    package let sighting: AuditSighting
    /// Nil where nothing was there.
    package let before: SealedField?
    /// Nil where nothing is there any more.
    package let after: SealedField?
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
        try checkLimit(limit)
        return try await transaction.query(
            "select " + AuditSighting.columns + """
                 from audit_entry
                where (kind = 'person' and stream = \(person)) or people @> array[\(person)]
                order by at desc, id desc limit \(limit)
                """
        ).map(AuditSighting.init)
    }

    /// Every change of the person's records, the latest first; or of another record with a key of its own, under its id.
    package func changes(
        of owner: UUID, limit: Int = 1_000, in transaction: PostgresTransaction
    ) async throws -> [AuditChange] {
        try checkLimit(limit)
        return try await transaction.query(
            "select " + AuditSighting.columns + """
                , id, before, after from audit_entry
                where (before is not null or after is not null)
                    and ((kind = 'person' and stream = \(owner)) or (kind = 'actor' and right(record, 36) = \(owner)::text))
                order by at desc, id desc limit \(limit)
                """
        ).map { row in
            AuditChange(
                entry: try row.decode(column: 6), sighting: try AuditSighting(row),
                before: try row.decode(column: 7, as: SealedField?.self),
                after: try row.decode(column: 8, as: SealedField?.self))
        }
    }

    private func checkLimit(_ rows: Int) throws(SafeguardsError) {
        guard (1...Self.rowsMax).contains(rows) else {
            throw SafeguardsError(.limitExceeded, detail: "1 to \(Self.rowsMax) rows")
        }
    }
}

extension AuditSighting {
    /// In the order of `init`.
    fileprivate static let columns: Query = "at, actor, action, purpose, record, kind = 'actor'"

    fileprivate init(_ row: Row) throws {
        (at, actor, action, purpose, record, wasOnList) = try row.decode(
            Date.self, String.self, String.self, String.self, String.self, Bool.self)
    }
}
