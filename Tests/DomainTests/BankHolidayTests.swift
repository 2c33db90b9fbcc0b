import Domain
import FoundationEssentials
import Testing

@Suite("Bank holidays, working days and London's clock")
struct BankHolidayTests {
    @Test(
        "the published holidays of each year, and no others",
        arguments: [
            (2018, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26"),
            (2019, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
            (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
            (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
            (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
            (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
            (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
            (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
            (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
            (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
            (2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"),
            (2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"),
            (2002, "01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26"),
        ])
    func published(_ year: Int, days: String) {
        let expected = days.split(separator: " ").map { "\(year)-\($0)" }
        #expect(BankHolidays.inEngland(year: year).map(\.date.description) == expected)
    }

    @Test(
        "Easter on its earliest, latest and trickiest dates",
        arguments: [
            "1818-03-22", "1886-04-25", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23",
            "2011-04-24",
            "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25", "2049-04-18", "2076-04-19", "2285-03-22",
            "1609-04-19",
        ])
    func easter(_ text: String) throws {
        let expected = try day(text)
        #expect(BankHolidays.easterSunday(year: expected.year) == expected)
    }

    @Test("Easter agrees with another way to reckon it, for every year of five centuries")
    func easterByAnotherWay() throws {
        for year in 1600...2_100 {
            // The anonymous rule of 1876, which reckons with quotients only.
            let (a, b, c) = (year % 19, year / 100, year % 100)
            let (d, e) = (b / 4, b % 4)
            let g = (b - (b + 8) / 25 + 1) / 3
            let h = (19 * a + b - d - g + 15) % 30
            let l = (32 + 2 * e + 2 * (c / 4) - h - c % 4) % 7
            let m = (a + 11 * h + 22 * l) / 451
            let sum = h + l - 7 * m + 114
            let expected = CivilDate(year: year, month: sum / 31, day: sum % 31 + 1)
            #expect(BankHolidays.easterSunday(year: year) == expected)
        }
    }

    @Test("working days leave out weekends and bank holidays")
    func workingDays() throws {
        let thursdayBeforeEaster = try day("2026-04-02")
        #expect(try thursdayBeforeEaster.adding(workingDays: 1) == day("2026-04-07"))
        #expect(try day("2026-04-07").adding(workingDays: -1) == thursdayBeforeEaster)
        #expect(try day("2026-04-04").adding(workingDays: 0) == day("2026-04-04"))
        #expect(try day("2026-04-04").workingDayOnOrAfter == day("2026-04-07"))
        #expect(try day("2026-04-04").workingDayOnOrBefore == thursdayBeforeEaster)
        #expect(try day("2026-04-07").workingDays(since: thursdayBeforeEaster) == 1)
        #expect(try thursdayBeforeEaster.workingDays(since: day("2026-04-07")) == 0)
    }

    @Test("so many working days on and back again is where one began")
    func thereAndBack() {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<100 {
            let start = CivilDate(clampingDayNumber: Int.random(in: 10_000...30_000, using: &generator))
                .workingDayOnOrAfter
            let count = Int.random(in: 1...60, using: &generator)
            let end = start.adding(workingDays: count)
            #expect(end.adding(workingDays: -count) == start, "seed \(seed)")
            #expect(end.workingDays(since: start) == count, "seed \(seed)")
        }
    }

    @Test(
        "summer time turns at one o'clock UTC on the last Sundays",
        arguments: [
            ("2026-03-29", 0, 59, 59, false), ("2026-03-29", 1, 0, 0, true), ("2026-10-25", 0, 59, 59, true),
            ("2026-10-25", 1, 0, 0, false), ("2024-03-31", 1, 0, 0, true), ("2026-01-01", 12, 0, 0, false),
            ("2026-07-01", 12, 0, 0, true),
        ])
    func summerTime(_ date: String, hour: Int, minute: Int, second: Int, isSummer: Bool) throws {
        #expect(LondonTime.isSummerTime(at: try instant(date, hour, minute, second)) == isSummer)
    }

    @Test("an hour before midnight UTC in summer is tomorrow in London")
    func londonDate() throws {
        #expect(CivilDate(londonDateOf: try instant("2026-06-30", 23)) == (try day("2026-07-01")))
        #expect(CivilDate(londonDateOf: try instant("2026-06-30", 22, 59)) == (try day("2026-06-30")))
        #expect(CivilDate(londonDateOf: try instant("2026-12-31", 23, 59)) == (try day("2026-12-31")))
        #expect(CivilDate(londonDateOf: try instant("1969-12-31", 23, 59)) == (try day("1969-12-31")))
    }

    @Test("a time of day in London gives its instant, and the instant gives it back")
    func wallClock() throws {
        for month in 1...12 {
            for hour in 3...23 {
                let date = try #require(CivilDate(year: 2026, month: month, day: 25))
                let instant = LondonTime.instant(on: date, hour: hour, minute: 7)
                #expect(LondonTime.date(of: instant) == date)
                #expect(LondonTime.minuteOfDay(of: instant) == hour * 60 + 7)
            }
        }
        #expect(
            LondonTime.instant(on: try day("2026-03-29"), hour: 1, minute: 30) == (try instant("2026-03-29", 1, 30)))
        #expect(
            LondonTime.instant(on: try day("2026-10-25"), hour: 1, minute: 30) == (try instant("2026-10-25", 0, 30)))
    }

    @Test("no instant traps", arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300, 0])
    func strangeInstants(_ seconds: Double) {
        let instant = Date(timeIntervalSince1970: seconds)
        #expect((CivilDate.min ... .max).contains(CivilDate(londonDateOf: instant)))
        #expect((0..<1_440).contains(LondonTime.minuteOfDay(of: instant)))
        #expect(UUID.v7(at: instant, randomness: (1, 2)).uuidString.count == 36)
    }
}
