import Domain
import FoundationEssentials
import Testing

@Suite("People")
struct PeopleTests {
    @Test(
        "NHS numbers whose check digit is right",
        arguments: [
            "9434765919", "9876543210", "9990000018", "999 000 0026", "999-000-0034", "9413946000", "9912003888",
            "9658218881",
        ])
    func valid(_ text: String) throws {
        let number = try #require(NHSNumber(text))
        #expect(number.digits == text.filter { $0.isNumber })
        #expect(NHSNumber(number.spaced) == number)
    }

    @Test(
        "NHS numbers whose check digit is wrong are said to be so and not lost",
        arguments: [
            "3478526985", "0000255355", "9876544321", "9111111124", "9990000019",
        ])
    func wrong(_ text: String) {
        #expect(NHSNumberCheck(text) == .wrongCheckDigit(digits: text))
        #expect(NHSNumber(text) == nil)
    }

    @Test(
        "what does not have ten digits is no NHS number",
        arguments: [
            "", "999000001", "99900000180", "999000001X", "999.000.0018", "９９９０００００１８",
            String(repeating: "9", count: 5_000),
        ])
    func notTen(_ text: String) {
        #expect(NHSNumberCheck(text) == .notTenDigits)
    }

    @Test("any single wrong digit and any swap of neighbours is noticed")
    func errorsAreNoticed() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<300 {
            guard let number = NHSNumber(stem: Int.random(in: 0...999_999_999, using: &generator)) else { continue }
            let digits = Array(number.digits)
            for index in digits.indices {
                var changed = digits
                changed[index] = digits[index] == "0" ? "1" : "0"
                #expect(NHSNumber(String(changed)) == nil, "seed \(seed)")
                guard index > 0, digits[index] != digits[index - 1] else { continue }
                var swapped = digits
                swapped.swapAt(index, index - 1)
                #expect(NHSNumber(String(swapped)) == nil, "seed \(seed)")
            }
        }
    }

    @Test(
        "numbers lie in the block that was set aside for them",
        arguments: [
            (999_000_000, NHSNumberRange.example), (999_999_999, .example), (998_999_999, .unallocated),
            (400_000_000, .england),
            (499_999_999, .england), (500_000_000, .internalTesting), (600_000_000, .england), (799_999_999, .england),
            (800_000_000, .ireland), (860_000_000, .unallocated), (320_000_001, .northernIreland),
            (10_100_000, .scotland),
            (311_299_999, .scotland), (0, .unallocated),
        ])
    func ranges(_ stem: Int, range: NHSNumberRange) {
        #expect(NHSNumberRange(stem: stem) == range)
    }

    @Test(
        "ages on the day before, on and after a birthday",
        arguments: [
            ("1944-03-10", "2026-03-09", 81), ("1944-03-10", "2026-03-10", 82), ("2008-02-29", "2026-02-28", 17),
            ("2008-02-29", "2026-03-01", 18), ("2008-02-29", "2028-02-29", 20), ("2026-03-10", "2026-03-10", 0),
        ])
    func ages(_ born: String, on: String, years: Int) throws {
        #expect(Age.years(born: try day(born), on: try day(on)) == years)
    }

    @Test("nobody has an age before birth")
    func unborn() throws {
        #expect(Age.years(born: try day("2026-03-10"), on: try day("2026-03-09")) == nil)
        #expect(AgeBand(born: try day("2026-03-10"), on: try day("2026-03-09")) == .unknown)
    }

    @Test("the published age counts from the first of the birth month")
    func publishedAge() throws {
        #expect(Age.publishedYears(born: try day("1961-03-31"), on: try day("2026-03-31")) == 65)
        #expect(Age.years(born: try day("1961-04-01"), on: try day("2026-03-31")) == 64)
        #expect(Age.publishedYears(born: try day("1961-04-01"), on: try day("2026-03-31")) == 64)
        #expect(Age.publishedYears(born: try day("2026-04-15"), on: try day("2026-03-31")) == nil)
    }

    @Test(
        "age bands turn at 18 and 65",
        arguments: [
            (17 as Int?, AgeBand.under18), (18, .workingAge), (64, .workingAge), (65, .older), (110, .older),
            (nil, .unknown), (-1, .unknown),
        ])
    func bands(_ age: Int?, band: AgeBand) {
        #expect(AgeBand(age: age) == band)
    }

    @Test(
        "every NHS ethnic category has a place among the reporting groups",
        arguments: [
            (EthnicCategory.whiteBritish, EthnicGroup.white), (.chinese, .asian), (.pakistani, .asian),
            (.caribbean, .black),
            (.otherMixed, .mixed), (.otherGroup, .other), (.notStated, .noData), (.notKnown, .noData),
        ])
    func ethnicity(_ category: EthnicCategory, group: EthnicGroup) {
        #expect(category.ethnicity.group == group)
    }

    @Test("the text of every ethnicity begins with its group's")
    func ethnicityTexts() {
        #expect(Ethnicity.allCases.count == 21)
        for ethnicity in Ethnicity.allCases {
            #expect(ethnicity.rawValue.hasPrefix(ethnicity.group.rawValue + ": "))
        }
    }
}
