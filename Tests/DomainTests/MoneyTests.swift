import Domain
import FoundationEssentials
import Testing

@Suite("Money is exact or it is refused")
struct MoneyTests {
    @Test(
        "sums and differences that do not fit throw",
        arguments: [
            (Int64.max, Int64(1)), (.min, -1), (.max, .max), (.min, .min),
        ])
    func overflow(_ left: Int64, right: Int64) {
        #expect(throws: MoneyError.outOfRange) { try Pence(left) + Pence(right) }
        #expect(throws: MoneyError.outOfRange) { try Pence(left) * 3 }
    }

    @Test("what is added can be taken away again")
    func addAndSubtract() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<5_000 {
            let left = Pence(Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &generator))
            let right = Pence(Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &generator))
            #expect(try (left + right) - right == left, "seed \(seed)")
        }
    }

    @Test("the shares of a whole never stray from it by more than half a penny each")
    func shares() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<5_000 {
            let amount = Int64.random(in: -10_000_000...10_000_000, using: &generator)
            let whole = Int.random(in: 1...400, using: &generator)
            let part = Int.random(in: 0...whole, using: &generator)
            let share = try Pence(amount).share(part, of: whole).amount
            // Twice the distance times the whole is at most the whole: half a penny.
            let distance = abs(share * Int64(whole) - amount * Int64(part))
            #expect(2 * distance <= Int64(whole), "seed \(seed): \(amount) × \(part)/\(whole) = \(share)")
        }
    }

    @Test(
        "half a penny goes away from zero, and the largest amounts work",
        arguments: [
            (Int64(1), 1, 2, Int64(1)), (-1, 1, 2, -1), (1, 1, 3, 0), (2, 1, 3, 1), (5, 28, 7, 20), (.max, 1, 1, .max),
            (.min, 1, 1, .min),
            (.max, .max, .max, .max), (100, 0, 7, 0),
        ])
    func rounding(_ amount: Int64, part: Int, whole: Int, expected: Int64) throws {
        #expect(try Pence(amount).share(part, of: whole) == Pence(expected))
    }

    @Test("a share that is none, or does not fit, is refused")
    func impossibleShares() {
        #expect(throws: MoneyError.impossibleShare) { try Pence(1).share(1, of: 0) }
        #expect(throws: MoneyError.impossibleShare) { try Pence(1).share(-1, of: 2) }
        #expect(throws: MoneyError.outOfRange) { try Pence(.max).share(2, of: 1) }
    }

    @Test(
        "pounds are read as people type them",
        arguments: [
            ("0", Int64(0)), ("1", 100), ("1.5", 150), ("1.05", 105), ("£1,234.56", 123_456),
            ("1,234,567", 123_456_700), ("-0.07", -7),
            ("-£5", -500), ("0.00", 0), ("92233720368547758.07", .max), ("-92233720368547758.08", .min),
        ])
    func parse(_ text: String, pence: Int64) throws {
        #expect(try Pence(pounds: text) == Pence(pence))
    }

    @Test(
        "what is no amount of pounds is refused",
        arguments: [
            "", "-", "£", ".", "1.", ".5", "1.234", "1,23", "1,2345", ",123", "12,34,567", "1 000", "1e3", "+1", "--1",
            "1.-5", "£-5",
            "١", "1.5.5", "NaN", "0x10",
            "+5", "+0", "007", "00", "00.50", "-05", "£01", "0,123", "01,234",
        ])
    func refuse(_ text: String) {
        #expect(throws: MoneyError.notAnAmount) { try Pence(pounds: text) }
    }

    @Test(
        "amounts beyond the range are refused as such",
        arguments: [
            "92233720368547758.08", "-92233720368547758.09", "99999999999999999999", "-99999999999999999999",
        ])
    func tooLarge(_ text: String) {
        #expect(throws: MoneyError.outOfRange) { try Pence(pounds: text) }
    }

    @Test("every amount prints and reads back the same, with and without commas")
    func textRoundTrip() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for amount in [Int64.min, .max, 0, -1, 1, 99, 100, 99_999, 100_000]
            + (0..<3_000).map({ _ in
                Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...62, using: &generator)
            })
        {
            #expect(try Pence(pounds: Pence(amount).description).amount == amount, "seed \(seed)")
            #expect(try Pence(pounds: Pence(amount).plainPounds).amount == amount, "seed \(seed)")
        }
        #expect(Pence(-123_456_789).description == "-£1,234,567.89")
        #expect(Pence(5).plainPounds == "0.05")
    }

    @Test("pence travel in JSON as a string of whole pence and as nothing else")
    func json() throws {
        #expect(String(decoding: try JSONEncoder().encode([Pence(.max)]), as: UTF8.self) == "[\"9223372036854775807\"]")
        for bad in ["[5]", "[\"5.0\"]", "[\"+5\"]", "[\"05\"]", "[\"\"]", "[\"9223372036854775808\"]", "[\" 5\"]"] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([Pence].self, from: Data(bad.utf8)) }
        }
    }

    @Test(
        "a weekly budget has its limits",
        arguments: [
            (Int64(1), Int64(0), nil as WeeklyBudgetError?), (100, 100, nil), (0, 0, .budgetNotPositive),
            (-1, 0, .budgetNotPositive),
            (100, 101, .contributionAboveBudget), (100, -1, .contributionNegative), (1_999_999, 0, nil),
            (2_000_000, 0, nil),
            (2_000_001, 0, .budgetAboveLimit),
        ])
    func budgets(_ budget: Int64, contribution: Int64, error: WeeklyBudgetError?) throws {
        do {
            _ = try WeeklyBudget(budget: Pence(budget), contribution: Pence(contribution))
            #expect(error == nil)
        } catch let refused {
            #expect(refused == error)
        }
    }

    @Test("gross, contribution and net always add up, and four weeks are four times one week")
    func amounts() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<3_000 {
            let gross = Int64.random(in: 1...2_000_000, using: &generator)
            let budget = try WeeklyBudget(
                budget: Pence(gross), contribution: Pence(Int64.random(in: 0...gross, using: &generator)))
            let days = Int.random(in: 0...28, using: &generator)
            let amounts = try budget.amounts(forDays: days)
            #expect(try amounts.net + amounts.contribution == amounts.gross, "seed \(seed)")
            #expect(amounts.net >= .zero, "seed \(seed)")
            #expect(try budget.amounts(forDays: 28).gross == budget.budget * 4)
            #expect(try budget.amounts(forDays: 28).contribution == budget.contribution * 4)
        }
    }
}
