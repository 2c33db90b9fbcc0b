package import Domain
package import FoundationEssentials

/// A case was opened for a referral.
package struct CaseOpened: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "opened"

    /// Which case.
    package let caseID: CaseID
    /// The referral that led to it.
    package let referralID: ReferralID
    /// Whom it is about.
    package let personID: PersonID
    /// When it was opened.
    package let openedAt: Date
    /// When the referral was taken in; the days to a first payment count from here.
    package let referredAt: Date
    /// Who referred.
    package let referralSource: ReferralSource
    /// The person's age band at referral.
    package let ageBand: AgeBand
    /// Their ethnic group, where it is known.
    package let ethnicGroup: EthnicGroup?
    /// The support reason, where the referral gave one.
    package let supportReason: SupportReason?

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, referralID: ReferralID, personID: PersonID, openedAt: Date, referredAt: Date,
        referralSource: ReferralSource, ageBand: AgeBand, ethnicGroup: EthnicGroup? = nil,
        supportReason: SupportReason? = nil
    ) {
        self.caseID = caseID
        self.referralID = referralID
        self.personID = personID
        self.openedAt = openedAt
        self.referredAt = referredAt
        self.referralSource = referralSource
        self.ageBand = ageBand
        self.ethnicGroup = ethnicGroup
        self.supportReason = supportReason
    }
}

/// A Care Act assessment was completed.
package struct CaseAssessed: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "assessed"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// When it was completed.
    package let assessedAt: Date
    /// Whether the person has eligible needs.
    package let eligible: Bool
    /// The main reason for support that was found.
    package let supportReason: SupportReason

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, assessedAt: Date, eligible: Bool, supportReason: SupportReason
    ) {
        self.caseID = caseID
        self.personID = personID
        self.assessedAt = assessedAt
        self.eligible = eligible
        self.supportReason = supportReason
    }
}

/// A direct payment was offered to a person.
package struct DirectPaymentOffered: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "direct-payment-offered"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// When it was offered.
    package let offeredAt: Date
    /// The worker who offered it.
    package let offeredBy: StaffID

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, offeredAt: Date, offeredBy: StaffID
    ) {
        self.caseID = caseID
        self.personID = personID
        self.offeredAt = offeredAt
        self.offeredBy = offeredBy
    }
}

/// A person answered the offer of a direct payment.
package struct OfferAnswered: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "offer-answered"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// What the answer was.
    package let answer: Answer
    /// Why, as a code; for an answer other than acceptance.
    package let reasonCode: CodeWord?
    /// When it was answered.
    package let answeredAt: Date

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, answer: Answer, reasonCode: CodeWord? = nil, answeredAt: Date
    ) {
        self.caseID = caseID
        self.personID = personID
        self.answer = answer
        self.reasonCode = reasonCode
        self.answeredAt = answeredAt
    }

    /// What a person may answer, or a worker may find.
    package enum Answer: String, Sendable, Codable, CaseIterable {
        case accepted, declined, deferred
        case notSuitable = "not-suitable"
    }
}

/// The set-up of a direct payment reached a stage.
package struct SetupStageReached: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "setup-stage-reached"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// The stage that was reached.
    package let stage: SetUpStage
    /// When it was reached.
    package let reachedAt: Date
    /// The role that owns the stage.
    package let ownerRole: OwnerRole

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, stage: SetUpStage, reachedAt: Date, ownerRole: OwnerRole
    ) {
        self.caseID = caseID
        self.personID = personID
        self.stage = stage
        self.reachedAt = reachedAt
        self.ownerRole = ownerRole
    }
}

/// A case was closed.
package struct CaseClosed: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "closed"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// When it was closed.
    package let closedAt: Date
    /// Why, as a code, such as `referral-withdrawn`.
    package let reason: CodeWord

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, closedAt: Date, reason: CodeWord
    ) {
        self.caseID = caseID
        self.personID = personID
        self.closedAt = closedAt
        self.reason = reason
    }
}
