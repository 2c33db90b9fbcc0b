import Domain
import ServiceKit

/// A case's refusal as the person at the terminal reads it.
extension CaseError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        switch self {
        case .notOpened: CommandFailure(.badInput, "There is no such case.", next: next)
        default: CommandFailure(.failed, "Nothing was recorded: the case does not allow it.", why: why, next: next)
        }
    }

    private var why: String {
        let sentence = "\(self)"
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
    }

    private var next: String {
        switch self {
        case .notOpened: "'case-intake cases list' shows the cases."
        case .alreadyOpened, .closed: "Look at it with 'case-intake cases show'; a new referral opens a new case."
        case .notAssessed: "Record the assessment with 'case-intake assess'."
        case .notEligible: "If the needs have changed, record a new assessment with 'case-intake assess'."
        case .noOffer, .offerAlreadyAnswered: "Record an offer with 'case-intake offer'."
        case .offerOpen: "Record the answer with 'case-intake answer'."
        case .notAccepted: "If the person has decided otherwise, record a new offer and its answer."
        case .stageAlreadyReached: "Look at what was recorded with 'case-intake cases show'."
        case .stageTooEarly(_, let needed): "Record '\(needed.verb)' first."
        case .conditionsOpen: "Record all of them, each with its evidence, with 'case-intake conditions'."
        case .conditionsNotMet: "Settle them with the person, or offer support of another kind."
        case .noAgreement: "Draft it with 'case-intake agreement draft'."
        case .otherAgreement, .wrongVersion, .budgetDiffers:
            "Look at the case again with 'case-intake cases show': somebody may have changed it."
        case .agreementEndsBeforeItStarts: "Give an --ends-on that is not before --starts-on."
        case .agreementNotSent: "Record 'case-intake set-up agreement-sent' once the person has it."
        case .agreementOfEndedSupport:
            "Draft it again with 'case-intake agreement draft', with a first day after that support, and have it signed."
        case .alreadySigned: "Look at what was recorded with 'case-intake cases show'."
        case .signedOtherText:
            "Show the person the newest text with 'case-intake agreement show', and have that signed."
        case .signerNotUnderSection: "Give another --signer, or record the conditions of the other section."
        case .cannotPay(.notSigned), .cannotPay(.textChanged):
            "Have the newest text signed: 'case-intake agreement show', then 'case-intake agreement sign'."
        case .cannotPay(.notCountersigned): "A team manager signs with 'case-intake agreement countersign'."
        case .supportRuns: "Record its end with 'case-intake support end' first."
        case .noSupport: "Record its start with 'case-intake support start' first."
        case .endsBeforeStart: "Give an --on that is not before support began."
        case .directPaymentNotInCommunity: "Give --setting community, or another --mechanism."
        case .earlierThan: "Give a later day."
        }
    }
}

extension SetUpStage {
    /// The words that record it.
    fileprivate var verb: String {
        switch self {
        case .supportPlanAgreed: "case-intake set-up support-plan"
        case .budgetAgreed: "case-intake set-up budget"
        case .routeChosen: "case-intake set-up route"
        case .payeeDetailsCollected: "case-intake set-up payee-details"
        case .agreementSent: "case-intake set-up agreement-sent"
        }
    }
}
