package import Domain

/// Which notice a hospital sends (NHS Assessment, Discharge and Withdrawal notices).
package enum ADWNoticeKind: Hashable, Sendable {
    /// Asks the council to assess someone before they can go home.
    case assessment
    /// Says when they will go home.
    case discharge
    /// Takes notices back.
    case withdrawal(WithdrawalScope)

    /// The SNOMED CT code in `MessageHeader.event`.
    package var eventCode: String {
        switch self {
        case .assessment: "975701000000106"
        case .discharge: "975731000000100"
        case .withdrawal(.allNotices): "975841000000102"
        case .withdrawal(.assessmentNotice): "1078011000000107"
        case .withdrawal(.dischargeNotice): "975851000000104"
        }
    }

    /// The notice with this event code; nil for any other message.
    package init?(eventCode: String) {
        let all: [ADWNoticeKind] = [.assessment, .discharge] + WithdrawalScope.allCases.map { .withdrawal($0) }
        guard let kind = all.first(where: { $0.eventCode == eventCode }) else { return nil }
        self = kind
    }

    /// Whether notices are taken back.
    package var isWithdrawal: Bool {
        if case .withdrawal = self { true } else { false }
    }

    /// What `ReferralRequest.status` must say.
    package var referralStatus: String { isWithdrawal ? "cancelled" : "requested" }

    var profileName: String {
        switch self {
        case .assessment: "AssessmentNotice"
        case .discharge: "DischargeNotice"
        case .withdrawal: "WithdrawalNotice"
        }
    }
}

/// How someone came into hospital (ADW-AdmissionType-1).
package enum ADWAdmissionType: String, Sendable, CaseIterable {
    case planned = "P"
    case emergency = "E"
    case other = "X"

    var display: String {
        switch self {
        case .planned: "Elective"
        case .emergency: "Emergency"
        case .other: "Other"
        }
    }
}

/// A yes or no (ADW-ConsultationStatus-1).
package enum ADWYesNo: String, Sendable, CaseIterable {
    case yes = "Y"
    case no = "N"

    var display: String { self == .yes ? "Yes" : "No" }
}

/// Whether the carer was asked (ADW-CarerConsultationStatus-1).
package enum ADWCarerConsulted: String, Sendable, CaseIterable {
    case yes = "Y"
    case no = "N"
    case noKnownCarer = "NKC"

    var display: String {
        switch self {
        case .yes: "Yes"
        case .no: "No"
        case .noKnownCarer: "No known carer"
        }
    }
}

/// Whether the person agreed to the notice (ADW-PatientConsentStatus-1).
package enum ADWConsent: String, Sendable, CaseIterable {
    case given = "Y"
    case refused = "N"
    case lacksCapacity = "L"

    /// The domain's word for it.
    package var referralConsent: ReferralConsent {
        switch self {
        case .given: .given
        case .refused: .refused
        case .lacksCapacity: .lacksCapacity
        }
    }

    var display: String {
        switch self {
        case .given: "Yes"
        case .refused: "No"
        case .lacksCapacity: "Lacks mental capacity"
        }
    }
}

/// Who agreed for a person who could not (ADW-ThirdPartyConsentSource-1).
package enum ADWThirdPartyConsent: String, Sendable, CaseIterable {
    case legalRepresentativeCarer = "C"
    case legalRepresentativeOther = "O"
    case bestInterestDecision = "B"
    case notApplicable = "N/A"

    var display: String {
        switch self {
        case .legalRepresentativeCarer: "Legal representative (carer)"
        case .legalRepresentativeOther: "Legal representative (other)"
        case .bestInterestDecision: "Best interest decision"
        case .notApplicable: "Not Applicable"
        }
    }
}

/// The systems and addresses that the messages name.
enum ADWNames {
    static let snomed = "http://snomed.info/sct"
    static let odsPrefix = "urn:nhs-uk:addressing:ods:"
    static let nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"
    static let localPatient = "https://fhir.nhs.uk/Id/local-patient-identifier"
    static let odsSite = "https://fhir.nhs.uk/Id/ods-site-code"
    static let odsOrganization = "https://fhir.nhs.uk/Id/ods-organization-code"
    static let encounter = "https://fhir.nhs.uk/encounter-id"
    static let codes = "https://fhir.nhs.uk/"
    static let profiles = "https://fhir.nhs.uk/StructureDefinition/"
    static let careConnect = "https://fhir.hl7.org.uk/StructureDefinition/"
    static let communication = careConnect + "Extension-CareConnect-NHSCommunication-1"
    static let ethnicCategory = careConnect + "Extension-CareConnect-EthnicCategory-1"
    static let numberStatus = careConnect + "Extension-CareConnect-NHSNumberVerificationStatus-1"
}
