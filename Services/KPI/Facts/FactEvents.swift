import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres

/// Turns what the services tell into facts, one batch in one pipeline.
struct FactEvents: EventHandler {
    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        var writes: [Query] = []
        for event in events {
            if let write = try fact(of: event) { writes.append(write) }
        }
        guard !writes.isEmpty else { return }
        _ = try await transaction.pipeline(writes)
    }

    /// The row that an event makes or changes; nil where no measure needs the event.
    private func fact(of event: InboundEvent) throws -> Query? {
        switch event.topic {
        case Topic.referrals.rawValue: try ReferralFacts.write(event)
        case Topic.cases.rawValue: try CaseFacts.write(event)
        case Topic.payments.rawValue: try PaymentFacts.write(event)
        case Topic.engagement.rawValue: try EngagementFacts.write(event)
        default: nil
        }
    }
}

enum ReferralFacts {
    static func write(_ event: InboundEvent) throws -> Query? {
        if event.carries(ReferralReceived.self) {
            let referral = try event.decode(ReferralReceived.self)
            return """
                insert into referral_fact (referral_id, person_id, source, received_at)
                values (\(referral.referralID.uuid), \(referral.personID.uuid), \(referral.source.rawValue), \(referral.receivedAt))
                """
        }
        if event.carries(ReferralWithdrawn.self) {
            let withdrawal = try event.decode(ReferralWithdrawn.self)
            return """
                update referral_fact set withdrawn_at = \(withdrawal.withdrawnAt)
                where referral_id = \(withdrawal.referralID.uuid)
                """
        }
        return nil
    }
}

enum PaymentFacts {
    static func write(_ event: InboundEvent) throws -> Query? {
        guard event.carries(PaymentPaid.self) else { return nil }
        let paid = try event.decode(PaymentPaid.self)
        return """
            insert into payment_fact (payment_id, agreement_id, case_id, person_id, amount_pence, payment_date, is_first)
            values (\(paid.paymentID.uuid), \(paid.agreementID.uuid), \(paid.caseID.uuid), \(paid.personID.uuid),
                \(paid.amountPence), \(paid.paymentDate), \(paid.isFirst))
            """
    }
}

enum EngagementFacts {
    static func write(_ event: InboundEvent) throws -> Query? {
        if event.carries(ChampionRecruited.self) {
            let champion = try event.decode(ChampionRecruited.self)
            return """
                insert into champion_fact (champion_id, directorate, team, recruited_on)
                values (\(champion.championID.uuid), \(champion.directorate.text), \(champion.team.text), \(champion.recruitedOn))
                """
        }
        if event.carries(TrainingDelivered.self) {
            let training = try event.decode(TrainingDelivered.self)
            return """
                insert into training_fact (session_id, staff_id, role, team, held_on)
                select \(training.sessionID.uuid), staff_id, role, team, \(training.heldOn)
                from unnest(\(training.attendees.map(\.staffID.uuid))::uuid[], \(training.attendees.map(\.role.rawValue))::text[],
                    \(training.attendees.map(\.team.text))::text[]) as t (staff_id, role, team)
                """
        }
        return nil
    }
}
