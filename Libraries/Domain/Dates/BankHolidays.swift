/// A bank holiday of England and Wales.
package struct BankHoliday: Hashable, Sendable {
    /// The day off.
    package let date: CivilDate
    /// What it is called.
    package let name: String
}

/// The bank holidays of England and Wales by rule, from 1978 on: the Banking and Financial Dealings Act 1971, substitute days
/// for those that fall on a weekend, and the days that were moved or added once by proclamation.
///
/// A proclamation that is made after this was written is not in it: add it to ``movedAndAdded(in:)``.
package enum BankHolidays {
    /// The bank holidays of a year, in order of date.
    package static func inEngland(year: Int) -> [BankHoliday] {
        guard let easter = easterSunday(year: year), let newYear = CivilDate(year: year, month: 1, day: 1) else {
            return []
        }
        var days = [
            BankHoliday(date: weekdayOnOrAfter(newYear), name: "New Year’s Day"),
            BankHoliday(date: easter.adding(days: -2), name: "Good Friday"),
            BankHoliday(date: easter.adding(days: 1), name: "Easter Monday"),
        ]
        days += mondays(in: year)
        days += christmas(in: year)
        let special = movedAndAdded(in: year)
        days.removeAll { day in special.moved.contains(day.date) }
        days += special.added
        return days.sorted { $0.date < $1.date }
    }

    /// Whether `date` is a bank holiday.
    package static func contains(_ date: CivilDate) -> Bool {
        inEngland(year: date.year).contains { $0.date == date }
    }

    /// Easter Sunday in the Gregorian calendar; nil outside the years 1583 to 9999.
    ///
    /// The moon's age on 1 March is found from the nineteen-year cycle, corrected once a century for the leap days that were
    /// left out and for the cycle's own error; Easter is the Sunday after the full moon that follows 21 March.
    package static func easterSunday(year: Int) -> CivilDate? {
        guard (1583...9_999).contains(year) else { return nil }
        let goldenNumber = year % 19
        let century = year / 100
        let lunarCorrection = (8 * century + 13) / 25
        let epact = (century - century / 4 - lunarCorrection + 19 * goldenNumber + 15) % 30
        // The two latest full moons are drawn in by a day, so that the cycle holds no date twice.
        let isLate = epact == 29 || (epact == 28 && goldenNumber > 10)
        let fullMoon = CivilDate(year: year, month: 3, day: 21)?.adding(days: isLate ? epact - 1 : epact)
        return fullMoon?.adding(days: 1).next(.sunday)
    }

    private static func mondays(in year: Int) -> [BankHoliday] {
        guard let may = CivilDate(year: year, month: 5, day: 1), let august = CivilDate(year: year, month: 8, day: 31)
        else {
            return []
        }
        return [
            BankHoliday(date: may.next(.monday), name: "Early May bank holiday"),
            BankHoliday(date: may.lastOfMonth.last(.monday), name: "Spring bank holiday"),
            BankHoliday(date: august.last(.monday), name: "Summer bank holiday"),
        ]
    }

    /// Christmas Day on a Saturday moves to Monday and on a Sunday to Tuesday, since Boxing Day keeps the Monday.
    private static func christmas(in year: Int) -> [BankHoliday] {
        guard let day = CivilDate(year: year, month: 12, day: 25) else { return [] }
        let (observed, boxing) =
            switch day.weekday {
            case .saturday: (2, 3)
            case .sunday: (2, 1)
            case .friday: (0, 3)
            default: (0, 1)
            }
        return [
            BankHoliday(date: day.adding(days: observed), name: "Christmas Day"),
            BankHoliday(date: day.adding(days: boxing), name: "Boxing Day"),
        ]
    }

    /// The days that were taken away and given by royal proclamation.
    private static func movedAndAdded(in year: Int) -> (moved: [CivilDate], added: [BankHoliday]) {
        func day(_ month: Int, _ day: Int) -> [CivilDate] {
            CivilDate(year: year, month: month, day: day).map { [$0] } ?? []
        }
        func holiday(_ month: Int, _ number: Int, _ name: String) -> [BankHoliday] {
            day(month, number).map { BankHoliday(date: $0, name: name) }
        }
        return switch year {
        case 1981: ([], holiday(7, 29, "Royal wedding"))
        case 1995: (day(5, 1), holiday(5, 8, "Early May bank holiday (50 years of VE Day)"))
        case 1999: ([], holiday(12, 31, "Millennium eve"))
        case 2002: (day(5, 27), holiday(6, 3, "Golden Jubilee") + holiday(6, 4, "Spring bank holiday"))
        case 2011: ([], holiday(4, 29, "Royal wedding"))
        case 2012: (day(5, 28), holiday(6, 4, "Spring bank holiday") + holiday(6, 5, "Diamond Jubilee"))
        case 2020: (day(5, 4), holiday(5, 8, "Early May bank holiday (75 years of VE Day)"))
        case 2022:
            (
                day(5, 30),
                holiday(6, 2, "Spring bank holiday") + holiday(6, 3, "Platinum Jubilee")
                    + holiday(9, 19, "State funeral of Queen Elizabeth II")
            )
        case 2023: ([], holiday(5, 8, "Coronation of King Charles III"))
        default: ([], [])
        }
    }

    private static func weekdayOnOrAfter(_ date: CivilDate) -> CivilDate {
        date.weekday.isWeekend ? date.next(.monday) : date
    }
}
