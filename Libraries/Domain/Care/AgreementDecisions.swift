import FoundationEssentials

extension CareCase {
    /// A draft needs the conditions, since nothing may be put before the person that the council may not do, and the budget
    /// that was agreed. A draft after a signature is a material change: it waits for both signatures again.
    func draftAgreement(_ draft: AgreementDraft, at now: Date) throws(CaseError) -> [CaseEvent] {
        guard offer?.answer == .accepted else { throw .notAccepted }
        guard stages[.payeeDetailsCollected] != nil, let budget else {
            throw .stageTooEarly(.agreementSent, needs: .payeeDetailsCollected)
        }
        try requireConditions()
        if let agreement {
            guard draft.agreementID == agreement.draft.agreementID else { throw .otherAgreement }
            // The first text fixes the budget; a later version is how a new budget comes into the case.
        } else {
            guard draft.budget == budget else { throw .budgetDiffers }
        }
        let (next, overflow) = (agreement?.draft.version ?? 0).addingReportingOverflow(1)
        guard !overflow, draft.version == next else { throw .wrongVersion(expected: next) }
        if let endsOn = draft.endsOn, endsOn < draft.startsOn { throw .agreementEndsBeforeItStarts }
        return [.agreementDrafted(draft, at: now)]
    }

    /// Every condition of the section must hold as it was recorded last, with its evidence.
    func requireConditions() throws(CaseError) {
        let checklist = conditions ?? ConditionChecklist(section: .adultWithCapacity)
        guard checklist.open.isEmpty else { throw .conditionsOpen(checklist.open) }
        guard checklist.unmet.isEmpty else { throw .conditionsNotMet(checklist.unmet) }
    }

    func signAgreement(_ role: SignerRole, shown: TextSHA256, at now: Date) throws(CaseError) -> [CaseEvent] {
        guard let agreement else { throw .noAgreement }
        guard stages[.agreementSent] != nil else { throw .agreementNotSent }
        guard now >= agreement.draftedAt else { throw .earlierThan("the draft of the agreement") }
        if let section = conditions?.section, role.section != section {
            throw .signerNotUnderSection(role, section)
        }
        guard shown == agreement.draft.textSHA256 else { throw .signedOtherText }
        guard !agreement.signatures.contains(where: { $0.role == role }) else { throw .alreadySigned }
        return [.agreementSigned(AgreementSignature(role: role, shownTextSHA256: shown, signedAt: now))]
    }

    func countersign(by staffID: StaffID, at now: Date) throws(CaseError) -> [CaseEvent] {
        guard let agreement else { throw .noAgreement }
        guard let last = agreement.signatures.map(\.signedAt).max() else { throw .cannotPay(.notSigned) }
        guard agreement.countersignature == nil else { throw .alreadySigned }
        guard now >= last else { throw .earlierThan("the person’s signature") }
        return [.agreementCountersigned(by: staffID, at: now)]
    }
}
