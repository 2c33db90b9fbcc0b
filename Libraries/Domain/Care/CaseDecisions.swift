package import FoundationEssentials

extension CareCase {
    /// What `command` makes happen to `state`, which is nil before the case is opened. Pure: the same arguments always give
    /// the same answer, and nothing is changed.
    package static func decide(
        _ command: CaseCommand, on state: CareCase?, at now: Date
    ) throws(CaseError) -> [CaseEvent] {
        if case .open(let opening) = command {
            guard state == nil else { throw .alreadyOpened }
            guard now >= opening.referredAt else { throw .earlierThan("the referral") }
            return [.opened(opening, at: now)]
        }
        guard let state else { throw .notOpened }
        guard state.closedAt == nil else { throw .closed }
        guard now >= state.openedAt else { throw .earlierThan("the opening of the case") }
        return try state.decide(command, at: now)
    }

    private func decide(_ command: CaseCommand, at now: Date) throws(CaseError) -> [CaseEvent] {
        switch command {
        case .open:
            throw .alreadyOpened
        case .recordAssessment(let isEligible, let reason):
            return [.assessed(isEligible: isEligible, supportReason: reason, at: now)]
        case .offerDirectPayment(let staffID):
            return try offerDirectPayment(by: staffID, at: now)
        case .answerOffer(let answer):
            return try answerOffer(answer, at: now)
        case .recordConditions(let checklist):
            try requireAcceptance()
            return [.conditionsRecorded(checklist, at: now)]
        case .takeStep(let step, let owner):
            return try takeStep(step, owner: owner, at: now)
        case .draftAgreement(let draft):
            return try draftAgreement(draft, at: now)
        case .signAgreement(let role, let shown):
            return try signAgreement(role, shown: shown, at: now)
        case .countersignAgreement(let staffID):
            return try countersign(by: staffID, at: now)
        case .startSupport(let start, let currentText):
            return try startSupport(start, currentText: currentText, at: now)
        case .endSupport(let end):
            return try endSupport(end, at: now)
        case .close:
            guard support == nil || support?.end != nil else { throw .supportRuns }
            return [.closed(at: now)]
        }
    }

    private func requireEligibility() throws(CaseError) -> Assessment {
        guard let assessment else { throw .notAssessed }
        guard assessment.isEligible else { throw .notEligible }
        return assessment
    }

    private func requireAcceptance() throws(CaseError) {
        guard let offer else { throw .noOffer }
        guard offer.answer == .accepted else { throw .notAccepted }
    }

    private func offerDirectPayment(by staffID: StaffID, at now: Date) throws(CaseError) -> [CaseEvent] {
        let assessment = try requireEligibility()
        guard now >= assessment.assessedAt else { throw .earlierThan("the assessment") }
        // A person who said no or later is asked again at every review; one who said yes is not.
        if let offer {
            guard let answer = offer.answer else { throw .offerOpen }
            guard answer != .accepted else { throw .offerAlreadyAnswered }
        }
        return [.directPaymentOffered(by: staffID, at: now)]
    }

    private func answerOffer(_ answer: OfferAnswer, at now: Date) throws(CaseError) -> [CaseEvent] {
        guard let offer else { throw .noOffer }
        guard offer.answer == nil else { throw .offerAlreadyAnswered }
        guard now >= offer.offeredAt else { throw .earlierThan("the offer") }
        return [.offerAnswered(answer, at: now)]
    }

    private func takeStep(_ step: SetUpStep, owner: OwnerRole, at now: Date) throws(CaseError) -> [CaseEvent] {
        try requireAcceptance()
        let stage = step.stage
        guard stages[stage] == nil else { throw .stageAlreadyReached(stage) }
        if let needed = stage.previous {
            guard let record = stages[needed] else { throw .stageTooEarly(stage, needs: needed) }
            guard now >= record.reachedAt else { throw .earlierThan("the stage \(needed.rawValue)") }
        } else if let answeredAt = offer?.answeredAt, now < answeredAt {
            throw .earlierThan("the answer to the offer")
        }
        if step == .agreementSent {
            guard agreement != nil else { throw .noAgreement }
        }
        return [.stageReached(step, owner: owner, at: now)]
    }

    private func startSupport(
        _ start: SupportStart, currentText: TextSHA256?, at now: Date
    ) throws(CaseError) -> [CaseEvent] {
        _ = try requireEligibility()
        if let support {
            guard let end = support.end else { throw .supportRuns }
            guard start.startedOn > end.endedOn else { throw .earlierThan("the end of the last support") }
        }
        if start.mechanism == .directPayment {
            guard start.setting == .community else { throw .directPaymentNotInCommunity }
            guard let agreement else { throw .noAgreement }
            let refusal = currentText.map { agreement.paymentRefusal(currentTextSHA256: $0) } ?? .textChanged
            if let refusal { throw .cannotPay(refusal) }
            guard start.startedOn >= agreement.draft.startsOn else { throw .earlierThan("the agreement’s first day") }
            // What was agreed for support that has ended is paid no more: whoever pays knows only that it ended.
            if let ended = directPaymentEndedOn, agreement.draft.startsOn <= ended { throw .agreementOfEndedSupport }
            try requireConditions()
        }
        return [.supportStarted(start, at: now)]
    }

    private func endSupport(_ end: SupportEnd, at now: Date) throws(CaseError) -> [CaseEvent] {
        guard let support, support.end == nil else { throw .noSupport }
        guard end.endedOn >= support.start.startedOn else { throw .endsBeforeStart }
        return [.supportEnded(end, at: now)]
    }
}
