import Domain
import FoundationEssentials
import Postgres
import ServiceKit

/// Pay runs as people look at them.
enum PayRunList {
    static func table(limit: Int, in transaction: PostgresTransaction) async throws -> Table {
        try ListLimit.check(limit)
        let rows = try await transaction.query(
            """
            select run_id, status, payment_date, line_count, total_pence, file_sha256 from pay_run
            order by created_at desc, run_id limit \(limit)
            """)
        var table = Table(
            title: "Pay runs",
            columns: [
                .init("runID", "Run"), .init("status", "Status"), .init("paymentDate", "Money arrives"),
                .init("lines", "Payments"), .init("total", "Total"), .init("fileSHA256", "File"),
            ])
        for row in rows {
            let (id, status, date, lines, total, hash) = try row.decode(
                PayRunID.self, String.self, CivilDate.self, Int32.self, Pence.self, String?.self)
            table.append([.id(id), .text(status), .date(date), .integer(Int64(lines)), .money(total), .text(hash)])
        }
        return table
    }

    static func lines(of id: PayRunID, in transaction: PostgresTransaction) async throws -> Table {
        guard try await !transaction.query("select from pay_run where run_id = \(id)").isEmpty else {
            throw PayRunError.noRun
        }
        let rows = try await transaction.query(
            """
            select payment_id, agreement_id, lower(period), upper(period) - 1, gross_pence, contribution_pence, amount_pence,
                reference, case when voided_at is not null then 'taken out' when paid_at is not null then 'paid' else 'in the run' end
            from payment where run_id = \(id) order by agreement_id, period
            """)
        var table = Table(
            title: "Pay run \(id)",
            columns: [
                .init("paymentID", "Payment"), .init("agreementID", "Agreement"), .init("from", "From"),
                .init("to", "To"),
                .init("gross", "Budget"), .init("contribution", "Contribution"), .init("amount", "Paid"),
                .init("reference", "Reference"), .init("state", "State"),
            ])
        for row in rows {
            let (payment, agreement, first, last, gross, contribution, amount, reference, state) = try row.decode(
                PaymentID.self, AgreementID.self, CivilDate.self, CivilDate.self, Pence.self, Pence.self, Pence.self,
                String.self, String.self)
            table.append([
                .id(payment), .id(agreement), .date(first), .date(last), .money(gross), .money(contribution),
                .money(amount),
                .text(reference), .text(state),
            ])
        }
        return table
    }

    static func summary(of run: PayRun) throws -> Table {
        let totals = try run.totals ?? run.computeTotals()
        return Table(
            title: "Pay run",
            properties: [
                ("runID", .id(run.id)), ("status", .text(run.status.rawValue)), ("paymentDate", .date(run.paymentDate)),
                ("lines", .count(totals.lineCount)), ("total", .money(totals.total)), ("held", .count(run.holds.count)),
                ("fileSHA256", .text(run.fileSHA256?.description)),
            ])
    }
}
