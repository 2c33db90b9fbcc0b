extension CivilDate {
    /// The day `days` later (earlier when negative).
    package func adding(days: Int) -> CivilDate {
        let (sum, overflow) = dayNumber.addingReportingOverflow(days)
        guard !overflow else { return days > 0 ? .max : .min }
        return CivilDate(clampingDayNumber: sum)
    }

    /// The day `weeks` weeks later.
    package func adding(weeks: Int) -> CivilDate {
        let (days, overflow) = weeks.multipliedReportingOverflow(by: 7)
        guard !overflow else { return weeks > 0 ? .max : .min }
        return adding(days: days)
    }

    /// The same day of the month `months` later, or the last day of that month where it is shorter: a month after
    /// 31 January is 28 or 29 February.
    package func adding(months: Int) -> CivilDate {
        let (year, month, day) = components
        let (sum, overflow) = months.addingReportingOverflow(12 * year + month - 1)
        guard !overflow, sum >= 12 else { return months > 0 ? .max : .min }
        let (newYear, newMonth) = (sum / 12, sum % 12 + 1)
        let newDay = Swift.min(day, Self.daysIn(month: newMonth, year: newYear))
        return CivilDate(year: newYear, month: newMonth, day: newDay) ?? .max
    }

    /// The same day `years` years later; 29 February becomes 28 February in a common year.
    package func adding(years: Int) -> CivilDate {
        let (months, overflow) = years.multipliedReportingOverflow(by: 12)
        guard !overflow else { return years > 0 ? .max : .min }
        return adding(months: months)
    }

    /// How many days lie from `earlier` to this day; negative where `earlier` is later.
    package func days(since earlier: CivilDate) -> Int { dayNumber - earlier.dayNumber }

    /// The first day of this day's month.
    package var firstOfMonth: CivilDate { adding(days: 1 - day) }

    /// The last day of this day's month.
    package var lastOfMonth: CivilDate {
        let parts = components
        return adding(days: Self.daysIn(month: parts.month, year: parts.year) - parts.day)
    }

    /// The first `weekday` on or after this day.
    package func next(_ weekday: Weekday) -> CivilDate {
        adding(days: (weekday.rawValue - self.weekday.rawValue + 7) % 7)
    }

    /// The last `weekday` on or before this day.
    package func last(_ weekday: Weekday) -> CivilDate {
        adding(days: -((self.weekday.rawValue - weekday.rawValue + 7) % 7))
    }

    /// The year and week of ISO 8601: weeks begin on Monday, and week 1 holds the year's first Thursday.
    package var isoWeek: (year: Int, week: Int) {
        let thursday = adding(days: Weekday.thursday.rawValue - weekday.rawValue)
        return (thursday.year, (thursday.dayOfYear - 1) / 7 + 1)
    }
}

/// Days from a first to a last, both included.
package struct CivilPeriod: Hashable, Sendable, Codable {
    /// The first day of the period.
    package let first: CivilDate
    /// The last day of the period, on or after the first.
    package let last: CivilDate

    /// The period with these ends; nil where it would end before it begins.
    package init?(first: CivilDate, last: CivilDate) {
        guard first <= last else { return nil }
        self.first = first
        self.last = last
    }

    /// How many days there are, at least 1.
    package var dayCount: Int { last.days(since: first) + 1 }

    /// Whether `date` is one of the days.
    package func contains(_ date: CivilDate) -> Bool { first <= date && date <= last }

    /// Whether the periods share a day.
    package func overlaps(_ other: CivilPeriod) -> Bool { first <= other.last && other.first <= last }

    private enum CodingKeys: String, CodingKey {
        case first, last
    }

    /// Reads both ends and refuses a period that ends before it begins.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let first = try container.decode(CivilDate.self, forKey: .first)
        let last = try container.decode(CivilDate.self, forKey: .last)
        guard let period = CivilPeriod(first: first, last: last) else {
            throw DecodingError.dataCorruptedError(
                forKey: .last, in: container, debugDescription: "the period ends before it begins")
        }
        self = period
    }
}
