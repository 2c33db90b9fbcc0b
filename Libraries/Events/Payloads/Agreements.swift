package import Domain
package import FoundationEssentials

/// A direct payment agreement was signed.
package struct AgreementSigned: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "agreement-signed"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// Which agreement; a material change makes a new version of it.
    package let agreementID: AgreementID
    /// The version that was signed, from 1.
    package let version: Int
    /// The SHA-256 of the text as it was shown to the signer.
    package let textSHA256: TextSHA256
    /// When it was signed.
    package let signedAt: Date
    /// The personal budget for a week, gross, in pence.
    package let weeklyBudgetPence: Pence
    /// The person's assessed contribution for a week, in pence.
    package let weeklyContributionPence: Pence
    /// The first day that is paid for.
    package let startsOn: CivilDate
    /// The last day that is paid for; absent while the agreement is open.
    package let endsOn: CivilDate?
    /// How often it is paid.
    package let paymentFrequency: PaymentFrequency

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, agreementID: AgreementID, version: Int, textSHA256: TextSHA256,
        signedAt: Date, weeklyBudgetPence: Pence, weeklyContributionPence: Pence, startsOn: CivilDate,
        endsOn: CivilDate? = nil, paymentFrequency: PaymentFrequency
    ) {
        self.caseID = caseID
        self.personID = personID
        self.agreementID = agreementID
        self.version = version
        self.textSHA256 = textSHA256
        self.signedAt = signedAt
        self.weeklyBudgetPence = weeklyBudgetPence
        self.weeklyContributionPence = weeklyContributionPence
        self.startsOn = startsOn
        self.endsOn = endsOn
        self.paymentFrequency = paymentFrequency
    }

    /// How often a direct payment is paid.
    package enum PaymentFrequency: String, Sendable, Codable, CaseIterable {
        case fourWeekly = "four-weekly"
    }
}

/// A new text replaced one that had been signed. Nothing is paid under the agreement until the new text is signed
/// too.
package struct AgreementRedrafted: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "agreement-redrafted"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// Which agreement.
    package let agreementID: AgreementID
    /// The version that was drafted, from 2.
    package let version: Int
    /// The SHA-256 of the new text.
    package let textSHA256: TextSHA256
    /// When it was drafted.
    package let draftedAt: Date

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, agreementID: AgreementID, version: Int, textSHA256: TextSHA256,
        draftedAt: Date
    ) {
        self.caseID = caseID
        self.personID = personID
        self.agreementID = agreementID
        self.version = version
        self.textSHA256 = textSHA256
        self.draftedAt = draftedAt
    }
}
