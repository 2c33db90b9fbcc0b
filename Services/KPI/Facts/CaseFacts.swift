import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres

enum CaseFacts {
    static func write(_ event: InboundEvent) throws -> Query? {
        if event.carries(CaseOpened.self) { return opened(try event.decode(CaseOpened.self)) }
        if event.carries(SupportStarted.self) { return started(try event.decode(SupportStarted.self)) }
        if event.carries(SupportEnded.self) { return ended(try event.decode(SupportEnded.self)) }
        guard let change = try change(of: event) else { return nil }
        return "update case_fact set " + change + " where case_id = \(event.key)"
    }

    private static func opened(_ event: CaseOpened) -> Query {
        """
        insert into case_fact (case_id, referral_id, person_id, referred_on, age_band, ethnic_group)
        values (\(event.caseID.uuid), \(event.referralID.uuid), \(event.personID.uuid), \(day(event.referredAt)),
            \(event.ageBand.rawValue), \(event.ethnicGroup?.rawValue))
        """
    }

    private static func started(_ event: SupportStarted) -> Query {
        """
        insert into support_fact (case_id, started_on, person_id, setting, mechanism, support_reason, age_band)
        values (\(event.caseID.uuid), \(event.startedOn), \(event.personID.uuid), \(event.setting.rawValue),
            \(event.mechanism.rawValue), \(event.supportReason.rawValue), \(event.ageBand.rawValue))
        """
    }

    private static func ended(_ event: SupportEnded) -> Query {
        """
        update support_fact set ended_on = \(event.endedOn), end_reason = \(event.reason.rawValue)
        where case_id = \(event.caseID.uuid) and ended_on is null and mechanism = \(event.mechanism.rawValue)
        """
    }

    private static func change(of event: InboundEvent) throws -> Query? {
        if event.carries(CaseAssessed.self) {
            let assessed = try event.decode(CaseAssessed.self)
            return "eligible = \(assessed.eligible), assessed_on = \(day(assessed.assessedAt))"
        }
        if event.carries(DirectPaymentOffered.self) {
            return "offered_on = \(day(try event.decode(DirectPaymentOffered.self).offeredAt)), offer_answer = null"
        }
        if event.carries(OfferAnswered.self) {
            return "offer_answer = \(try event.decode(OfferAnswered.self).answer.rawValue)"
        }
        if event.carries(AgreementSigned.self) {
            return "agreement_signed_on = \(day(try event.decode(AgreementSigned.self).signedAt))"
        }
        if event.carries(CaseClosed.self) {
            return "closed_on = \(day(try event.decode(CaseClosed.self).closedAt))"
        }
        return nil
    }

    /// Waits are counted in days as people in Leeds live them.
    private static func day(_ instant: Date) -> CivilDate { LondonTime.date(of: instant) }
}
