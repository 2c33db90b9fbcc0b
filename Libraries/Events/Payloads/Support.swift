package import Domain
package import FoundationEssentials

/// Long-term support started.
package struct SupportStarted: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "support-started"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// The first day of support.
    package let startedOn: CivilDate
    /// Where it is given.
    package let setting: SupportSetting
    /// How it is paid for and arranged.
    package let mechanism: DeliveryMechanism
    /// The main reason for it.
    package let supportReason: SupportReason
    /// The person's age band on the first day.
    package let ageBand: AgeBand

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, startedOn: CivilDate, setting: SupportSetting,
        mechanism: DeliveryMechanism, supportReason: SupportReason, ageBand: AgeBand
    ) {
        self.caseID = caseID
        self.personID = personID
        self.startedOn = startedOn
        self.setting = setting
        self.mechanism = mechanism
        self.supportReason = supportReason
        self.ageBand = ageBand
    }
}

/// Long-term support ended.
package struct SupportEnded: EventPayload {
    /// Where it is published.
    package static let topic = Topic.cases
    /// What happened.
    package static let event = "support-ended"

    /// Which case.
    package let caseID: CaseID
    /// Whom it is about.
    package let personID: PersonID
    /// The last day of support.
    package let endedOn: CivilDate
    /// How it was paid for and arranged.
    package let mechanism: DeliveryMechanism
    /// Why it ended.
    package let reason: SupportEndReason

    /// The case it is about.
    package var key: UUID { caseID.uuid }

    /// The event with these facts.
    package init(
        caseID: CaseID, personID: PersonID, endedOn: CivilDate, mechanism: DeliveryMechanism, reason: SupportEndReason
    ) {
        self.caseID = caseID
        self.personID = personID
        self.endedOn = endedOn
        self.mechanism = mechanism
        self.reason = reason
    }
}
