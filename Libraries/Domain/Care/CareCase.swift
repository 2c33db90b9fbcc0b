package import FoundationEssentials

/// One case of adult social care, from a referral to the end of support, as the events so far have made it.
package struct CareCase: Hashable, Sendable, Codable, Identifiable {
    /// What the case was opened with.
    package let opening: CaseOpening
    /// When it was opened.
    package let openedAt: Date
    /// The Care Act assessment, once there is one.
    package var assessment: Assessment?
    /// The offer of a direct payment that was made last.
    package var offer: Offer?
    /// When each stage of the set-up was reached, and who carried it.
    package var stages: [SetUpStage: StageRecord] = [:]
    /// The weekly budget, once agreed.
    package var budget: WeeklyBudget?
    /// How the money will be held, once chosen.
    package var route: PaymentRoute?
    /// The conditions of section 31 or 32.
    package var conditions: ConditionChecklist?
    /// The agreement, once drafted.
    package var agreement: Agreement?
    /// The support that runs, or ran last.
    package var support: Support?
    /// The last day of the last direct payment, once it ended.
    package var directPaymentEndedOn: CivilDate?
    /// When the case was closed.
    package var closedAt: Date?

    /// Which case.
    package var id: CaseID { opening.caseID }

    /// Where the case stands.
    package var phase: CasePhase {
        if closedAt != nil { return .closed }
        if let support { return support.end == nil ? .supported : .ended }
        if agreement?.isInForce == true { return .agreed }
        switch offer?.answer {
        case .accepted: return .settingUp
        case .some: return .answered
        case nil: break
        }
        if offer != nil { return .offered }
        switch assessment?.isEligible {
        case true: return .eligible
        case false: return .notEligible
        default: return .opened
        }
    }

    /// An assessment's outcome.
    package struct Assessment: Hashable, Sendable, Codable {
        /// Whether the person has eligible needs (Care Act 2014, section 13).
        package let isEligible: Bool
        /// The main reason for support.
        package let supportReason: SupportReason
        /// When the assessment was completed.
        package let assessedAt: Date
    }

    /// An offer and what came of it.
    package struct Offer: Hashable, Sendable, Codable {
        /// Who offered.
        package let offeredBy: StaffID
        /// When.
        package let offeredAt: Date
        /// The answer, once there is one.
        package var answer: OfferAnswer?
        /// When the answer was given.
        package var answeredAt: Date?
    }

    /// A stage that was reached.
    package struct StageRecord: Hashable, Sendable, Codable {
        /// When.
        package let reachedAt: Date
        /// Who carried it.
        package let owner: OwnerRole
    }

    /// A run of support.
    package struct Support: Hashable, Sendable, Codable {
        /// How it began.
        package let start: SupportStart
        /// How it ended, once it did.
        package var end: SupportEnd?
    }
}

/// Where a case stands.
package enum CasePhase: String, Sendable, Codable, CaseIterable {
    case opened
    case notEligible = "not-eligible"
    case eligible
    case offered
    /// The offer was declined, deferred or found not suitable.
    case answered
    case settingUp = "setting-up"
    case agreed
    case supported
    case ended
    case closed
}

/// What a case is opened with.
package struct CaseOpening: Hashable, Sendable, Codable {
    /// Which case.
    package let caseID: CaseID
    /// The referral it answers; every referral ends in exactly one case.
    package let referralID: ReferralID
    /// Whom it is about.
    package let personID: PersonID
    /// When the referral was received.
    package let referredAt: Date
    /// Where it came from.
    package let source: ReferralSource
    /// The person's age band when it was received.
    package let ageBand: AgeBand
    /// The person's ethnic group, where known: no finer detail leaves the gateway.
    package let ethnicGroup: EthnicGroup?
    /// The support reason the referral gave.
    package let supportReason: SupportReason?

    /// This opening.
    package init(
        caseID: CaseID, referralID: ReferralID, personID: PersonID, referredAt: Date, source: ReferralSource,
        ageBand: AgeBand = .unknown, ethnicGroup: EthnicGroup? = nil, supportReason: SupportReason? = nil
    ) {
        self.caseID = caseID
        self.referralID = referralID
        self.personID = personID
        self.referredAt = referredAt
        self.source = source
        self.ageBand = ageBand
        self.ethnicGroup = ethnicGroup
        self.supportReason = supportReason
    }
}

/// How support began.
package struct SupportStart: Hashable, Sendable, Codable {
    /// The first day.
    package let startedOn: CivilDate
    /// Where it is given.
    package let setting: SupportSetting
    /// How it is paid for.
    package let mechanism: DeliveryMechanism

    /// This start.
    package init(startedOn: CivilDate, setting: SupportSetting, mechanism: DeliveryMechanism) {
        self.startedOn = startedOn
        self.setting = setting
        self.mechanism = mechanism
    }
}

/// How support ended.
package struct SupportEnd: Hashable, Sendable, Codable {
    /// The last day.
    package let endedOn: CivilDate
    /// Why.
    package let reason: SupportEndReason

    /// This end.
    package init(endedOn: CivilDate, reason: SupportEndReason) {
        self.endedOn = endedOn
        self.reason = reason
    }
}
