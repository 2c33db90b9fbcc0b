import Domain
import Events
import FoundationEssentials
import Messaging

/// What the other services are told of a referral: coarse facts under opaque ids.
enum PublishedReferralEvents {
    static func event(_ event: ReferralEvent, of referral: Referral, at now: Date, id: UUID) throws -> NewEvent {
        switch event {
        case .received(let referralID, let personID, let facts, let time):
            return try NewEvent(
                ReferralReceived(
                    referralID: referralID, personID: personID, source: facts.source, kind: facts.kind,
                    receivedAt: time,
                    noticeIssuedAt: facts.noticeIssuedAt, admittedOn: facts.admittedOn,
                    proposedDischargeOn: facts.proposedDischargeOn, ageBand: facts.ageBand,
                    ethnicGroup: facts.ethnicity?.group, ward: try facts.ward.map { try ShortText($0) },
                    hospitalSite: try facts.hospitalSite.map { try ShortText($0) }, supportReason: facts.supportReason,
                    consent: facts.consent),
                at: now, id: id)
        case .amended(let referralID, let personID, let facts, let changed, let time):
            return try NewEvent(
                ReferralAmended(
                    referralID: referralID, personID: personID, source: facts.source, kind: facts.kind,
                    receivedAt: referral.receivedAt, amendedAt: time,
                    changes: try changed.map { try ShortText($0) }, noticeIssuedAt: facts.noticeIssuedAt,
                    admittedOn: facts.admittedOn,
                    proposedDischargeOn: facts.proposedDischargeOn, ageBand: facts.ageBand,
                    ethnicGroup: facts.ethnicity?.group, ward: try facts.ward.map { try ShortText($0) },
                    hospitalSite: try facts.hospitalSite.map { try ShortText($0) }, supportReason: facts.supportReason,
                    consent: facts.consent),
                at: now, id: id)
        case .withdrawn(let referralID, let personID, let reason, let time):
            return try NewEvent(
                ReferralWithdrawn(
                    referralID: referralID, personID: personID, reasonCode: reason,
                    reason: try ShortText(reason.text), withdrawnAt: time),
                at: now, id: id)
        }
    }
}
