/// A person's age as events and tables carry it.
package enum AgeBand: String, Sendable, Codable, CaseIterable {
    case under18 = "under-18"
    case workingAge = "18-64"
    case older = "65+"
    case unknown

    /// The band of an age in years; unknown for none and for a negative one.
    package init(age: Int?) {
        self =
            switch age {
            case .some(0..<18): .under18
            case .some(18..<65): .workingAge
            case .some(65...): .older
            default: .unknown
            }
    }

    /// The band of someone born on `birthDate`, on `date`.
    package init(born birthDate: CivilDate?, on date: CivilDate) {
        self.init(age: birthDate.flatMap { Age.years(born: $0, on: date) })
    }

    /// The bands in the order of age; unknown before all.
    var order: Int {
        switch self {
        case .unknown: 0
        case .under18: 1
        case .workingAge: 2
        case .older: 3
        }
    }

    /// Whether someone in this band may be counted among adults: unknown stays in, as in the published measures.
    package var countsAsAdult: Bool { self != .under18 }
}

/// Ages in whole years.
package enum Age {
    /// Whole years from birth to `date`; nil before birth. Someone born on 29 February has a birthday on 1 March in common
    /// years, as in English law.
    package static func years(born birthDate: CivilDate, on date: CivilDate) -> Int? {
        guard birthDate <= date else { return nil }
        let (birth, now) = (birthDate.components, date.components)
        let hadBirthday = (now.month, now.day) >= (birth.month, birth.day)
        return now.year - birth.year - (hadBirthday ? 0 : 1)
    }

    /// The age the published measures use: only month and year of birth reach the national bodies, so it counts from the first
    /// of the birth month, in years of 365.25 days, rounded down. Nil before that day.
    package static func publishedYears(born birthDate: CivilDate, on date: CivilDate) -> Int? {
        let days = date.days(since: birthDate.firstOfMonth)
        return days < 0 ? nil : days * 4 / 1_461
    }

    /// The oldest age that is believed; a birth date further back is reported for checking.
    package static let yearsMax = 125
}

/// A person's gender as the notices carry it.
package enum Gender: String, Sendable, Codable, CaseIterable {
    case male, female, other, unknown
}
