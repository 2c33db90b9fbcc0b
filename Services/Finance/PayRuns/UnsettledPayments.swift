import Domain
import Postgres

/// What stands in the way of erasing a person: money that is on its way, or that was paid and is not in the ledger. The ledger
/// stays, and has to be whole before nobody can look anything up any more.
enum UnsettledPayments {
    static func obstacles(to person: PersonID, in transaction: PostgresTransaction) async throws -> [String] {
        try await transaction.query(
            """
            select payment_id, paid_at is not null from payment left join ledger_entry using (payment_id)
            where person_id = \(person) and voided_at is null and entry_id is null order by payment_id
            """
        ).map { row in
            let (id, isPaid) = try row.decode(PaymentID.self, Bool.self)
            return isPaid ? "payment \(id) was paid and is not in the ledger" : "payment \(id) is under way"
        }
    }
}
