/// One service of one person, as the measures read it.
package struct SupportSpell: Hashable, Sendable {
    /// Whose.
    package var personID: PersonID
    /// Where it is given.
    package var setting: SupportSetting
    /// How it is paid for; nil where the record does not say.
    package var mechanism: DeliveryMechanism?
    /// The first day.
    package var startedOn: CivilDate
    /// The last day; nil while it runs.
    package var endedOn: CivilDate?
    /// The person's date of birth, where known.
    package var bornOn: CivilDate?
    /// The person's date of death, where known.
    package var diedOn: CivilDate?
    /// The person's age band when the spell was recorded, for records without a date of birth.
    package var ageBand: AgeBand

    /// This spell.
    package init(
        personID: PersonID, setting: SupportSetting, mechanism: DeliveryMechanism?, startedOn: CivilDate,
        endedOn: CivilDate? = nil, bornOn: CivilDate? = nil, diedOn: CivilDate? = nil,
        ageBand: AgeBand = .unknown
    ) {
        self.personID = personID
        self.setting = setting
        self.mechanism = mechanism
        self.startedOn = startedOn
        self.endedOn = endedOn
        self.bornOn = bornOn
        self.diedOn = diedOn
        self.ageBand = ageBand
    }

    /// Whether it counts in a snapshot on `date`: begun, not ended before that day (a last day counts), and the person not
    /// dead before it (death on the day counts as alive).
    package func counts(on date: CivilDate) -> Bool {
        guard startedOn <= date else { return false }
        if let endedOn, endedOn < date || endedOn < startedOn { return false }
        if let diedOn, diedOn < date { return false }
        return true
    }
}

/// The order in which settings and mechanisms outrank each other when one person has several: the lowest wins (ASCOF 3D).
/// The highest setting decides, and among services in the community a direct payment does.
package enum SupportRank: Int, Sendable, CaseIterable, Comparable {
    case nursing = 1
    case residential
    case communityDirectPayment
    case communityManagedBudget
    case communityCommissioned
    case communityUnknown
    case prisonManagedBudget
    case prisonCommissioned
    case prisonUnknown

    /// The rank of one spell. A mechanism on a care home place means nothing, nor does a direct payment in prison.
    package init(setting: SupportSetting, mechanism: DeliveryMechanism?) {
        self =
            switch (setting, mechanism) {
            case (.nursing, _): .nursing
            case (.residential, _): .residential
            case (.community, .directPayment): .communityDirectPayment
            case (.community, .managedPersonalBudget): .communityManagedBudget
            case (.community, .commissionedSupport): .communityCommissioned
            case (.community, nil): .communityUnknown
            case (.prison, .managedPersonalBudget): .prisonManagedBudget
            case (.prison, .commissionedSupport): .prisonCommissioned
            case (.prison, .directPayment), (.prison, nil): .prisonUnknown
            }
    }

    /// Whether people of this rank are in the denominator of 3D 1(a) and 2(a).
    package var isCommunity: Bool { (3...6).contains(rawValue) }

    /// The rank that outranks is the smaller.
    package static func < (left: SupportRank, right: SupportRank) -> Bool { left.rawValue < right.rawValue }
}
