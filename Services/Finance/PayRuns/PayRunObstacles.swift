import Domain
import Postgres
import ServiceKit

/// Payments of a run that may not be made as they stand, since the agreement changed after they were drafted.
struct PayRunObstacles: Error, CommandFailureConvertible {
    let payments: [(id: PaymentID, why: String)]

    var commandFailure: CommandFailure {
        CommandFailure(
            .failed,
            payments.count == 1
                ? "A payment of this run may not be made." : "\(payments.count) payments of this run may not be made.",
            why: payments.map { "Payment \($0.id): \($0.why)." }.joined(separator: "\n"),
            next: "Keep them out: 'pay-runs unlock' the run, 'pay-runs hold' each payment, and lock it again. "
                + "Days that are still due come with the next run.")
    }

    /// Throws where a payment is in the way. Locks the agreements against changes until the transaction ends.
    static func check(_ run: PayRun, in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(
            """
            select p.payment_id, a.redrafted_at is not null, a.closed_at is not null and a.support_ended_on is null,
                coalesce(a.ends_on < upper(p.period) - 1, false),
                not exists (
                    select from agreement_terms_in_force t
                    where t.agreement_id = a.agreement_id and t.starts_on <= lower(p.period)
                        and coalesce(t.ends_on >= upper(p.period) - 1, true)
                        and p.gross_pence = round(t.weekly_budget_pence * days / 7.0)
                        and p.contribution_pence = round(t.weekly_contribution_pence * days / 7.0))
            from payment p join agreement a using (agreement_id) cross join lateral (select upper(period) - lower(period)) as d (days)
            where p.payment_id = any(\(run.payableLines.map(\.paymentID.uuid))::uuid[])
            order by p.payment_id for share of a
            """)
        let found = try rows.compactMap { row -> (id: PaymentID, why: String)? in
            let (id, isRedrafted, isClosed, endsEarlier, isOther) = try row.decode(
                PaymentID.self, Bool.self, Bool.self, Bool.self, Bool.self)
            if isRedrafted { return (id, "the agreement has a new text that is not signed yet") }
            if isClosed { return (id, "the case was closed before support began") }
            if endsEarlier { return (id, "support ends before the last day that it pays for") }
            return isOther ? (id, "the agreement that was signed since has another amount or another first day") : nil
        }
        guard found.isEmpty else { throw PayRunObstacles(payments: found) }
    }
}
