package import Domain
package import Formats
package import FoundationEssentials

/// What happens to one person after the hospital's notice.
package struct Story: Sendable, Identifiable {
    /// Its place in the scenario, from 0.
    package let index: Int
    /// Whom it is about.
    package let person: SyntheticPerson
    /// What the hospital sends.
    package var notice: ADWNotice
    /// What happens then, in order of time. A story that is not eligible ends with the assessment.
    package let steps: [StoryStep]

    /// Its place in the scenario.
    package var id: Int { index }
    /// The notice as the file that the hospital sends.
    package var noticeXML: [UInt8] { notice.write() }
    /// A name for that file which says nothing of the person.
    package var fileName: String { "adw-assessment-\(notice.messageID).xml" }

    /// Whether the assessment finds eligible needs.
    package var isEligible: Bool {
        steps.contains { if case .assessed(true, _) = $0.event { true } else { false } }
    }

    /// Whether a direct payment is offered.
    package var isOffered: Bool {
        steps.contains { if case .offered = $0.event { true } else { false } }
    }

    /// Whether the person says yes.
    package var isAccepted: Bool { steps.contains { $0.event == .answered(.accepted) } }

    /// How support begins; nil for a person without eligible needs.
    package var supportStart: SupportStart? {
        for step in steps { if case .supportStarted(let start) = step.event { return start } }
        return nil
    }

    /// How support ends, where it does.
    package var supportEnd: SupportEnd? {
        for step in steps { if case .supportEnded(let end) = step.event { return end } }
        return nil
    }

    /// The weekly budget that is agreed; nil without a direct payment.
    package var budget: WeeklyBudget? {
        for step in steps { if case .tookStep(.budgetAgreed(let budget), _) = step.event { return budget } }
        return nil
    }
}

/// One thing that happens in a story.
package struct StoryStep: Hashable, Sendable {
    /// When.
    package let at: Date
    /// What.
    package let event: StoryEvent
}

/// What can happen in a story: the words of the case, without the ids that a service gives.
package enum StoryEvent: Hashable, Sendable {
    case assessed(isEligible: Bool, SupportReason)
    case offered
    case answered(OfferAnswer)
    case tookStep(SetUpStep, OwnerRole)
    case conditionsRecorded(ConditionChecklist)
    case agreementDrafted(WeeklyBudget, startsOn: CivilDate)
    case agreementSigned(SignerRole)
    case agreementCountersigned
    case supportStarted(SupportStart)
    case supportEnded(SupportEnd)
}
