package import FoundationEssentials

/// What can be asked of a case.
package enum CaseCommand: Hashable, Sendable {
    case open(CaseOpening)
    case recordAssessment(isEligible: Bool, supportReason: SupportReason)
    case offerDirectPayment(by: StaffID)
    case answerOffer(OfferAnswer)
    case recordConditions(ConditionChecklist)
    case takeStep(SetUpStep, owner: OwnerRole)
    case draftAgreement(AgreementDraft)
    case signAgreement(SignerRole, shownTextSHA256: TextSHA256)
    case countersignAgreement(by: StaffID)
    /// `currentTextSHA256` is the hash of the agreement's text as it is stored now; needed for a direct payment only.
    case startSupport(SupportStart, currentTextSHA256: TextSHA256?)
    case endSupport(SupportEnd)
    case close
}

/// What has happened to a case.
package enum CaseEvent: Hashable, Sendable, Codable {
    case opened(CaseOpening, at: Date)
    case assessed(isEligible: Bool, supportReason: SupportReason, at: Date)
    case directPaymentOffered(by: StaffID, at: Date)
    case offerAnswered(OfferAnswer, at: Date)
    case conditionsRecorded(ConditionChecklist, at: Date)
    case stageReached(SetUpStep, owner: OwnerRole, at: Date)
    case agreementDrafted(AgreementDraft, at: Date)
    case agreementSigned(AgreementSignature)
    case agreementCountersigned(by: StaffID, at: Date)
    case supportStarted(SupportStart, at: Date)
    case supportEnded(SupportEnd, at: Date)
    case closed(at: Date)
}

/// Why a case refuses a command.
package enum CaseError: Error, Hashable, Sendable, CustomStringConvertible {
    case notOpened
    case alreadyOpened
    case closed
    case notAssessed
    case notEligible
    case noOffer
    case offerAlreadyAnswered
    case offerOpen
    case notAccepted
    case stageAlreadyReached(SetUpStage)
    case stageTooEarly(SetUpStage, needs: SetUpStage)
    case conditionsOpen([DirectPaymentCondition])
    case conditionsNotMet([DirectPaymentCondition])
    case noAgreement
    case otherAgreement
    case wrongVersion(expected: Int)
    case budgetDiffers
    case agreementEndsBeforeItStarts
    case agreementNotSent
    case agreementOfEndedSupport
    case alreadySigned
    case signedOtherText
    case signerNotUnderSection(SignerRole, CareActSection)
    case cannotPay(PaymentRefusal)
    case supportRuns
    case noSupport
    case endsBeforeStart
    case directPaymentNotInCommunity
    case earlierThan(String)

    /// What is in the way and what to do about it, in plain words and without personal data.
    package var description: String {
        switch self {
        case .notOpened: "there is no such case"
        case .alreadyOpened: "the case is open already"
        case .closed: "the case is closed"
        case .notAssessed: "record the Care Act assessment first"
        case .notEligible: "the assessment found no eligible needs"
        case .noOffer: "offer a direct payment first"
        case .offerAlreadyAnswered: "the offer was answered; make a new offer"
        case .offerOpen: "the last offer has no answer yet"
        case .notAccepted: "the person has not accepted a direct payment"
        case .stageAlreadyReached(let stage): "the stage \(stage.rawValue) was reached already"
        case .stageTooEarly(let stage, let needed): "the stage \(stage.rawValue) needs \(needed.rawValue) first"
        case .conditionsOpen(let open): "conditions without finding or evidence: \(Self.list(open))"
        case .conditionsNotMet(let unmet): "conditions that do not hold: \(Self.list(unmet))"
        case .noAgreement: "draft the agreement first"
        case .otherAgreement: "the case has another agreement"
        case .wrongVersion(let expected): "the next version of the agreement is \(expected)"
        case .budgetDiffers: "the agreement’s text has another budget than was agreed"
        case .agreementEndsBeforeItStarts: "the agreement ends before it starts"
        case .agreementNotSent: "send the agreement first"
        case .agreementOfEndedSupport: "the agreement was for the support that has ended"
        case .alreadySigned: "this text was signed already in this role"
        case .signedOtherText: "the text that was shown is not the newest text of the agreement"
        case .signerNotUnderSection(let role, let section): "a \(role.rawValue) cannot sign under \(section.rawValue)"
        case .cannotPay(let refusal): refusal.description
        case .supportRuns: "the person has support that has not ended"
        case .noSupport: "no support is running"
        case .endsBeforeStart: "support cannot end before it started"
        case .directPaymentNotInCommunity: "a direct payment needs support in the community"
        case .earlierThan(let what): "this would lie before \(what)"
        }
    }

    private static func list(_ conditions: [DirectPaymentCondition]) -> String {
        conditions.map(\.rawValue).joined(separator: ", ")
    }
}
