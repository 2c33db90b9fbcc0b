import Domain
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import KPI

@Suite("Measures on a real PostgreSQL")
struct MeasureTests {
    @Test("the measures by the rules and the separate count by SQL are equal (random spells, seed printed)")
    func countedTwice() async throws {
        var random = SeededRandom("measures")
        let asOf = try #require(CivilDate(year: 2026, month: 3, day: 31))
        try await ServiceDatabase.with(KPI.Main.service) { pool in
            let people = (0..<120).map { _ in UUID() }
            for person in people {
                let referred = asOf.adding(days: -Int.random(in: 30...700, using: &random))
                let (caseID, paid) = (UUID(), referred.adding(days: Int.random(in: 0...400, using: &random)))
                let ended = referred.adding(days: Int.random(in: 0...300, using: &random))
                let end: CivilDate? = Bool.random(using: &random) ? ended : nil
                let setting = SupportSetting.allCases.randomElement(using: &random) ?? .community
                let mechanism = DeliveryMechanism.allCases.randomElement(using: &random) ?? .directPayment
                _ = try await pool.query(
                    """
                    insert into case_fact (case_id, referral_id, person_id, referred_on, age_band)
                    values (\(caseID), \(UUID()), \(person), \(referred), 'unknown')
                    """)
                _ = try await pool.query(
                    """
                    insert into support_fact (case_id, started_on, person_id, setting, mechanism, support_reason, age_band, ended_on)
                    values (\(caseID), \(referred), \(people.randomElement(using: &random) ?? person), \(setting.rawValue),
                        \(mechanism.rawValue), 'unknown', 'unknown', \(end))
                    """)
                _ = try await pool.query(
                    """
                    insert into payment_fact values (\(UUID()), \(UUID()), \(caseID), \(person), 100, \(paid), true)
                    """)
            }
            try await pool.transaction { transaction in
                let book = try await MeasureBook.compute(asOf: asOf, in: transaction)
                #expect(book.takeUp.denominator > 0)
                #expect(
                    try await SeparateCount.count(asOf: asOf, in: transaction) == SeparateCount(of: book),
                    "seed \(random.seed)")
            }
        }
    }
}
