/// What came of an offer of a direct payment.
package enum OfferAnswer: Hashable, Sendable, Codable {
    case accepted
    case declined(DeclineReason)
    case deferred(DeferralReason)
    /// The worker found a direct payment not suitable; the reason is a decision that can be challenged.
    case notSuitable(UnsuitableReason)

    /// The answer's word, as events and tables carry it.
    package var word: String {
        switch self {
        case .accepted: "accepted"
        case .declined: "declined"
        case .deferred: "deferred"
        case .notSuitable: "not-suitable"
        }
    }

    /// The code of its reason; nil for a yes.
    package var reasonCode: String? {
        switch self {
        case .accepted: nil
        case .declined(let reason): reason.rawValue
        case .deferred(let reason): reason.rawValue
        case .notSuitable(let reason): reason.rawValue
        }
    }

    /// The answer with this word and reason; nil where the word is unknown, or the reason is missing or not one of the word's.
    package init?(word: String, reasonCode: String?) {
        switch (word, reasonCode) {
        case ("accepted", nil):
            self = .accepted
        case ("declined", let code?):
            guard let reason = DeclineReason(rawValue: code) else { return nil }
            self = .declined(reason)
        case ("deferred", let code?):
            guard let reason = DeferralReason(rawValue: code) else { return nil }
            self = .deferred(reason)
        case ("not-suitable", let code?):
            guard let reason = UnsuitableReason(rawValue: code) else { return nil }
            self = .notSuitable(reason)
        default:
            return nil
        }
    }
}

/// Why a person says no.
package enum DeclineReason: String, Sendable, Codable, CaseIterable {
    case prefersCouncilManaged = "prefers-council-managed"
    case tooMuchResponsibility = "too-much-responsibility"
    case doesNotWantToEmploy = "does-not-want-to-employ"
    case noPersonalAssistant = "no-personal-assistant"
    case rateTooLow = "rate-too-low"
    case noOneToHelpManage = "no-one-to-help-manage"
    case noReasonGiven = "no-reason-given"
    case other = "declined-other"
}

/// Why a person wants to decide later.
package enum DeferralReason: String, Sendable, Codable, CaseIterable {
    case wantsMoreInformation = "wants-more-information"
    case wantsToTalkToFamily = "wants-to-talk-to-family"
    case needsNotSettled = "needs-not-settled"
    case inHospital = "in-hospital"
    case other = "deferred-other"
}

/// Why a worker finds a direct payment not suitable.
package enum UnsuitableReason: String, Sendable, Codable, CaseIterable {
    case excludedByRegulations = "excluded-by-regulations"
    case cannotManageWithHelp = "cannot-manage-with-help"
    case noAuthorisedPerson = "no-authorised-person"
    case careHome = "care-home"
    case doesNotMeetNeeds = "does-not-meet-needs"
}
