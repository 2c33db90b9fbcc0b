import Domain
import FoundationEssentials
import Testing

@Suite("The measures count by the published rules")
struct MeasureTests {
    private let march = CivilDate("2026-03-31") ?? .min

    private func spell(
        _ person: UInt64, _ setting: SupportSetting = .community, _ mechanism: DeliveryMechanism? = .directPayment,
        _ start: String = "2025-06-01", to end: String? = nil, born: String? = "1950-01-01", died: String? = nil
    ) throws -> SupportSpell {
        SupportSpell(
            personID: id(person), setting: setting, mechanism: mechanism, startedOn: try day(start),
            endedOn: try end.map { try day($0) }, bornOn: try born.map { try day($0) },
            diedOn: try died.map { try day($0) })
    }

    @Test(
        "the published figures round as published",
        arguments: [
            (944, 5_157, "18.3"), (117_655, 480_105, "24.5"), (950, 6_183, "15.4"), (710, 3_303, "21.5"),
            (240, 2_880, "8.3"),
            (5_085, 5_157, "98.6"), (938, 6_295, "14.9"), (938, 6_077, "15.4"), (1_029, 6_953, "14.8"),
            (440, 3_118, "14.1"),
            (1, 8, "12.5"), (1, 16, "6.3"), (1, 2_000, "0.1"), (1, 2_001, "0.0"), (0, 5, "0.0"), (5, 5, "100.0"),
            (0, 0, "0.0"), (3, 0, "0.0"),
        ])
    func percentages(_ part: Int, whole: Int, text: String) {
        #expect(Tenths(percentOf: part, in: whole).description == text)
    }

    @Test("a percentage never traps, and agrees with half up reckoned by comparison")
    func percentageProperty() {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<5_000 {
            let whole = Int.random(in: 1...1_000_000, using: &generator)
            let part = Int.random(in: 0...whole, using: &generator)
            let tenths = Tenths(percentOf: part, in: whole).count
            // tenths is the only whole number within half a tenth: 2 × tenths - 1 <= 2000 × part / whole < 2 × tenths + 1.
            #expect((2 * tenths - 1) * whole <= 2_000 * part && 2_000 * part < (2 * tenths + 1) * whole, "seed \(seed)")
        }
        #expect(Tenths(percentOf: .max, in: 1).count == .max)
        #expect(Tenths(percentOf: .max, in: .max).description == "100.0")
        #expect(Tenths(percentOf: .min, in: 5).count == 0)
    }

    @Test("a person counts once, and a direct payment wins over other community support but not over a care home")
    func ranks() throws {
        let spells = [
            try spell(1), try spell(1, .community, .commissionedSupport),
            try spell(2), try spell(2, .residential, .commissionedSupport),
            try spell(3), try spell(3, .nursing, nil),
            try spell(4, .community, .managedPersonalBudget), try spell(4, .prison, .commissionedSupport),
            try spell(5, .community, nil),
            try spell(6, .prison, .directPayment),
            try spell(7, .residential, .directPayment),
        ]
        for order in [spells, spells.reversed()] {
            let takeUp = TakeUp(spells: order, on: march)
            #expect(takeUp.numerator == 1)
            #expect(takeUp.denominator == 3)
            #expect(takeUp.percent.description == "33.3")
            #expect(takeUp.mechanismUnknown == [id(5)])
        }
    }

    @Test("the ranks are those of the published query")
    func rankNumbers() {
        var numbers: [Int] = []
        for setting in [SupportSetting.nursing, .residential, .community, .prison] {
            for mechanism in [DeliveryMechanism.directPayment, .managedPersonalBudget, .commissionedSupport, nil] {
                numbers.append(SupportRank(setting: setting, mechanism: mechanism).rawValue)
            }
        }
        #expect(numbers == [1, 1, 1, 1, 2, 2, 2, 2, 3, 4, 5, 6, 9, 7, 8, 9])
    }

    @Test(
        "the day itself counts: a start, an end and a death on it are in",
        arguments: [
            ("2026-03-31", nil as String?, nil as String?, true), ("2026-04-01", nil, nil, false),
            ("2025-06-01", "2026-03-31", nil, true),
            ("2025-06-01", "2026-03-30", nil, false), ("2025-06-01", nil, "2026-03-31", true),
            ("2025-06-01", nil, "2026-03-30", false),
            ("2026-04-05", "2026-04-04", nil, false),
        ])
    func edges(_ start: String, end: String?, died: String?, counts: Bool) throws {
        let takeUp = TakeUp(spells: [try spell(1, .community, .directPayment, start, to: end, died: died)], on: march)
        #expect(takeUp.denominator == (counts ? 1 : 0))
        #expect(takeUp.percent.description == (counts ? "100.0" : "0.0"))
    }

    @Test("bands leave under-18s out and keep unknown ages in the total")
    func bands() throws {
        let spells = [
            try spell(1, born: "1961-03-31"), try spell(2, .community, .commissionedSupport, born: "1990-01-01"),
            try spell(3, born: nil), try spell(4, born: "2010-01-01"), try spell(5, born: "1961-04-01"),
        ]
        let takeUp = TakeUp(spells: spells, on: march)
        #expect(takeUp.denominator == 4)
        #expect(takeUp.numerator == 3)
        #expect(takeUp.bands[.older]?.denominator == 1)
        #expect(takeUp.bands[.workingAge]?.denominator == 2)
        #expect(takeUp.bands[.workingAge]?.numerator == 1)
        #expect(takeUp.bands[.unknown]?.denominator == 1)
        #expect(takeUp.bands[.under18] == nil)
    }

    @Test("a record without a date of birth counts in the band it gives, the newest one's, in any order")
    func recordedBands() throws {
        func recorded(_ person: UInt64, _ start: String, _ band: AgeBand) throws -> SupportSpell {
            var spell = try spell(person, .community, .directPayment, start, born: nil)
            spell.ageBand = band
            return spell
        }
        let spells = [
            try recorded(1, "2025-01-01", .workingAge), try recorded(1, "2025-06-01", .older),
            try recorded(1, "2025-07-01", .unknown), try recorded(2, "2025-01-01", .under18),
            try recorded(3, "2025-01-01", .workingAge), try recorded(3, "2025-01-01", .older),
            try recorded(4, "2025-01-01", .under18), try recorded(4, "2025-06-01", .workingAge),
        ]
        for order in [spells, spells.reversed()] {
            let takeUp = TakeUp(spells: order, on: march)
            #expect(takeUp.denominator == 3)
            #expect(takeUp.bands.mapValues(\.denominator) == [.older: 2, .workingAge: 1])
        }
    }

    @Test("someone who turns 18 in the month of the snapshot counts by the published rule and not by the birth date")
    func ageRules() throws {
        let spells = [try spell(1, born: "2008-03-31")]
        let before = try day("2026-03-30")
        #expect(TakeUp(spells: spells, on: before, ageRule: .exact).denominator == 0)
        #expect(TakeUp(spells: spells, on: before, ageRule: .published).denominator == 1)
        #expect(TakeUp(spells: spells, on: march, ageRule: .exact).denominator == 1)
    }

    @Test(
        "percentiles are values that someone waited, by nearest rank",
        arguments: [
            ([], nil as Int?, nil as Int?), ([7], 7, 7), ([1, 2], 1, 2), ([3, 1, 2], 2, 3), ([1, 2, 3, 4], 2, 4),
            (Array(1...10), 5, 9), (Array(1...11), 6, 10), (Array(1...100), 50, 90),
        ])
    func waits(_ days: [Int], median: Int?, ninetieth: Int?) {
        let waits = Waits(days: days)
        #expect(waits.count == days.count)
        #expect(waits.median == median)
        #expect(waits.ninetieth == ninetieth)
    }

    @Test("nearest rank agrees with its definition on random values")
    func nearestRankProperty() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<500 {
            let values = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                Int.random(in: 0...50, using: &generator)
            }.sorted()
            let percent = Int.random(in: 1...100, using: &generator)
            // The smallest value that at least so many percent do not exceed, found by trying each.
            let expected = values.first { value in values.count { $0 <= value } * 100 >= percent * values.count }
            #expect(Waits.nearestRank(percent: percent, of: values) == expected, "seed \(seed)")
        }
        #expect(Waits.nearestRank(percent: 0, of: [1]) == nil)
        #expect(Waits.nearestRank(percent: 101, of: [1]) == nil)
    }

    @Test("starts and ends fall into their months, and a spell that follows on is neither")
    func flows() throws {
        let spells = [
            try spell(1, .community, .directPayment, "2026-01-10", to: "2026-02-10"),
            try spell(1, .community, .directPayment, "2026-02-11"),
            try spell(2, .community, .directPayment, "2026-01-31", to: "2026-03-01"),
            try spell(2, .community, .directPayment, "2026-03-03", to: "2026-03-31"),
            try spell(3, .community, .commissionedSupport, "2026-01-01"),
            try spell(4, .community, .directPayment, "2026-02-01", to: "2026-01-31"),
            try spell(5, .community, .directPayment, "2026-01-01"),
            try spell(5, .community, .directPayment, "2026-02-20", to: "2026-03-20"),
        ]
        let flows = MonthlyFlow.directPayments(in: spells, from: try day("2026-01-15"), to: try day("2026-04-01"))
        #expect(flows.map(\.month.description) == ["2026-01", "2026-02", "2026-03", "2026-04"])
        #expect(flows.map(\.starts) == [3, 0, 1, 0])
        #expect(flows.map(\.ends) == [0, 0, 2, 0])
    }

    @Test(
        "counts of one to four are hidden; nought is shown",
        arguments: [
            (0, "0"), (1, "[c]"), (4, "[c]"), (5, "5"), (6, "6"),
        ])
    func hidden(_ count: Int, text: String) {
        #expect(DisclosedCount(count).description == text)
    }

    @Test(
        "a share is hidden whole where the part, the rest or the whole is small",
        arguments: [
            (0, 0, true), (0, 5, true), (5, 10, true), (4, 10, false), (6, 10, false), (5, 9, false), (0, 4, false),
            (10, 10, true),
        ])
    func shares(_ numerator: Int, denominator: Int, isShown: Bool) {
        let share = DisclosedShare(numerator: numerator, denominator: denominator)
        #expect((share.percent != nil) == isShown)
        #expect((share.numerator == .shown(numerator)) == isShown)
        #expect((share.denominator == .shown(denominator)) == isShown)
    }

    @Test("where one part of a whole is hidden, all parts are, and parts without anybody are not")
    func parts() {
        func shares(_ parts: [AgeBand: (Int, Int)]) -> [AgeBand: DisclosedCount] {
            DisclosedShare.parts(
                parts.mapValues { part in
                    var counts = TakeUp.Counts()
                    (counts.numerator, counts.denominator) = part
                    return counts
                }
            ).mapValues(\.denominator)
        }
        #expect(shares([.workingAge: (10, 20), .older: (5, 30)]) == [.workingAge: .shown(20), .older: .shown(30)])
        #expect(shares([.workingAge: (10, 20), .older: (0, 0)]) == [.workingAge: .shown(20), .older: .shown(0)])
        #expect(
            shares([.workingAge: (10, 20), .older: (5, 30), .unknown: (0, 3)])
                == [.workingAge: .suppressed, .older: .suppressed, .unknown: .suppressed])
    }

    @Test(
        "in a series whose sum is shown nothing hidden can be reckoned",
        arguments: [
            ([5, 6, 0], ["5", "6", "0"]), ([3, 6, 9], ["[c]", "[c]", "9"]), ([3, 0, 9], ["[c]", "0", "[c]"]),
            ([1, 2, 9], ["[c]", "[c]", "9"]), ([1, 1, 9], ["[c]", "[c]", "[c]"]),
            ([4, 4, 9, 7], ["[c]", "[c]", "9", "[c]"]),
            ([2, 0, 0], ["[c]", "[c]", "0"]), ([2], ["[c]"]), ([], []),
        ])
    func series(_ counts: [Int], shown: [String]) {
        #expect(DisclosedCount.series(counts).map(\.description) == shown)
    }
}
