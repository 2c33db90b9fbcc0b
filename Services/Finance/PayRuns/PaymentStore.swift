import Domain
import Events
import FoundationEssentials
import Postgres

/// A payment that is due, with what it is made of.
struct DuePayment: Sendable {
    let line: PayRunLine
    let amounts: PeriodAmounts

    /// What the bank shows beside the money: `DP` and the last sixteen digits of the payment's id, which are random.
    var reference: String {
        "DP" + line.paymentID.description.filter { $0 != "-" }.suffix(16).uppercased()
    }
}

/// A payment that the bank has made.
struct PaidPayment: Sendable {
    let line: PayRunLine
    let isFirst: Bool

    func event(of run: PayRun) -> PaymentPaid {
        PaymentPaid(
            paymentID: line.paymentID, agreementID: line.agreementID, caseID: line.caseID, personID: line.personID,
            runID: run.id, periodStartsOn: line.period.first, periodEndsOn: line.period.last, amountPence: line.amount,
            paymentDate: run.paymentDate, isFirst: isFirst)
    }
}

/// The payments in the database. The database refuses a second payment of one person for one day.
enum PaymentStore {
    /// Adds payments to a run, in one statement.
    static func add(_ payments: [DuePayment], to run: PayRunID, in transaction: PostgresTransaction) async throws {
        guard !payments.isEmpty else { return }
        let lines = payments.map(\.line)
        _ = try await transaction.query(
            """
            insert into payment (payment_id, agreement_id, case_id, person_id, payee_id, run_id, period, gross_pence,
                contribution_pence, amount_pence, reference)
            select payment_id, agreement_id, case_id, person_id, payee_id, \(run.uuid), daterange(first, last, '[]'),
                gross, contribution, amount, reference
            from unnest(\(lines.map(\.paymentID.uuid))::uuid[], \(lines.map(\.agreementID.uuid))::uuid[],
                \(lines.map(\.caseID.uuid))::uuid[], \(lines.map(\.personID.uuid))::uuid[],
                \(lines.map(\.payeeID.uuid))::uuid[], \(lines.map { $0.period.first.description })::text[]::date[],
                \(lines.map { $0.period.last.description })::text[]::date[], \(payments.map(\.amounts.gross.amount))::bigint[],
                \(payments.map(\.amounts.contribution.amount))::bigint[], \(lines.map(\.amount.amount))::bigint[],
                \(payments.map(\.reference))::text[])
                as t (payment_id, agreement_id, case_id, person_id, payee_id, first, last, gross, contribution, amount, reference)
            """)
    }

    /// Takes payments out of their run; their days are free again.
    static func void(_ payments: [PaymentID], at now: Date, in transaction: PostgresTransaction) async throws {
        guard !payments.isEmpty else { return }
        _ = try await transaction.query(
            """
            update payment set voided_at = \(now)
            where payment_id = any(\(payments.map(\.uuid))::uuid[]) and voided_at is null and paid_at is null
            """)
    }

    /// Marks a run's payments as paid and returns them; the earliest ever paid of a case is its first.
    static func markPaid(
        _ run: PayRunID, at now: Date, in transaction: PostgresTransaction
    ) async throws -> [PaidPayment] {
        let rows = try await transaction.query(
            """
            with paid as (
                update payment set paid_at = \(now) where run_id = \(run.uuid) and voided_at is null
                returning payment_id, agreement_id, case_id, person_id, payee_id, period, amount_pence
            )
            select payment_id, agreement_id, case_id, person_id, payee_id, lower(period), upper(period) - 1, amount_pence,
                row_number() over (partition by case_id order by period) = 1 and not exists (
                    select from payment earlier where earlier.case_id = paid.case_id and earlier.paid_at is not null)
            from paid order by agreement_id, period
            """)
        return try rows.map { row in
            let (payment, agreement, caseID, person, payee, first, last, amount, isFirst) = try row.decode(
                UUID.self, UUID.self, UUID.self, UUID.self, UUID.self, CivilDate.self, CivilDate.self, Pence.self,
                Bool.self)
            guard let period = CivilPeriod(first: first, last: last) else {
                throw PayRunError.noSuchLine(PaymentID(payment))
            }
            return PaidPayment(
                line: PayRunLine(
                    paymentID: PaymentID(payment), agreementID: AgreementID(agreement), caseID: CaseID(caseID),
                    personID: PersonID(person), payeeID: PayeeID(payee), period: period, amount: amount),
                isFirst: isFirst)
        }
    }
}
