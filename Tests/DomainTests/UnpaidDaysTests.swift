import FoundationEssentials
import Testing

@testable import Domain

@Suite("Days that are still to be paid")
struct UnpaidDaysTests {
    private func period(_ first: String, _ last: String) throws -> CivilPeriod {
        try #require(CivilPeriod(first: day(first), last: day(last)))
    }

    @Test("taking days away leaves what is before, between and after them")
    func subtracting() throws {
        let march = try period("2026-03-01", "2026-03-31")
        #expect(march.subtracting([]) == [march])
        #expect(march.subtracting([march]) == [])
        #expect(march.subtracting([try period("2026-02-01", "2026-02-28")]) == [march])
        #expect(march.subtracting([try period("2026-02-01", "2026-03-01")]) == [try period("2026-03-02", "2026-03-31")])
        #expect(
            march.subtracting([try period("2026-03-20", "2026-04-02"), try period("2026-03-05", "2026-03-05")])
                == [try period("2026-03-01", "2026-03-04"), try period("2026-03-06", "2026-03-19")])
    }

    @Test("every day of an agreement is due exactly once, whatever was paid before (random, seed printed)")
    func everyDayOnce() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        let start = try day("2026-03-02")
        for _ in 0..<200 {
            let budget = try WeeklyBudget(
                budget: Pence(.random(in: 1...90_000, using: &generator)), contribution: .zero)
            let schedule = try #require(
                PaymentSchedule(
                    agreementID: id(1), firstStart: start,
                    endsOn: start.adding(days: .random(in: 0...200, using: &generator)), budget: budget))
            var paid: [CivilPeriod] = []
            var first = start.adding(days: -10)
            while first < start.adding(days: 150) {
                let last = first.adding(days: .random(in: 0...40, using: &generator))
                if Bool.random(using: &generator), let period = CivilPeriod(first: first, last: last) {
                    paid.append(period)
                }
                first = last.adding(days: 1)
            }
            let date = start.adding(days: .random(in: -5...220, using: &generator))
            let due = try schedule.due(by: date, paid: paid)
            for day in (0...260).map({ start.adding(days: $0) }) {
                let isScheduled = try schedule.periods(startingOnOrBefore: date).contains { $0.dates.contains(day) }
                let isPaid = paid.contains { $0.contains(day) }
                #expect(
                    due.count { $0.dates.contains(day) } == (isScheduled && !isPaid ? 1 : 0), "seed \(seed), \(day)")
            }
        }
    }

    @Test("a whole period costs four weeks, a part of one its days, each rounded once")
    func amounts() throws {
        let start = try day("2026-03-02")
        let schedule = try #require(
            PaymentSchedule(
                agreementID: id(1), firstStart: start,
                budget: try WeeklyBudget(budget: Pence(100_01), contribution: Pence(10_00))))
        #expect(try schedule.due(by: start, paid: []).map(\.amounts.net) == [Pence(360_04)])
        let rest = try schedule.due(by: start, paid: [try period("2026-03-02", "2026-03-19")])
        // Ten days: £142.87 (142.8714...) less £14.29 (14.2857...).
        #expect(rest.map(\.dates.dayCount) == [10])
        #expect(rest.map(\.amounts.net) == [Pence(128_58)])
    }
}
