import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import ServiceKit

/// Opens a case for every referral, and closes it where the referral is withdrawn before anything was set up.
struct ReferralEvents: EventHandler {
    let cases: CaseHandler
    let vault: PersonVault

    func prepare(_ events: [InboundEvent]) async throws {
        try await vault.fetchKeys(of: Set(events.compactMap(person)))
    }

    /// Whom an event is about; nil where it cannot be told: then its handling says why.
    private func person(of event: InboundEvent) -> PersonID? {
        do {
            if event.carries(ReferralReceived.self) { return try event.decode(ReferralReceived.self).personID }
            if event.carries(ReferralWithdrawn.self) { return try event.decode(ReferralWithdrawn.self).personID }
            return nil
        } catch {
            return nil
        }
    }

    /// Nil where the person was erased: what an event still says of them is passed over.
    private func seal(of person: PersonID) async throws -> PersonSeal? {
        do {
            return try await vault.seal(of: person)
        } catch let error as SafeguardsError where error.code == .erased {
            return nil
        }
    }

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
        guard let seal = try await seal(of: referral.personID) else { return }
        // A case is opened when its referral was received, however late the event arrives.
        let time = max(event.envelope.time, referral.receivedAt)
        var random = SystemRandomNumberGenerator()
        let opening = CaseOpening(
            caseID: .v7(at: time, using: &random), referralID: referral.referralID, personID: referral.personID,
            referredAt: referral.receivedAt, source: referral.source, ageBand: referral.ageBand,
            ethnicGroup: referral.ethnicGroup, supportReason: referral.supportReason)
        try await cases.open(opening, seal, because: event, at: time, in: transaction)
    }

    private func withdraw(
        _ withdrawal: ReferralWithdrawn, because event: InboundEvent, in transaction: PostgresTransaction
    ) async throws {
        guard let seal = try await seal(of: withdrawal.personID) else { return }
        guard let stored = try await CaseStore.lock(of: withdrawal.referralID, seal, in: transaction) else {
            throw RejectedEvent("a withdrawal of a referral that was never received")
        }
        // Once support runs, its end is a person's decision (a life event), not the hospital's.
        guard stored.state.closedAt == nil, stored.state.support?.end != nil || stored.state.support == nil else {
            return
        }
        try await cases.handle(
            .close, on: stored, seal, because: event, at: max(event.envelope.time, stored.state.openedAt),
            in: transaction)
    }
}
