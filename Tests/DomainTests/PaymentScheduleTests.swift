import FoundationEssentials
import Testing

@testable import Domain

@Suite("Four-weekly payments and the days on which they arrive")
struct PaymentScheduleTests {
    private func schedule(ends: String? = nil) throws -> PaymentSchedule {
        let budget = try WeeklyBudget(budget: Pence(30_000), contribution: Pence(4_025))
        return try #require(
            PaymentSchedule(
                agreementID: id(1), firstStart: day("2026-04-06"), endsOn: ends.map { try day($0) }, budget: budget))
    }

    @Test("period k begins 28 k days after the first and pays four weeks net")
    func wholePeriods() throws {
        let schedule = try schedule()
        for index in [0, 1, 2, 12, 13, 100] {
            let period = try #require(try schedule.period(index))
            #expect(period.dates.first == schedule.firstStart.adding(days: 28 * index))
            #expect(period.dates.dayCount == 28)
            #expect(
                period.amounts == PeriodAmounts(gross: Pence(120_000), contribution: Pence(16_100), net: Pence(103_900))
            )
            #expect(!period.isPartial)
        }
    }

    @Test(
        "a last period that is cut short is paid by the day",
        arguments: [
            ("2026-05-03", 28, 120_000, 16_100), ("2026-05-02", 27, 115_714, 15_525), ("2026-04-06", 1, 4_286, 575),
            ("2026-04-12", 7, 30_000, 4_025), ("2026-04-08", 3, 12_857, 1_725),
        ])
    func partial(_ ends: String, days: Int, gross: Int64, contribution: Int64) throws {
        let period = try #require(try schedule(ends: ends).period(0))
        #expect(period.dates.dayCount == days)
        #expect(period.amounts.gross == Pence(gross))
        #expect(period.amounts.contribution == Pence(contribution))
        #expect(period.amounts.net == Pence(gross - contribution))
        #expect(try schedule(ends: ends).period(1) == nil)
    }

    @Test("periods cover every day once, from the first to the last")
    func cover() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<200 {
            let length = Int.random(in: 0...400, using: &generator)
            let end = try day("2026-04-06").adding(days: length)
            let periods = try schedule(ends: end.description).periods(startingOnOrBefore: end.adding(days: 60))
            #expect(periods.map(\.dates.dayCount).reduce(0, +) == length + 1, "seed \(seed)")
            for (one, next) in zip(periods, periods.dropFirst()) {
                #expect(one.dates.last.adding(days: 1) == next.dates.first, "seed \(seed)")
            }
            #expect(periods.last?.dates.last == end)
        }
    }

    @Test(
        "what is due is what begins by the day, since payment is in advance",
        arguments: [
            ("2026-04-05", 0), ("2026-04-06", 1), ("2026-05-03", 1), ("2026-05-04", 2), ("2027-04-05", 14),
        ])
    func due(_ date: String, count: Int) throws {
        #expect(try schedule().periods(startingOnOrBefore: day(date)).count == count)
    }

    @Test("a day lies in the period that covers it")
    func containing() throws {
        let schedule = try schedule(ends: "2026-05-10")
        #expect(try schedule.periodIndex(containing: day("2026-04-05")) == nil)
        #expect(try schedule.periodIndex(containing: day("2026-04-06")) == 0)
        #expect(try schedule.periodIndex(containing: day("2026-05-03")) == 0)
        #expect(try schedule.periodIndex(containing: day("2026-05-04")) == 1)
        #expect(try schedule.periodIndex(containing: day("2026-05-10")) == 1)
        #expect(try schedule.periodIndex(containing: day("2026-05-11")) == nil)
    }

    @Test("period numbers outside their limits have no dates")
    func indexLimits() throws {
        let schedule = try schedule()
        #expect(schedule.dates(ofPeriod: -1) == nil)
        #expect(schedule.dates(ofPeriod: PaymentSchedule.periodIndexMax - 1) != nil)
        #expect(schedule.dates(ofPeriod: PaymentSchedule.periodIndexMax) != nil)
        #expect(schedule.dates(ofPeriod: PaymentSchedule.periodIndexMax + 1) == nil)
        #expect(schedule.dates(ofPeriod: .max) == nil)
        #expect(
            try PaymentSchedule(
                agreementID: id(1), firstStart: day("2026-04-06"), endsOn: day("2026-04-05"), budget: schedule.budget)
                == nil)
    }

    @Test(
        "Bacs needs three working days, around weekends and bank holidays",
        arguments: [
            ("2026-04-10", "2026-04-08", "2026-04-09"), ("2026-04-08", "2026-04-02", "2026-04-07"),
            ("2026-04-07", "2026-04-01", "2026-04-02"),
            ("2026-12-29", "2026-12-23", "2026-12-24"),
        ])
    func cycle(_ arrival: String, submission: String, processing: String) throws {
        let cycle = try #require(BacsCycle(arrivingOn: day(arrival)))
        #expect(try cycle.submission == day(submission))
        #expect(try cycle.processing == day(processing))
    }

    @Test("money cannot arrive on a day without work, and arrives before it instead")
    func holidays() throws {
        #expect(BacsCycle(arrivingOn: try day("2026-04-03")) == nil)
        #expect(try BacsCycle(arrivingBy: day("2026-04-06")).arrival == day("2026-04-02"))
    }

    @Test(
        "a file makes today's cycle until half past ten in London",
        arguments: [
            ("2026-06-10", 21, 30, "2026-06-10", "2026-06-12"), ("2026-06-10", 21, 31, "2026-06-11", "2026-06-15"),
            ("2026-12-10", 22, 30, "2026-12-10", "2026-12-14"), ("2026-12-10", 22, 31, "2026-12-11", "2026-12-15"),
            ("2026-06-13", 9, 0, "2026-06-15", "2026-06-17"),
        ])
    func cutOff(_ date: String, hour: Int, minute: Int, submission: String, arrival: String) throws {
        let ready = try instant(date, hour, minute)
        let cycle = BacsCycle(readyAt: ready)
        #expect(try cycle.submission == day(submission))
        #expect(try cycle.arrival == day(arrival))
        #expect(cycle.canBeMet(at: ready))
        #expect(!cycle.canBeMet(at: ready + 5 * 86_400))
    }
}
