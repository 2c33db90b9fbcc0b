import Domain
import FoundationEssentials
import Postgres

/// An agreement that may be paid, with the account it is paid into.
struct PayableAgreement: Sendable {
    let schedule: PaymentSchedule
    let caseID: CaseID
    let personID: PersonID
    let payeeID: PayeeID
}

enum PayableAgreements {
    /// The agreements whose signed text stands and whose payee is known, each version for the days on which it holds; locked
    /// against changes until the transaction ends.
    static func lock(startingOnOrBefore date: CivilDate, in transaction: PostgresTransaction) async throws
        -> [PayableAgreement]
    {
        let rows = try await transaction.query(
            """
            select a.agreement_id, a.case_id, a.person_id, p.payee_id, t.weekly_budget_pence, t.weekly_contribution_pence,
                t.starts_on, t.ends_on
            from agreement a join payee p using (agreement_id) join agreement_terms_in_force t using (agreement_id)
            where a.redrafted_at is null and t.starts_on <= \(date)
                and (a.closed_at is null or a.support_ended_on is not null)
            order by a.agreement_id, t.version for share of a, p
            """)
        return try rows.compactMap { row in
            let (id, caseID, personID, payeeID, budget, contribution, startsOn, endsOn) = try row.decode(
                UUID.self, UUID.self, UUID.self, UUID.self, Pence.self, Pence.self, CivilDate.self, CivilDate?.self)
            let schedule = PaymentSchedule(
                agreementID: AgreementID(id), firstStart: startsOn, endsOn: endsOn,
                budget: try WeeklyBudget(budget: budget, contribution: contribution))
            return schedule.map {
                PayableAgreement(
                    schedule: $0, caseID: CaseID(caseID), personID: PersonID(personID), payeeID: PayeeID(payeeID))
            }
        }
    }

    /// The days that persons are paid for already, by person.
    static func paidPeriods(in transaction: PostgresTransaction) async throws -> [PersonID: [CivilPeriod]] {
        let rows = try await transaction.query(
            """
            select person_id, lower(period), upper(period) - 1 from payment where voided_at is null order by person_id, period
            """)
        var paid: [PersonID: [CivilPeriod]] = [:]
        for row in rows {
            let (person, first, last) = try row.decode(UUID.self, CivilDate.self, CivilDate.self)
            if let period = CivilPeriod(first: first, last: last) { paid[PersonID(person), default: []].append(period) }
        }
        return paid
    }
}
