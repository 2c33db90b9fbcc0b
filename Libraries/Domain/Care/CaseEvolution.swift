package import FoundationEssentials

extension CareCase {
    /// The case after `event`. Total: an event on a case that was never opened leaves none, since a store that holds such a
    /// history is broken in a way that the domain cannot mend.
    package static func evolve(_ state: CareCase?, _ event: CaseEvent) -> CareCase? {
        if case .opened(let opening, let time) = event { return CareCase(opening: opening, openedAt: time) }
        guard var next = state else { return nil }
        next.apply(event)
        return next
    }

    /// The case that a whole history makes.
    package static func replay(_ events: some Sequence<CaseEvent>) -> CareCase? {
        events.reduce(nil as CareCase?) { evolve($0, $1) }
    }

    /// Decides and evolves in one step: the events and the case after them.
    package static func handle(
        _ command: CaseCommand, on state: CareCase?, at now: Date
    ) throws(CaseError) -> (events: [CaseEvent], state: CareCase?) {
        let events = try decide(command, on: state, at: now)
        return (events, events.reduce(state) { evolve($0, $1) })
    }

    private mutating func apply(_ event: CaseEvent) {
        switch event {
        case .opened:
            break
        case .assessed(let isEligible, let reason, let time):
            assessment = Assessment(isEligible: isEligible, supportReason: reason, assessedAt: time)
        case .directPaymentOffered(let staffID, let time):
            offer = Offer(offeredBy: staffID, offeredAt: time)
        case .offerAnswered(let answer, let time):
            offer?.answer = answer
            offer?.answeredAt = time
        case .conditionsRecorded(let checklist, _):
            conditions = checklist
        case .stageReached(let step, let owner, let time):
            stages[step.stage] = StageRecord(reachedAt: time, owner: owner)
            if case .budgetAgreed(let agreed) = step { budget = agreed }
            if case .routeChosen(let chosen) = step { route = chosen }
        case .agreementDrafted(let draft, let time):
            agreement = Agreement(draft: draft, draftedAt: time, signatures: [])
            budget = draft.budget
        case .agreementSigned(let signature):
            agreement?.signatures.append(signature)
        case .agreementCountersigned(let staffID, let time):
            agreement?.countersignature = Agreement.Countersignature(staffID: staffID, signedAt: time)
        case .supportStarted(let start, _):
            support = Support(start: start)
        case .supportEnded(let end, _):
            support?.end = end
            if support?.start.mechanism == .directPayment { directPaymentEndedOn = end.endedOn }
        case .closed(let time):
            closedAt = time
        }
    }
}
