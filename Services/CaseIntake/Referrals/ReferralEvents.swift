import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres

/// Opens a case for every referral, and closes it where the referral is withdrawn before anything was set up.
struct ReferralEvents: EventHandler {
    let cases: CaseHandler

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        for event in events {
            if event.carries(ReferralReceived.self) {
                try await open(try event.decode(ReferralReceived.self), because: event, in: transaction)
            } else if event.carries(ReferralWithdrawn.self) {
                try await withdraw(try event.decode(ReferralWithdrawn.self), because: event, in: transaction)
            }
            // Amendments change facts that the case does not hold.
        }
    }

    private func open(
        _ referral: ReferralReceived, because event: InboundEvent, in transaction: PostgresTransaction
    ) async throws {
        // A case is opened when its referral was received, however late the event arrives.
        let time = max(event.envelope.time, referral.receivedAt)
        var random = SystemRandomNumberGenerator()
        let opening = CaseOpening(
            caseID: .v7(at: time, using: &random), referralID: referral.referralID, personID: referral.personID,
            referredAt: referral.receivedAt, source: referral.source, ageBand: referral.ageBand,
            ethnicGroup: referral.ethnicGroup, supportReason: referral.supportReason)
        try await cases.open(opening, because: event, at: time, in: transaction)
    }

    private func withdraw(
        _ withdrawal: ReferralWithdrawn, because event: InboundEvent, in transaction: PostgresTransaction
    ) async throws {
        guard let stored = try await CaseStore.lock(of: withdrawal.referralID, in: transaction) else {
            throw RejectedEvent("a withdrawal of a referral that was never received")
        }
        // Once support runs, its end is a person's decision (a life event), not the hospital's.
        guard stored.state.closedAt == nil, stored.state.support?.end != nil || stored.state.support == nil else {
            return
        }
        try await cases.handle(
            .close, on: stored, because: event, at: max(event.envelope.time, stored.state.openedAt), in: transaction)
    }
}
