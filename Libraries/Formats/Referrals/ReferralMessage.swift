package import Domain
package import FoundationEssentials

/// How a partner writes about a referral.
package enum ReferralFormat: String, Sendable, Codable, CaseIterable {
    /// An assessment, discharge or withdrawal notice of a hospital (FHIR DSTU2).
    case adw
    /// A message of the Booking and Referral Standard (FHIR R4).
    case bars
    /// A bundle of UK Core resources that is no message (FHIR R4).
    case ukCore = "uk-core"
    /// A REF message of HL7 version 2.
    case hl7v2
    /// What a children in need census says of one young person.
    case cin
    /// What a return about children looked after says of one.
    case ssda903
    /// What the daily feed to the DfE says of one.
    case dfe
}

/// What a partner says about one referral, whatever it was written in.
package struct ReferralMessage: Hashable, Sendable {
    /// Which part of the system refers.
    package var source = ReferralSource.health
    /// The same in every message about one referral: it ties them together.
    package var referralIdentifier: String
    /// When the sender issued the message. A later one replaces an earlier one.
    package var issuedAt: Date
    /// Whom it is about.
    package var person: ReferredPerson
    /// What it says.
    package var content: Content

    /// What a message says about a referral.
    package enum Content: Hashable, Sendable {
        /// The person is referred, or what was said before has changed.
        case referral(Referral)
        /// The sender takes it back.
        case withdrawal(WithdrawalScope, WithdrawalReason)
    }

    /// The facts of a referral.
    package struct Referral: Hashable, Sendable {
        package var kind: ReferralKind
        package var admittedOn: CivilDate?
        package var proposedDischargeOn: CivilDate?
        /// The ODS code of the hospital site.
        package var hospitalSite: String?
        package var consent: ReferralConsent

        /// These facts.
        package init(
            kind: ReferralKind, admittedOn: CivilDate? = nil, proposedDischargeOn: CivilDate? = nil,
            hospitalSite: String? = nil, consent: ReferralConsent = .notRecorded
        ) {
            self.kind = kind
            self.admittedOn = admittedOn
            self.proposedDischargeOn = proposedDischargeOn
            self.hospitalSite = hospitalSite
            self.consent = consent
        }
    }

    /// A message.
    package init(
        source: ReferralSource = .health, referralIdentifier: String, issuedAt: Date, person: ReferredPerson,
        content: Content
    ) {
        self.source = source
        self.referralIdentifier = referralIdentifier
        self.issuedAt = issuedAt
        self.person = person
        self.content = content
    }

    /// Whether the sender takes the referral back.
    package var isWithdrawal: Bool {
        if case .withdrawal = content { true } else { false }
    }
}

/// Whom a message is about.
package struct ReferredPerson: Hashable, Sendable {
    /// What is known about the NHS number; nil where none was given.
    package var nhsNumber: NHSNumberCheck?
    package var familyName: String
    /// The given names in order.
    package var givenNames: [String]
    package var bornOn: CivilDate?
    package var gender = Gender.unknown
    /// The ethnic category, where the sender gave one.
    package var ethnicCategory: EthnicCategory?
    package var postcode: String?
    /// Whether the sender says that they have died.
    package var hasDied = false

    /// Somebody of this name.
    package init(familyName: String, givenNames: [String]) {
        self.familyName = familyName
        self.givenNames = givenNames
    }

    /// The NHS number where its check digit is right.
    package var validNHSNumber: NHSNumber? {
        if case .valid(let number)? = nhsNumber { number } else { nil }
    }
}
