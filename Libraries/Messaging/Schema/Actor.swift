package import Postgres

extension PostgresTransaction {
    /// Says who acts: a person's id, or the name of what reads events. Constraints, the audit and the policies of tables about people
    /// know it as `takeup.actor`; without it the application role finds nobody in those tables.
    package func setActor(_ actor: String) async throws { try await setLocal("takeup.actor", to: actor) }
}

extension PostgresPool {
    /// One statement in a transaction of its own, in which `actor` acts.
    package func query(_ statement: Query, actingAs actor: String) async throws -> Rows {
        try await transaction { transaction in
            try await transaction.setActor(actor)
            return try await transaction.query(statement)
        }
    }
}
