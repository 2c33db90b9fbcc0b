import Domain
import FoundationEssentials
import Testing

@Suite("The calendar is right on every day")
struct CivilDateTests {
    @Test("every day of eight hundred years follows the one before, by an independent count")
    func everyDay() throws {
        // The counter knows nothing of day numbers: it only adds one to a day, and carries.
        var (year, month, dayOfMonth, dayOfYear, weekday) = (1600, 1, 1, 1, 6)
        let start = try day("1600-01-01")
        for offset in 0..<292_194 {
            let date = start.adding(days: offset)
            let parts = date.components
            guard parts == (year, month, dayOfMonth), date.dayOfYear == dayOfYear, date.weekday.rawValue == weekday,
                CivilDate(year: year, month: month, day: dayOfMonth) == date
            else {
                Issue.record("day \(offset): \(date) should be \(year)-\(month)-\(dayOfMonth)")
                return
            }
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            weekday = weekday == 7 ? 1 : weekday + 1
            dayOfMonth += 1
            dayOfYear += 1
            if dayOfMonth > lengths[month - 1] {
                dayOfMonth = 1
                month += 1
            }
            if month > 12 { (year, month, dayOfYear) = (year + 1, 1, 1) }
        }
        #expect(year == 2400 && month == 1)
    }

    @Test(
        "known days have their numbers",
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -1), ("2000-03-01", 11_017), ("2026-11-25", 20_782),
            ("0001-01-01", -719_162),
            ("9999-12-31", 2_932_896),
        ])
    func dayNumbers(_ text: String, number: Int) throws {
        #expect(try day(text).dayNumber == number)
        #expect(CivilDate(clampingDayNumber: number).description == text)
    }

    @Test("random dates print and read back the same")
    func textRoundTrip() {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<5_000 {
            let number = Int.random(in: CivilDate.min.dayNumber...CivilDate.max.dayNumber, using: &generator)
            let date = CivilDate(clampingDayNumber: number)
            #expect(CivilDate(date.description) == date, "seed \(seed)")
        }
    }

    @Test(
        "text that is not exactly a date is refused",
        arguments: [
            "", "2026", "2026-1-01", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31", "2026-01-00", "0000-01-01",
            "2026-01-011", " 2026-01-01", "2026-01-01 ", "2026/01/01", "20260101", "-026-01-01", "２０２６-01-01",
            "2026-01-0a",
        ])
    func refusedText(_ text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test("arithmetic stops at the ends of the calendar and never traps")
    func ends() {
        #expect(CivilDate.max.adding(days: 1) == .max)
        #expect(CivilDate.min.adding(days: -1) == .min)
        for step in [Int.max, Int.min, Int.max / 7, Int.min / 7] {
            let end: CivilDate = step > 0 ? .max : .min
            #expect(CivilDate.max.adding(days: step) == end)
            #expect(CivilDate.min.adding(weeks: step) == end)
            #expect(CivilDate.max.adding(months: step) == end)
            #expect(CivilDate.min.adding(years: step) == end)
            #expect(CivilDate(clampingDayNumber: step) == end)
        }
    }

    @Test(
        "a month after a long month's end is the short month's end",
        arguments: [
            ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-03-31", -1, "2026-02-28"),
            ("2026-12-15", 1, "2027-01-15"), ("2026-01-15", -1, "2025-12-15"), ("2024-02-29", 12, "2025-02-28"),
            ("2026-05-31", 18, "2027-11-30"), ("2026-05-31", 0, "2026-05-31"), ("0001-02-01", -1, "0001-01-01"),
        ])
    func months(_ from: String, count: Int, expected: String) throws {
        #expect(try day(from).adding(months: count).description == expected)
    }

    @Test(
        "weeks of ISO 8601 at the turns of years",
        arguments: [
            ("2026-01-01", 2026, 1), ("2027-01-01", 2026, 53), ("2024-12-30", 2025, 1), ("2021-01-03", 2020, 53),
            ("2023-01-01", 2022, 52), ("2026-11-25", 2026, 48),
        ])
    func weeks(_ text: String, year: Int, week: Int) throws {
        #expect(try day(text).isoWeek == (year, week))
    }

    @Test("periods know their days and whether they meet")
    func periods() throws {
        let april = try #require(CivilPeriod(first: day("2026-04-01"), last: day("2026-04-30")))
        let next = try #require(CivilPeriod(first: day("2026-05-01"), last: day("2026-05-01")))
        let across = try #require(CivilPeriod(first: day("2026-04-30"), last: day("2026-05-01")))
        #expect(april.dayCount == 30)
        #expect(next.dayCount == 1)
        #expect(!april.overlaps(next) && !next.overlaps(april))
        #expect(april.overlaps(across) && across.overlaps(next))
        #expect(try CivilPeriod(first: day("2026-05-01"), last: day("2026-04-30")) == nil)
        #expect(try april.contains(day("2026-04-30")) && !april.contains(day("2026-05-01")))
    }

    @Test(
        "a financial year begins on 1 April",
        arguments: [
            ("2026-03-31", "2025-26", "2025-04-01"), ("2026-04-01", "2026-27", "2026-04-01"),
            ("1999-12-31", "1999-00", "1999-04-01"),
        ])
    func financialYears(_ text: String, name: String, first: String) throws {
        let year = FinancialYear(containing: try day(text))
        #expect(year.description == name)
        #expect(year.first.description == first)
        #expect(try year.last == day("\(year.startYear + 1)-03-31"))
    }

    @Test("dates travel in JSON as their text")
    func json() throws {
        let date = try day("2026-11-25")
        #expect(String(decoding: try JSONEncoder().encode([date]), as: UTF8.self) == "[\"2026-11-25\"]")
        #expect(try JSONDecoder().decode([CivilDate].self, from: Data("[\"2026-11-25\"]".utf8)) == [date])
        for bad in ["[\"2026-02-30\"]", "[20260101]", "[null]"] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([CivilDate].self, from: Data(bad.utf8)) }
        }
    }
}
