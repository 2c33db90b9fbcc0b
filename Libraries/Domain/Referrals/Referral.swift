package import FoundationEssentials

/// What kind of message a referral's facts came in.
package enum ReferralKind: String, Sendable, Codable, CaseIterable {
    case assessmentNotice = "assessment-notice"
    case dischargeNotice = "discharge-notice"
}

/// What the person, or the record, says about being referred. It is consent to the referral only: never to a direct payment,
/// and not a finding about mental capacity for any other decision.
package enum ReferralConsent: String, Sendable, Codable, CaseIterable {
    case given, refused
    case lacksCapacity = "lacks-capacity"
    case notRecorded = "not-recorded"
}

/// The coarse facts of a referral: nothing here names the person.
package struct ReferralFacts: Hashable, Sendable, Codable {
    /// Who referred.
    package var source: ReferralSource
    /// The message the facts came in.
    package var kind: ReferralKind
    /// When the sender issued that message. A later one replaces an earlier one, in whatever order they arrive.
    package var noticeIssuedAt: Date
    /// When the person went into hospital.
    package var admittedOn: CivilDate?
    /// When the hospital means to discharge them.
    package var proposedDischargeOn: CivilDate?
    /// Their age band when the notice was issued.
    package var ageBand: AgeBand
    /// Their ethnicity, where the sender gave one.
    package var ethnicity: Ethnicity?
    /// The electoral ward in which they live.
    package var ward: String?
    /// The hospital site that referred, by its ODS code.
    package var hospitalSite: String?
    /// The support reason, where the sender gave one.
    package var supportReason: SupportReason?
    /// What was said about consent.
    package var consent: ReferralConsent

    /// These facts.
    package init(
        source: ReferralSource, kind: ReferralKind, noticeIssuedAt: Date, admittedOn: CivilDate? = nil,
        proposedDischargeOn: CivilDate? = nil, ageBand: AgeBand = .unknown, ethnicity: Ethnicity? = nil,
        ward: String? = nil,
        hospitalSite: String? = nil, supportReason: SupportReason? = nil, consent: ReferralConsent = .notRecorded
    ) {
        self.source = source
        self.kind = kind
        self.noticeIssuedAt = noticeIssuedAt
        self.admittedOn = admittedOn
        self.proposedDischargeOn = proposedDischargeOn
        self.ageBand = ageBand
        self.ethnicity = ethnicity
        self.ward = ward
        self.hospitalSite = hospitalSite
        self.supportReason = supportReason
        self.consent = consent
    }
}

/// A referral as it stands.
package struct Referral: Hashable, Sendable, Codable, Identifiable {
    /// Which referral.
    package let id: ReferralID
    /// Whom it is about.
    package let personID: PersonID
    /// When the first notice was taken in.
    package let receivedAt: Date
    /// The newest facts.
    package var facts: ReferralFacts
    /// Set once it was withdrawn.
    package var withdrawal: Withdrawal?

    /// A withdrawal that was taken in.
    package struct Withdrawal: Hashable, Sendable, Codable {
        /// Why the sender withdrew.
        package let reason: WithdrawalReason
        /// When we took it in.
        package let withdrawnAt: Date
    }
}

/// Why a hospital withdraws its notices: the code list ADW-WithdrawalReason-1.
package enum WithdrawalReason: String, Sendable, Codable, CaseIterable {
    case safeWithoutAssessment = "01"
    case eligibleForContinuingHealthCare = "02"
    case carePackageInadequate = "03"
    case treatmentPostponed = "04"
    case refusedAssessment = "05"
    case residentElsewhere = "06"
    case conditionDeteriorated = "07"
    case died = "08"
    case intermediateCare = "09"
    case selfDischarged = "10"
    case ownArrangements = "11"
    case sentInError = "12"
    case other = "13"

    /// The reason in plain words.
    package var text: String {
        switch self {
        case .safeWithoutAssessment: "safe to discharge without a needs assessment"
        case .eligibleForContinuingHealthCare: "eligible for NHS continuing health care"
        case .carePackageInadequate: "the proposed care package is inadequate"
        case .treatmentPostponed: "treatment was cancelled or postponed"
        case .refusedAssessment: "refused a needs assessment"
        case .residentElsewhere: "resident in another local authority"
        case .conditionDeteriorated: "the person’s condition deteriorated"
        case .died: "the person died"
        case .intermediateCare: "transferred to intermediate care"
        case .selfDischarged: "discharged themselves"
        case .ownArrangements: "making their own arrangements"
        case .sentInError: "the notice was sent in error"
        case .other: "other"
        }
    }
}

/// Which notices a withdrawal takes back.
package enum WithdrawalScope: String, Sendable, Codable, CaseIterable {
    case allNotices = "all"
    case assessmentNotice = "assessment-notice"
    case dischargeNotice = "discharge-notice"
}
