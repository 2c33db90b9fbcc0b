import Domain
import FoundationEssentials
import Postgres

/// What was paid, in double entry: what the support cost is debited, what the person pays of it and what left the bank are
/// credited. Entries are only ever added, and the database refuses one that does not come to nothing.
enum Ledger {
    /// Posts every payment of a run that was made.
    static func post(
        _ run: PayRunID, on day: CivilDate, by staffID: StaffID, at now: Date, in transaction: PostgresTransaction
    ) async throws {
        _ = try await transaction.pipeline([
            """
            insert into ledger_entry (entry_id, payment_id, kind, happened_on, posted_at, posted_by)
            select payment_id, payment_id, 'payment', \(day), \(now), \(staffID)
            from payment where run_id = \(run) and paid_at is not null
            """,
            """
            insert into posting (entry_id, account, amount_pence)
            select payment_id, account, amount
            from payment cross join lateral (values ('direct-payments', gross_pence), ('contributions', -contribution_pence),
                ('bank', -amount_pence)) as line (account, amount)
            where run_id = \(run) and paid_at is not null and amount <> 0
            """,
        ])
    }
}
