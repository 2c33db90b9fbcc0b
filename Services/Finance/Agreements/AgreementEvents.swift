import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres

/// Keeps the agreements as `case-intake` tells of them: signed, drafted again, ended, closed.
struct AgreementEvents: EventHandler {
    let outbox: Outbox

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        for event in events {
            if event.carries(AgreementSigned.self) {
                try await record(try event.decode(AgreementSigned.self), because: event, in: transaction)
            } else if event.carries(AgreementRedrafted.self) {
                let redrafted = try event.decode(AgreementRedrafted.self)
                // Until both have signed the new text, nothing is paid on the old one.
                _ = try await transaction.query(
                    """
                    update agreement set redrafted_at = \(redrafted.draftedAt)
                    where agreement_id = \(redrafted.agreementID.uuid) and version < \(Int32(redrafted.version))
                    """)
            } else if event.carries(SupportEnded.self) {
                let ended = try event.decode(SupportEnded.self)
                guard ended.mechanism == .directPayment else { continue }
                try await end(ended, in: transaction)
            } else if event.carries(CaseClosed.self) {
                let closed = try event.decode(CaseClosed.self)
                _ = try await transaction.query(
                    "update agreement set closed_at = \(closed.closedAt) where case_id = \(closed.caseID.uuid)")
            }
        }
    }

    private func record(
        _ signed: AgreementSigned, because event: InboundEvent, in transaction: PostgresTransaction
    ) async throws {
        let budget: WeeklyBudget
        do {
            budget = try WeeklyBudget(budget: signed.weeklyBudgetPence, contribution: signed.weeklyContributionPence)
        } catch {
            throw RejectedEvent(error.description)
        }
        _ = try await transaction.query(
            """
            insert into agreement (agreement_id, case_id, person_id, version, text_sha256, signed_at, weekly_budget_pence,
                weekly_contribution_pence, starts_on, ends_on)
            values (\(signed.agreementID.uuid), \(signed.caseID.uuid), \(signed.personID.uuid), \(Int32(signed.version)),
                \(signed.textSHA256.description), \(signed.signedAt), \(budget.budget), \(budget.contribution),
                \(signed.startsOn), \(signed.endsOn))
            on conflict (agreement_id) do update set version = excluded.version, text_sha256 = excluded.text_sha256,
                signed_at = excluded.signed_at, weekly_budget_pence = excluded.weekly_budget_pence,
                weekly_contribution_pence = excluded.weekly_contribution_pence, starts_on = excluded.starts_on,
                ends_on = excluded.ends_on, redrafted_at = null, support_ended_on = null
            """)
        _ = try await transaction.query(
            """
            insert into agreement_term (agreement_id, version, starts_on, ends_on, weekly_budget_pence,
                weekly_contribution_pence)
            values (\(signed.agreementID.uuid), \(Int32(signed.version)), \(signed.startsOn), \(signed.endsOn),
                \(budget.budget), \(budget.contribution))
            on conflict (agreement_id, version) do nothing
            """)
        let amounts = try budget.amounts(forDays: PaymentSchedule.periodDays)
        var random = SystemRandomNumberGenerator()
        let told = try NewEvent(
            PaymentScheduleSet(
                agreementID: signed.agreementID, caseID: signed.caseID, personID: signed.personID,
                firstPeriodStartsOn: signed.startsOn, grossPence: amounts.gross,
                contributionPence: amounts.contribution,
                netPence: amounts.net),
            at: signed.signedAt, id: .v7(at: signed.signedAt, using: &random), causedBy: event.envelope)
        try await outbox.append([told], in: transaction)
    }

    private func end(_ ended: SupportEnded, in transaction: PostgresTransaction) async throws {
        _ = try await transaction.query(
            """
            update agreement set support_ended_on = \(ended.endedOn),
                ends_on = greatest(starts_on, least(coalesce(ends_on, \(ended.endedOn)), \(ended.endedOn)))
            where case_id = \(ended.caseID.uuid)
            """)
    }
}
