import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import KPI

@Suite("Measures on a real PostgreSQL")
struct MeasureTests {
    @Test("the measures by the rules and the separate count by SQL are equal on any day (random events, seed printed)")
    func countedTwice() async throws {
        var random = SeededRandom("measures")
        try await Readers.with { readers in
            for _ in 0..<120 {
                let messages = try PersonStory.random(using: &random).messages(readers.feed)
                for message in messages { try await readers.feed.deliver([message]) }
            }
            // People with several cases, which the outside brings together under one id.
            _ = try await readers.service.pool.query(
                """
                with person as (select person_id, row_number() over (order by person_id) as n from support_fact)
                update support_fact s set person_id = o.person_id from person p join person o on o.n = p.n / 3 + 1
                where s.person_id = p.person_id
                """)
            for days in [0, 1, 40, 200, 365, 366] {
                let asOf = Readers.asOf.adding(days: -days)
                try await readers.service.pool.transaction { transaction in
                    let book = try await MeasureBook.compute(asOf: asOf, in: transaction)
                    if days == 0 {
                        #expect(book.takeUp.denominator > 0 && !book.takeUp.bands.isEmpty, "seed \(random.seed)")
                    }
                    #expect(
                        try await SeparateCount.count(asOf: asOf, in: transaction) == SeparateCount(of: book),
                        "seed \(random.seed), \(asOf)")
                }
                let check = try await readers.service.run(
                    ["measures", "check", "--as-of", asOf.description], as: readers.analyst)
                #expect(check.exitCode == .success, "seed \(random.seed): \(check.messages)")
                #expect(try check.rows().allSatisfy { $0["equal"] == "true" })
            }
        }
    }

    /// The three rows of the take-up: value, people counted, out of.
    private func takeUp(_ readers: Readers) async throws -> [[String?]] {
        let shown = try await readers.service.run(["measures", "show", "--as-of", "2026-03-31"], as: readers.analyst)
        #expect(shown.exitCode == .success, "\(shown.messages)")
        return try shown.rows().filter { $0["measure"]?.contains("3D(2a)") == true }
            .map { [$0["value"], $0["numerator"], $0["denominator"]] }
    }

    private func add(_ count: Int, _ band: AgeBand, _ mechanism: DeliveryMechanism, _ readers: Readers) async throws {
        for _ in 0..<count {
            var story = PersonStory()
            (story.ageBand, story.mechanism) = (band, mechanism)
            for message in try story.messages(readers.feed) { try await readers.feed.deliver([message]) }
        }
    }

    @Test("take-up is shown for all, for 18 to 64 and for 65 and over; children are in none of them")
    func bands() async throws {
        try await Readers.with { readers in
            try await add(6, .workingAge, .directPayment, readers)
            try await add(6, .workingAge, .commissionedSupport, readers)
            try await add(5, .older, .directPayment, readers)
            try await add(15, .older, .managedPersonalBudget, readers)
            try await add(7, .under18, .directPayment, readers)
            try await add(5, .unknown, .commissionedSupport, readers)
            // 11 of 37; people of unknown age are in the first row alone, and 5 of them may be reckoned.
            #expect(
                try await takeUp(readers) == [["29.7%", "11", "37"], ["50.0%", "6", "12"], ["25.0%", "5", "20"]])
        }
    }

    @Test("small numbers are suppressed, and so is what would give them away")
    func suppressed() async throws {
        try await Readers.with { readers in
            #expect(try await takeUp(readers) == Array(repeating: ["0.0%", "0", "0"], count: 3))
            try await add(4, .older, .directPayment, readers)
            let hidden: [String?] = ["suppressed", "suppressed", "suppressed"]
            // Nobody is of working age, and that tells nothing of the others.
            let nobody: [String?] = ["0.0%", "0", "0"]
            #expect(try await takeUp(readers) == [hidden, nobody, hidden])
            try await add(6, .older, .commissionedSupport, readers)
            #expect(try await takeUp(readers) == [hidden, nobody, hidden])
            try await add(1, .older, .directPayment, readers)
            #expect(
                try await takeUp(readers) == [["45.5%", "5", "11"], nobody, ["45.5%", "5", "11"]])
            // One person of working age: the total may be shown, the parts may not.
            try await add(1, .workingAge, .commissionedSupport, readers)
            #expect(try await takeUp(readers) == [["41.7%", "5", "12"], hidden, hidden])
        }
    }
}
