import Domain
import Events
import FoundationEssentials
import Messaging

extension CaseHandler {
    /// What the other services are told of `event`, or nil where it is the case's own business (conditions with their evidence,
    /// a text nobody has signed yet, one of two signatures).
    func publish(
        _ event: CaseEvent, before: CareCase?, after: CareCase, at now: Date, because cause: EventEnvelope?
    ) throws -> NewEvent? {
        let id = after.id
        let person = after.opening.personID
        func told(_ payload: any EventPayload) throws -> NewEvent {
            var random = SystemRandomNumberGenerator()
            return try NewEvent(payload, at: now, id: .v7(at: now, using: &random), causedBy: cause)
        }
        switch event {
        case .opened(let opening, let time):
            return try told(
                CaseOpened(
                    caseID: id, referralID: opening.referralID, personID: person, openedAt: time,
                    referredAt: opening.referredAt, referralSource: opening.source, ageBand: opening.ageBand,
                    ethnicGroup: opening.ethnicGroup, supportReason: opening.supportReason))
        case .assessed(let isEligible, let reason, let time):
            return try told(
                CaseAssessed(
                    caseID: id, personID: person, assessedAt: time, eligible: isEligible, supportReason: reason))
        case .directPaymentOffered(let staffID, let time):
            return try told(DirectPaymentOffered(caseID: id, personID: person, offeredAt: time, offeredBy: staffID))
        case .offerAnswered(let answer, let time):
            return try told(
                OfferAnswered(
                    caseID: id, personID: person, answer: answer.published,
                    reasonCode: try answer.reasonCode.map { try CodeWord($0) }, answeredAt: time))
        case .stageReached(let step, let owner, let time):
            return try told(
                SetupStageReached(
                    caseID: id, personID: person, stage: step.stage, reachedAt: time,
                    ownerRole: owner))
        case .agreementCountersigned, .agreementDrafted, .supportStarted, .supportEnded:
            return try publishAgreementOrSupport(event, before: before, after: after, told)
        case .closed(let time):
            return try told(CaseClosed(caseID: id, personID: person, closedAt: time, reason: closingReason(cause)))
        case .conditionsRecorded, .agreementSigned:
            return nil
        }
    }

    private func publishAgreementOrSupport(
        _ event: CaseEvent, before: CareCase?, after: CareCase, _ told: (any EventPayload) throws -> NewEvent
    ) throws -> NewEvent? {
        let id = after.id
        let person = after.opening.personID
        switch event {
        case .agreementCountersigned(_, let time):
            guard let draft = after.agreement?.draft else { return nil }
            return try told(
                AgreementSigned(
                    caseID: id, personID: person, agreementID: draft.agreementID, version: draft.version,
                    textSHA256: draft.textSHA256, signedAt: time,
                    weeklyBudgetPence: draft.budget.budget, weeklyContributionPence: draft.budget.contribution,
                    startsOn: draft.startsOn, endsOn: draft.endsOn, paymentFrequency: .fourWeekly))
        case .agreementDrafted(let draft, let time):
            // Only the replacement of a text that both had signed concerns the others: it stops payment.
            guard before?.agreement?.isInForce == true else { return nil }
            return try told(
                AgreementRedrafted(
                    caseID: id, personID: person, agreementID: draft.agreementID, version: draft.version,
                    textSHA256: draft.textSHA256, draftedAt: time))
        case .supportStarted(let start, _):
            return try told(
                SupportStarted(
                    caseID: id, personID: person, startedOn: start.startedOn, setting: start.setting,
                    mechanism: start.mechanism, supportReason: after.assessment?.supportReason ?? .unknown,
                    ageBand: after.opening.ageBand))
        case .supportEnded(let end, _):
            guard let start = after.support?.start else { return nil }
            return try told(
                SupportEnded(
                    caseID: id, personID: person, endedOn: end.endedOn, mechanism: start.mechanism, reason: end.reason))
        default:
            return nil
        }
    }

    private func closingReason(_ cause: EventEnvelope?) -> CodeWord {
        cause?.type == ReferralWithdrawn.type.description ? "referral-withdrawn" : "finished"
    }
}

extension OfferAnswer {
    fileprivate var published: OfferAnswered.Answer {
        switch self {
        case .accepted: .accepted
        case .declined: .declined
        case .deferred: .deferred
        case .notSuitable: .notSuitable
        }
    }
}
