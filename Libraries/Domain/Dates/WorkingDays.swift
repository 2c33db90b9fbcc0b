extension CivilDate {
    /// Whether banks and offices in England work on this day: no weekend, no bank holiday.
    package var isWorkingDay: Bool { !weekday.isWeekend && !BankHolidays.contains(self) }

    /// This day where it is a working day, else the next one.
    package var workingDayOnOrAfter: CivilDate {
        var date = self
        while !date.isWorkingDay, date < .max { date = date.adding(days: 1) }
        return date
    }

    /// This day where it is a working day, else the one before.
    package var workingDayOnOrBefore: CivilDate {
        var date = self
        while !date.isWorkingDay, date > .min { date = date.adding(days: -1) }
        return date
    }

    /// The `count`th working day after this day (before it when negative); this day itself, working or not, when 0. Stops at
    /// the ends of the calendar.
    package func adding(workingDays count: Int) -> CivilDate {
        var date = self
        var left = count.magnitude
        let step = count < 0 ? -1 : 1
        let end = count < 0 ? CivilDate.min : CivilDate.max
        while left > 0, date != end {
            date = date.adding(days: step)
            if date.isWorkingDay { left -= 1 }
        }
        return date
    }

    /// How many working days there are after `start`, up to and including this day; 0 where `start` is not earlier.
    package func workingDays(since start: CivilDate) -> Int {
        var count = 0
        var date = start
        while date < self {
            date = date.adding(days: 1)
            if date.isWorkingDay { count += 1 }
        }
        return count
    }
}
