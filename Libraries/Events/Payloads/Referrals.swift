package import Domain
package import FoundationEssentials

/// A sender referred a person, and the first notice was taken in.
package struct ReferralReceived: EventPayload {
    /// Where it is published.
    package static let topic = Topic.referrals
    /// What happened.
    package static let event = "received"

    /// Which referral.
    package let referralID: ReferralID
    /// Whom it is about.
    package let personID: PersonID
    /// Who referred.
    package let source: ReferralSource
    /// The message the facts came in.
    package let kind: ReferralKind
    /// When we took it in.
    package let receivedAt: Date
    /// When the sender issued that message.
    package let noticeIssuedAt: Date
    /// When the person went into hospital.
    package let admittedOn: CivilDate?
    /// When the hospital means to discharge them.
    package let proposedDischargeOn: CivilDate?
    /// Their age band when the notice was issued.
    package let ageBand: AgeBand
    /// Their ethnic group, where the sender gave one.
    package let ethnicGroup: EthnicGroup?
    /// The code of the electoral ward in which they live.
    package let ward: ShortText?
    /// The hospital site that referred, by its ODS code.
    package let hospitalSite: ShortText?
    /// The support reason, where the sender gave one.
    package let supportReason: SupportReason?
    /// What was said about consent to the referral.
    package let consent: ReferralConsent

    /// The referral it is about.
    package var key: UUID { referralID.uuid }

    /// The event with these facts.
    package init(
        referralID: ReferralID, personID: PersonID, source: ReferralSource, kind: ReferralKind, receivedAt: Date,
        noticeIssuedAt: Date, admittedOn: CivilDate? = nil, proposedDischargeOn: CivilDate? = nil, ageBand: AgeBand,
        ethnicGroup: EthnicGroup? = nil, ward: ShortText? = nil, hospitalSite: ShortText? = nil,
        supportReason: SupportReason? = nil, consent: ReferralConsent
    ) {
        self.referralID = referralID
        self.personID = personID
        self.source = source
        self.kind = kind
        self.receivedAt = receivedAt
        self.noticeIssuedAt = noticeIssuedAt
        self.admittedOn = admittedOn
        self.proposedDischargeOn = proposedDischargeOn
        self.ageBand = ageBand
        self.ethnicGroup = ethnicGroup
        self.ward = ward
        self.hospitalSite = hospitalSite
        self.supportReason = supportReason
        self.consent = consent
    }
}

/// A later notice changed the facts of a referral. It carries all facts as they now stand, so that a reader needs
/// no other event.
package struct ReferralAmended: EventPayload {
    /// Where it is published.
    package static let topic = Topic.referrals
    /// What happened.
    package static let event = "amended"

    /// Which referral.
    package let referralID: ReferralID
    /// Whom it is about.
    package let personID: PersonID
    /// Who referred.
    package let source: ReferralSource
    /// The message the facts came in.
    package let kind: ReferralKind
    /// When the first notice was taken in.
    package let receivedAt: Date
    /// When the change was taken in.
    package let amendedAt: Date
    /// The names of the fields that differ from before, such as `proposedDischargeOn`; 1 to 32.
    package let changes: [ShortText]
    /// When the sender issued that message.
    package let noticeIssuedAt: Date
    /// When the person went into hospital.
    package let admittedOn: CivilDate?
    /// When the hospital means to discharge them.
    package let proposedDischargeOn: CivilDate?
    /// Their age band when the notice was issued.
    package let ageBand: AgeBand
    /// Their ethnic group, where the sender gave one.
    package let ethnicGroup: EthnicGroup?
    /// The code of the electoral ward in which they live.
    package let ward: ShortText?
    /// The hospital site that referred, by its ODS code.
    package let hospitalSite: ShortText?
    /// The support reason, where the sender gave one.
    package let supportReason: SupportReason?
    /// What was said about consent to the referral.
    package let consent: ReferralConsent

    /// The referral it is about.
    package var key: UUID { referralID.uuid }

    /// The event with these facts.
    package init(
        referralID: ReferralID, personID: PersonID, source: ReferralSource, kind: ReferralKind, receivedAt: Date,
        amendedAt: Date, changes: [ShortText], noticeIssuedAt: Date, admittedOn: CivilDate? = nil,
        proposedDischargeOn: CivilDate? = nil, ageBand: AgeBand, ethnicGroup: EthnicGroup? = nil,
        ward: ShortText? = nil, hospitalSite: ShortText? = nil, supportReason: SupportReason? = nil,
        consent: ReferralConsent
    ) {
        self.referralID = referralID
        self.personID = personID
        self.source = source
        self.kind = kind
        self.receivedAt = receivedAt
        self.amendedAt = amendedAt
        self.changes = changes
        self.noticeIssuedAt = noticeIssuedAt
        self.admittedOn = admittedOn
        self.proposedDischargeOn = proposedDischargeOn
        self.ageBand = ageBand
        self.ethnicGroup = ethnicGroup
        self.ward = ward
        self.hospitalSite = hospitalSite
        self.supportReason = supportReason
        self.consent = consent
    }
}

/// The sender took a referral back.
package struct ReferralWithdrawn: EventPayload {
    /// Where it is published.
    package static let topic = Topic.referrals
    /// What happened.
    package static let event = "withdrawn"

    /// Which referral.
    package let referralID: ReferralID
    /// Whom it is about.
    package let personID: PersonID
    /// Why, by the code list ADW-WithdrawalReason-1.
    package let reasonCode: WithdrawalReason
    /// The meaning of the code in plain words; never text of the sender.
    package let reason: ShortText
    /// When we took the withdrawal in.
    package let withdrawnAt: Date

    /// The referral it is about.
    package var key: UUID { referralID.uuid }

    /// The event with these facts.
    package init(
        referralID: ReferralID, personID: PersonID, reasonCode: WithdrawalReason, reason: ShortText, withdrawnAt: Date
    ) {
        self.referralID = referralID
        self.personID = personID
        self.reasonCode = reasonCode
        self.reason = reason
        self.withdrawnAt = withdrawnAt
    }
}
