import Domain
import Formats

/// What a hospital's notice says about a referral, without a word about who the person is.
enum NoticeFacts {
    static func facts(of notice: ADWNotice) -> ReferralFacts {
        ReferralFacts(
            source: .health, kind: notice.kind == .discharge ? .dischargeNotice : .assessmentNotice,
            noticeIssuedAt: notice.issuedAt, admittedOn: notice.stay.admittedOn,
            proposedDischargeOn: notice.stay.proposedDischargeOn,
            ageBand: AgeBand(born: notice.patient.bornOn, on: LondonTime.date(of: notice.issuedAt)),
            ethnicity: notice.patient.ethnicCategory?.ethnicity, hospitalSite: notice.hospital.ods,
            consent: notice.answers.consent?.referralConsent ?? .notRecorded)
    }
}
