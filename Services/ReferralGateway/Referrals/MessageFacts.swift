import Domain
import Formats

/// What a message says about a referral, without a word about who the person is.
enum MessageFacts {
    static func facts(of message: ReferralMessage, _ said: ReferralMessage.Referral) -> ReferralFacts {
        ReferralFacts(
            source: message.source, kind: said.kind, noticeIssuedAt: message.issuedAt, admittedOn: said.admittedOn,
            proposedDischargeOn: said.proposedDischargeOn,
            ageBand: AgeBand(born: message.person.bornOn, on: LondonTime.date(of: message.issuedAt)),
            ethnicity: message.person.ethnicCategory?.ethnicity, hospitalSite: said.hospitalSite, consent: said.consent)
    }
}
