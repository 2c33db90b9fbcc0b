package import FoundationEssentials

/// The clock on the wall in England. The rule is written out here, since the domain reads no time zone database: summer time
/// runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. That is the law since 1996;
/// for older instants the same rule is used, which is off by at most a week in October.
package enum LondonTime {
    /// Whether British Summer Time is in force at `instant`.
    package static func isSummerTime(at instant: Date) -> Bool {
        let seconds = secondsSince1970(of: instant)
        let year = CivilDate(clampingDayNumber: floorDivide(seconds, by: 86_400)).year
        return turn(month: 3, year: year) <= seconds && seconds < turn(month: 10, year: year)
    }

    /// The civil date in England at `instant`.
    package static func date(of instant: Date) -> CivilDate {
        let seconds = secondsSince1970(of: instant)
        let shift = isSummerTime(at: instant) ? 3_600 : 0
        return CivilDate(clampingDayNumber: floorDivide(seconds + shift, by: 86_400))
    }

    /// Whole minutes since midnight in England at `instant`, 0 to 1439.
    package static func minuteOfDay(of instant: Date) -> Int {
        let seconds = secondsSince1970(of: instant) + (isSummerTime(at: instant) ? 3_600 : 0)
        return (seconds - floorDivide(seconds, by: 86_400) * 86_400) / 60
    }

    /// The instant at which it is `hour`:`minute` on `date` in England. An hour that the spring change skips counts as the
    /// hour after it; an hour that the autumn change repeats is the first of the two.
    package static func instant(on date: CivilDate, hour: Int, minute: Int) -> Date {
        let wall = date.dayNumber * 86_400 + hour * 3_600 + minute * 60
        let asSummer = Date(timeIntervalSince1970: Double(wall - 3_600))
        return isSummerTime(at: asSummer) ? asSummer : Date(timeIntervalSince1970: Double(wall))
    }

    /// 01:00 UTC on the last Sunday of a month that has 31 days.
    private static func turn(month: Int, year: Int) -> Int {
        let end = CivilDate(year: year, month: month, day: 31) ?? .max
        return end.last(.sunday).dayNumber * 86_400 + 3_600
    }

    private static func secondsSince1970(of instant: Date) -> Int {
        let bound = 3.0e11
        let seconds = instant.timeIntervalSince1970
        // A Date may hold any Double. A NaN becomes 1970, anything else the nearest end of the calendar.
        guard !seconds.isNaN else { return 0 }
        return Int(min(max(seconds, -bound), bound).rounded(.down))
    }

    private static func floorDivide(_ number: Int, by divisor: Int) -> Int {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}

extension CivilDate {
    /// The civil date in England at `instant`.
    package init(londonDateOf instant: Date) {
        self = LondonTime.date(of: instant)
    }
}
