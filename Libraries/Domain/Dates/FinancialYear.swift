/// A council's year, from 1 April to 31 March.
package struct FinancialYear: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The calendar year in which it begins.
    package let startYear: Int

    /// The financial year that begins on 1 April of `startYear`, which must be 1 to 9998.
    package init?(startYear: Int) {
        guard (1...9_998).contains(startYear) else { return nil }
        self.startYear = startYear
    }

    /// The financial year in which `date` lies; the calendar's first and last months belong to their neighbours.
    package init(containing date: CivilDate) {
        let parts = date.components
        startYear = min(max(parts.month >= 4 ? parts.year : parts.year - 1, 1), 9_998)
    }

    /// 1 April.
    package var first: CivilDate { CivilDate(year: startYear, month: 4, day: 1) ?? .min }
    /// 31 March.
    package var last: CivilDate { CivilDate(year: startYear + 1, month: 3, day: 31) ?? .max }
    /// As councils write it: `2026-27`.
    package var description: String { "\(startYear)-\(CivilDate.padded((startYear + 1) % 100, to: 2))" }

    /// The earlier year is the smaller.
    package static func < (left: FinancialYear, right: FinancialYear) -> Bool { left.startYear < right.startYear }
}

/// A month of a year, such as a row of a monthly table.
package struct CivilMonth: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first day of the month.
    package let first: CivilDate

    /// The month in which `date` lies.
    package init(containing date: CivilDate) {
        first = date.firstOfMonth
    }

    /// The last day of the month.
    package var last: CivilDate { first.lastOfMonth }
    /// The month after this one.
    package var next: CivilMonth { CivilMonth(containing: first.adding(months: 1)) }
    /// As `2026-04`.
    package var description: String { String(first.description.prefix(7)) }

    /// The earlier month is the smaller.
    package static func < (left: CivilMonth, right: CivilMonth) -> Bool { left.first < right.first }
}
