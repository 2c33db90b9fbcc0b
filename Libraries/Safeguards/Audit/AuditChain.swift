package import Postgres

/// Writes the audit of one service, inside the transaction of what is audited: either both are stored or neither.
package struct AuditChain: Sendable {
    /// Entries in one call.
    package static let entriesMax = 5_000

    package init() {}

    /// Commits the transaction with entries at its end, in one trip. The database numbers and binds them; the heads of their streams
    /// stay locked until then, so entries of one stream have one order. Fails where nobody acts in the transaction.
    package func commit(after entries: [AuditEntry], in transaction: PostgresTransaction) async throws {
        try await transaction.commit(after: entries.isEmpty ? [] : [try Self.statement(entries)])
    }

    /// The statement that adds them. Throws `.limitExceeded`.
    static func statement(_ entries: [AuditEntry]) throws(SafeguardsError) -> Query {
        guard entries.count <= entriesMax else {
            throw SafeguardsError(.limitExceeded, detail: "too many audit entries at once")
        }
        let people = entries.flatMap(\.people)
        let shownBy = entries.enumerated().flatMap { place, entry in
            [Int32](repeating: Int32(truncatingIfNeeded: place + 1), count: entry.people.count)
        }
        return """
            select audit_append(\(entries.map(\.stream.kind)), \(entries.map(\.stream.id)), \(entries.map(\.id)),
                \(entries.map(\.at)), \(entries.map(\.action)), \(entries.map(\.purpose)), \(entries.map(\.record)),
                \(entries.map { $0.before?.bytes ?? [] }), \(entries.map { $0.after?.bytes ?? [] }), \(people), \(shownBy))
            """
    }
}
