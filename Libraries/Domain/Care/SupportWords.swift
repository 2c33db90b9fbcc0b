/// Why a person needs support: the main reasons of the Client Level Data (Primary Support Reason), without its sub-reasons.
package enum SupportReason: String, Sendable, Codable, CaseIterable {
    case physical = "physical-support"
    case sensory = "sensory-support"
    case memoryAndCognition = "memory-and-cognition"
    case learningDisability = "learning-disability"
    case mentalHealth = "mental-health"
    case social = "social-support"
    case unknown
}

/// Where long-term support is given.
package enum SupportSetting: String, Sendable, Codable, CaseIterable {
    case community, residential, nursing, prison
}

/// How support is paid for and arranged (Delivery Mechanism).
package enum DeliveryMechanism: String, Sendable, Codable, CaseIterable {
    /// The person, or someone for them, gets the money and arranges the support.
    case directPayment = "direct-payment"
    /// The council holds the person's budget and arranges the support as they wish.
    case managedPersonalBudget = "managed-personal-budget"
    /// The council chose and bought the support.
    case commissionedSupport = "commissioned-support"
}

/// Where a referral came from.
package enum ReferralSource: String, Sendable, Codable, CaseIterable {
    case health, children
    case socialCare = "social-care"
}

/// Why support ended.
package enum SupportEndReason: String, Sendable, Codable, CaseIterable {
    case died
    case movedAway = "moved-away"
    case healthFunding = "health-funding"
    case movedToCareHome = "moved-to-care-home"
    case recovered
    case changedMechanism = "changed-mechanism"
    case personEnded = "person-ended"
    case other
}
