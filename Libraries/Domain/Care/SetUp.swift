/// The stages between a person's yes and an agreement that can be signed, in the order in which they are reached.
package enum SetUpStage: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case supportPlanAgreed = "support-plan-agreed"
    case budgetAgreed = "budget-agreed"
    case routeChosen = "route-chosen"
    case payeeDetailsCollected = "payee-details-collected"
    case agreementSent = "agreement-sent"

    /// The stage that must have been reached before this one; nil for the first.
    package var previous: SetUpStage? {
        guard let index = Self.allCases.firstIndex(of: self), index > 0 else { return nil }
        return Self.allCases[index - 1]
    }
}

/// Who carries a stage.
package enum OwnerRole: String, Sendable, Codable, CaseIterable {
    case socialWorker = "social-worker"
    case teamManager = "team-manager"
    case directPaymentsTeam = "direct-payments-team"
    case finance
    case person
}

/// How the person will hold the money: the options Leeds offers.
package enum PaymentRoute: String, Sendable, Codable, CaseIterable {
    case ownAccount = "own-account"
    case instantAccessAccount = "instant-access-account"
    case prepaidCard = "prepaid-card"
    case managedAccount = "managed-account"
    /// Someone else receives and handles the money for them (indirect payment).
    case thirdParty = "third-party"
}

/// One step of the set-up, with what is decided in it. The agreement's own steps (draft, sign) are commands of their own.
package enum SetUpStep: Hashable, Sendable, Codable {
    case supportPlanAgreed
    case budgetAgreed(WeeklyBudget)
    case routeChosen(PaymentRoute)
    case payeeDetailsCollected
    case agreementSent

    /// The stage that the step reaches.
    package var stage: SetUpStage {
        switch self {
        case .supportPlanAgreed: .supportPlanAgreed
        case .budgetAgreed: .budgetAgreed
        case .routeChosen: .routeChosen
        case .payeeDetailsCollected: .payeeDetailsCollected
        case .agreementSent: .agreementSent
        }
    }
}
