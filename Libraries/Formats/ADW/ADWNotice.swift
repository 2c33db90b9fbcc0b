package import Domain
package import FoundationEssentials

/// A notice of a hospital to a council about one patient: assessment, discharge or withdrawal, with every field that the
/// published messages carry. Withdrawals leave most of them out.
package struct ADWNotice: Hashable, Sendable {
    /// The bundle's id.
    package var bundleID: String
    /// The id of the message, which an answer must quote.
    package var messageID: String
    /// Which notice.
    package var kind: ADWNoticeKind
    /// When it was issued.
    package var issuedAt: Date
    /// The sender's ODS code.
    package var sourceODS: String
    /// The council's ODS code.
    package var destinationODS: String
    /// The same in every notice about one referral: it ties them together.
    package var referralIdentifier: String
    /// The same in every message about one stay.
    package var encounterIdentifier: String?
    /// Whom it is about.
    package var patient: ADWPatient
    /// The stay.
    package var stay = ADWStay()
    /// Why the patient is referred.
    package var referralReason: String?
    /// What else the council should know.
    package var supportingInformation: String?
    /// The consultant.
    package var leadClinician: ADWPractitioner?
    /// Whom to talk to at the hospital.
    package var liaison: ADWPractitioner?
    /// The hospital.
    package var hospital = ADWOrganization()
    /// The council.
    package var localAuthority = ADWOrganization()
    /// The social services team, where named.
    package var socialServicesTeam: String?
    /// What was asked and answered.
    package var answers = ADWAnswers()
    /// Why notices are taken back; in withdrawals only.
    package var withdrawalReason: WithdrawalReason?

    /// A notice with what every notice has.
    package init(
        bundleID: String, messageID: String, kind: ADWNoticeKind, issuedAt: Date, sourceODS: String,
        destinationODS: String,
        referralIdentifier: String, patient: ADWPatient
    ) {
        self.bundleID = bundleID
        self.messageID = messageID
        self.kind = kind
        self.issuedAt = issuedAt
        self.sourceODS = sourceODS
        self.destinationODS = destinationODS
        self.referralIdentifier = referralIdentifier
        self.patient = patient
    }
}

/// The patient of a notice.
package struct ADWPatient: Hashable, Sendable {
    /// What is known about the NHS number; nil where none was given.
    package var nhsNumber: NHSNumberCheck?
    /// How far the NHS number was verified (01: present and verified).
    package var nhsNumberStatus: String?
    /// The hospital's own number.
    package var hospitalNumber: String?
    /// The family name.
    package var familyName: String
    /// The given names, at least one in a notice that is accepted.
    package var givenNames: [String]
    /// The date of birth.
    package var bornOn: CivilDate?
    /// The gender.
    package var gender = Gender.unknown
    /// The ethnic category, where the hospital sends it.
    package var ethnicCategory: EthnicCategory?
    /// The address.
    package var address = ADWAddress()
    /// How to reach them.
    package var contact = ADWContact()
    /// The language they speak (ISO 639-1).
    package var language: String?
    /// Whether that language is preferred.
    package var languageIsPreferred: Bool?
    /// Whether an interpreter is needed.
    package var interpreterRequired: Bool?
    /// Their carer, where known.
    package var carer: ADWPractitioner?

    /// A patient of this name.
    package init(familyName: String, givenNames: [String]) {
        self.familyName = familyName
        self.givenNames = givenNames
    }
}

/// An address.
package struct ADWAddress: Hashable, Sendable {
    /// Up to three lines.
    package var lines: [String] = []
    package var city: String?
    package var district: String?
    package var postcode: String?

    /// No address.
    package init() {}
}

/// How to reach someone.
package struct ADWContact: Hashable, Sendable {
    package var email: String?
    package var phone: String?

    /// No way to reach them.
    package init() {}
}

/// A person who is named in a message: a clinician, a liaison, a carer, a social worker.
package struct ADWPractitioner: Hashable, Sendable {
    package var familyName: String
    package var givenName: String?
    package var contact = ADWContact()
    /// What they do, in the sender's words.
    package var role: String?

    /// Someone of this name.
    package init(familyName: String, givenName: String? = nil) {
        self.familyName = familyName
        self.givenName = givenName
    }
}

/// A hospital site or a council.
package struct ADWOrganization: Hashable, Sendable {
    /// Its ODS code.
    package var ods: String?
    package var name: String?

    /// An organisation with these.
    package init(ods: String? = nil, name: String? = nil) {
        self.ods = ods
        self.name = name
    }
}

/// A stay in hospital.
package struct ADWStay: Hashable, Sendable {
    package var admittedOn: CivilDate?
    /// When the hospital means to discharge the patient; in a discharge notice, when it will.
    package var proposedDischargeOn: CivilDate?
    package var admissionType: ADWAdmissionType?
    package var admissionReason: String?
    package var ward: String?

    /// A stay of which nothing is known.
    package init() {}
}

/// The questions of a notice.
package struct ADWAnswers: Hashable, Sendable {
    package var patientConsulted: ADWYesNo?
    package var carerConsulted: ADWCarerConsulted?
    package var safeguardingConcerns: ADWYesNo?
    package var consent: ADWConsent?
    package var thirdPartyConsent: ADWThirdPartyConsent?
    /// Whether NHS continuing health care was considered.
    package var continuingHealthCareConsidered: ADWYesNo?
    /// What came of it, in the sender's words.
    package var continuingHealthCareOutcome: String?

    /// No answers.
    package init() {}
}

/// The limits of a notice's texts.
package enum ADWLimits {
    /// Characters of a name, a code, a line of an address.
    package static let shortTextMax = 255
    /// Characters of a reason or other free text.
    package static let longTextMax = 10_000
    /// Lines of an address that are kept; the format has three.
    package static let addressLinesMax = 5
    /// Given names that are kept.
    package static let givenNamesMax = 10

    /// What a document may have: attached PDFs make values longer than other formats need.
    package static var xml: XMLLimits {
        var limits = XMLLimits()
        limits.valueBytesMax = 4 * 1_024 * 1_024
        return limits
    }
}
