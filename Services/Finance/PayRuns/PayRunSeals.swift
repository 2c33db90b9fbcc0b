import Domain
import Messaging
import Postgres
import ServiceKit

/// What seals and opens what a pay run is about: the accounts of everybody on it, and its bank file.
struct PayRunSeals: Sendable {
    let people: [PersonID: PersonSeal]
    /// The run is about many people, so it has a key of its own: for its file, and for what the audit keeps of it.
    let run: PersonSeal

    /// Fetched before the run is locked.
    static func fetch(
        for run: PayRunID, _ vault: PersonVault, _ pool: PostgresPool, isRehearsal: Bool = false
    ) async throws -> PayRunSeals {
        let rows = try await pool.query(
            "select distinct person_id from payment where run_id = \(run) and voided_at is null",
            actingAs: Main.service.name)
        let people = Set(try rows.map { try $0.decode(PersonID.self) })
        return PayRunSeals(
            people: try await vault.seals(of: people),
            run: try await fetchRun(run, vault, pool, isRehearsal: isRehearsal))
    }

    /// The run's own alone. Throws ``PayRunError/noRun``.
    static func fetchRun(
        _ run: PayRunID, _ vault: PersonVault, _ pool: PostgresPool, isRehearsal: Bool = false
    ) async throws -> PersonSeal {
        let isKnown = try await !pool.query(
            "select from pay_run where run_id = \(run)", actingAs: Main.service.name
        ).isEmpty
        guard isKnown else { throw PayRunError.noRun }
        return try await vault.seal(of: run.uuid, isRehearsal: isRehearsal)
    }
}
