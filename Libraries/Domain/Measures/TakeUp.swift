/// ASCOF 3D part 2(a): of the people who use long-term services in the community on a day, how many receive a direct payment.
package struct TakeUp: Hashable, Sendable {
    /// People on a direct payment, whole or part.
    package let numerator: Int
    /// People whose highest service is in the community, unknown mechanism included.
    package let denominator: Int
    /// The same by age band. People of unknown age are in the total and in no printed band, so bands need not add up.
    package let bands: [AgeBand: Counts]
    /// People in the community whose mechanism is not recorded: the worklist for data quality.
    package let mechanismUnknown: [PersonID]

    /// The two counts of a row.
    package struct Counts: Hashable, Sendable {
        /// People on a direct payment.
        package var numerator = 0
        /// People in the community.
        package var denominator = 0

        /// No people yet.
        package init() {}

        /// The percentage.
        package var percent: Tenths { Tenths(percentOf: numerator, in: denominator) }
    }

    /// The percentage, one decimal, half up; 0.0 for nobody.
    package var percent: Tenths { Tenths(percentOf: numerator, in: denominator) }

    /// How a person's age on the day is counted.
    package enum AgeRule: Sendable {
        /// From the first of the birth month, as the national bodies must.
        case published
        /// From the birth date, as a council can.
        case exact
    }

    /// The measure on `date`, from every spell there is, in any order. A person counts once, by the lowest rank among their
    /// spells that count on the day, in the band that the newest of them knows; under-18s do not count.
    package init(spells: some Sequence<SupportSpell>, on date: CivilDate, ageRule: AgeRule = .published) {
        var people: [PersonID: (rank: SupportRank, band: AgeBand, bandOf: CivilDate)] = [:]
        for spell in spells where spell.counts(on: date) {
            let rank = SupportRank(setting: spell.setting, mechanism: spell.mechanism)
            let band = Self.band(of: spell, on: date, by: ageRule)
            guard var person = people[spell.personID] else {
                people[spell.personID] = (rank, band, spell.startedOn)
                continue
            }
            person.rank = min(person.rank, rank)
            if Self.outranks(band, of: spell.startedOn, person.band, of: person.bandOf) {
                (person.band, person.bandOf) = (band, spell.startedOn)
            }
            people[spell.personID] = person
        }
        var total = Counts()
        var bands: [AgeBand: Counts] = [:]
        var unknown: [PersonID] = []
        for (personID, person) in people where person.rank.isCommunity && person.band.countsAsAdult {
            let direct = person.rank == .communityDirectPayment ? 1 : 0
            total.denominator += 1
            total.numerator += direct
            bands[person.band, default: Counts()].denominator += 1
            bands[person.band, default: Counts()].numerator += direct
            if person.rank == .communityUnknown { unknown.append(personID) }
        }
        numerator = total.numerator
        denominator = total.denominator
        self.bands = bands
        mechanismUnknown = unknown.sorted()
    }

    /// A known band before an unknown one, a newer record's before an older's, and of one day's the older band.
    private static func outranks(
        _ band: AgeBand, of day: CivilDate, _ known: AgeBand, of knownDay: CivilDate
    ) -> Bool {
        guard band != .unknown, known != .unknown else { return band != .unknown }
        return (day, band.order) > (knownDay, known.order)
    }

    private static func band(of spell: SupportSpell, on date: CivilDate, by rule: AgeRule) -> AgeBand {
        guard let bornOn = spell.bornOn else { return spell.ageBand }
        switch rule {
        case .published: return AgeBand(age: Age.publishedYears(born: bornOn, on: date))
        case .exact: return AgeBand(born: bornOn, on: date)
        }
    }
}
