package import FoundationEssentials

/// What can be asked of a referral.
package enum ReferralCommand: Sendable {
    /// Take in a notice: the first opens the referral, a later one amends it.
    case receive(ReferralID, PersonID, ReferralFacts)
    /// Take in a withdrawal.
    case withdraw(WithdrawalScope, WithdrawalReason)
}

/// What has happened to a referral.
package enum ReferralEvent: Hashable, Sendable, Codable {
    case received(ReferralID, PersonID, ReferralFacts, at: Date)
    case amended(ReferralID, PersonID, ReferralFacts, changed: [String], at: Date)
    case withdrawn(ReferralID, PersonID, WithdrawalReason, at: Date)
}

/// Why a referral refuses a command.
package enum ReferralError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no referral to withdraw. The withdrawal may have overtaken its notice: keep it and try again later.
    case unknownReferral
    /// A withdrawn referral takes no more notices; the sender opens a new one.
    case alreadyWithdrawn
    /// The notice names another person than the referral does.
    case otherPerson
    /// The person has died: no referral is opened for them.
    case hasDied

    /// What happened, in plain words.
    package var description: String {
        switch self {
        case .unknownReferral: "no notice of this referral was received yet"
        case .alreadyWithdrawn: "the referral was withdrawn; a new referral needs a new identifier"
        case .otherPerson: "the notice is about another person than the referral"
        case .hasDied: "the message says that the person has died: no referral is opened"
        }
    }
}

extension Referral {
    /// What `command` makes happen to `referral`, which is nil before its first notice.
    ///
    /// A repeat, or a notice that was issued before the newest one, makes nothing happen, so that notices may arrive twice and
    /// in any order. Withdrawing the discharge notice alone takes the discharge date away and leaves the referral.
    package static func decide(
        _ command: ReferralCommand, on referral: Referral?, at now: Date
    ) throws(ReferralError) -> [ReferralEvent] {
        switch command {
        case .receive(let id, let personID, let facts):
            guard let referral else { return [.received(id, personID, facts, at: now)] }
            guard referral.personID == personID else { throw .otherPerson }
            return try referral.amend(with: facts, at: now)
        case .withdraw(let scope, let reason):
            guard let referral else { throw .unknownReferral }
            return referral.withdraw(scope, reason, at: now)
        }
    }

    /// The referral after `event`.
    package static func evolve(_ referral: Referral?, _ event: ReferralEvent) -> Referral? {
        switch event {
        case .received(let id, let personID, let facts, let time):
            return Referral(id: id, personID: personID, receivedAt: time, facts: facts, withdrawal: nil)
        case .amended(_, _, let facts, _, _):
            var next = referral
            next?.facts = facts
            return next
        case .withdrawn(_, _, let reason, let time):
            var next = referral
            next?.withdrawal = Withdrawal(reason: reason, withdrawnAt: time)
            return next
        }
    }

    private func amend(with newer: ReferralFacts, at now: Date) throws(ReferralError) -> [ReferralEvent] {
        guard newer.noticeIssuedAt >= facts.noticeIssuedAt else { return [] }
        var changed = facts.namesOfChanges(to: newer)
        // A newer notice that says the same must be kept for its time: one that lies between the two may still arrive.
        if changed.isEmpty, newer.noticeIssuedAt > facts.noticeIssuedAt { changed = ["noticeIssuedAt"] }
        guard !changed.isEmpty else { return [] }
        guard withdrawal == nil else { throw .alreadyWithdrawn }
        return [.amended(id, personID, newer, changed: changed, at: now)]
    }

    private func withdraw(_ scope: WithdrawalScope, _ reason: WithdrawalReason, at now: Date) -> [ReferralEvent] {
        guard withdrawal == nil else { return [] }
        guard scope == .dischargeNotice else { return [.withdrawn(id, personID, reason, at: now)] }
        guard facts.proposedDischargeOn != nil else { return [] }
        var without = facts
        without.proposedDischargeOn = nil
        return [.amended(id, personID, without, changed: ["proposedDischargeOn"], at: now)]
    }
}

extension ReferralFacts {
    /// The names of the facts that differ, in the order of their declaration. When the notice was issued is not among them.
    package func namesOfChanges(to other: ReferralFacts) -> [String] {
        var names: [String] = []
        if source != other.source { names.append("source") }
        if kind != other.kind { names.append("kind") }
        if admittedOn != other.admittedOn { names.append("admittedOn") }
        if proposedDischargeOn != other.proposedDischargeOn { names.append("proposedDischargeOn") }
        if ageBand != other.ageBand { names.append("ageBand") }
        if ethnicity != other.ethnicity { names.append("ethnicity") }
        if ward != other.ward { names.append("ward") }
        if hospitalSite != other.hospitalSite { names.append("hospitalSite") }
        if supportReason != other.supportReason { names.append("supportReason") }
        if consent != other.consent { names.append("consent") }
        return names
    }
}
