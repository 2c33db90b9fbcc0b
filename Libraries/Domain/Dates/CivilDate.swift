/// A day of the civil calendar (proleptic Gregorian), without a time and without a zone, from 0001-01-01 to 9999-12-31.
///
/// Arithmetic never traps and never leaves that range: a step beyond an end stops at that end. Dates of the business lie
/// eight thousand years from it, so a stop there is a sign of bad input, which validation refuses long before.
package struct CivilDate: Hashable, Sendable {
    /// Days since 1970-01-01, which is day 0.
    package let dayNumber: Int

    /// The first day there is, 0001-01-01.
    package static let min = CivilDate(unchecked: -719_162)
    /// The last day there is, 9999-12-31.
    package static let max = CivilDate(unchecked: 2_932_896)

    private init(unchecked dayNumber: Int) {
        self.dayNumber = dayNumber
    }

    /// The day `dayNumber` days after 1970-01-01, or the nearest end of the calendar.
    package init(clampingDayNumber dayNumber: Int) {
        self.dayNumber = Swift.min(Swift.max(dayNumber, Self.min.dayNumber), Self.max.dayNumber)
    }

    /// The day with these three numbers; nil where the calendar has none, such as 29 February 2023.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9_999).contains(year), (1...12).contains(month) else { return nil }
        guard (1...Self.daysIn(month: month, year: year)).contains(day) else { return nil }
        // Years counted from March put the leap day last, so that a day of the year follows from the month by one formula.
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let dayOfMarchYear = (153 * marchMonth + 2) / 5 + day - 1
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        self.dayNumber = 365 * marchYear + leapDays + dayOfMarchYear - 719_468
    }

    /// Year, month and day of month.
    package var components: (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfMarchYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfMarchYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = 400 * era + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfMarchYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// The year, 1 to 9999.
    package var year: Int { components.year }
    /// The month, 1 to 12.
    package var month: Int { components.month }
    /// The day of the month, 1 to 31.
    package var day: Int { components.day }

    /// The day of the year, 1 to 366.
    package var dayOfYear: Int {
        let parts = components
        let before = (1..<parts.month).reduce(0) { $0 + Self.daysIn(month: $1, year: parts.year) }
        return before + parts.day
    }

    /// The day of the week.
    package var weekday: Weekday {
        // Day 0, 1970-01-01, was a Thursday. The offset is a multiple of seven that makes the sum positive.
        Weekday.allCases[(dayNumber + 3 + 719_166) % 7]
    }

    /// Whether `year` has a 29 February.
    package static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// The number of days in a month; 0 for a month that does not exist.
    package static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: 31
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 0
        }
    }
}

/// A day of the week, in the order of ISO 8601.
package enum Weekday: Int, CaseIterable, Sendable, Codable {
    case monday = 1
    case tuesday
    case wednesday
    case thursday
    case friday
    case saturday
    case sunday

    /// Whether this is Saturday or Sunday.
    package var isWeekend: Bool { self == .saturday || self == .sunday }
}

extension CivilDate: Comparable {
    /// The earlier day is the smaller.
    package static func < (left: CivilDate, right: CivilDate) -> Bool { left.dayNumber < right.dayNumber }
}
