import Domain
import FoundationEssentials
import Postgres

/// The measures on one day, computed by the rules of `Domain` from the facts.
struct MeasureBook: Sendable {
    let asOf: CivilDate
    let takeUp: TakeUp
    /// Starts and ends of direct payments in the twelve months up to the day.
    let flows: [MonthlyFlow]
    /// Days from referral to first payment, of everybody first paid in the twelve months up to the day.
    let waits: Waits
    /// Referrals received up to the day.
    let referrals: Int
    let champions: Int
    let socialWorkersTrained: Int

    /// The first day of the twelve months that end on the day.
    var yearStart: CivilDate { Self.yearStart(asOf) }

    static func yearStart(_ asOf: CivilDate) -> CivilDate { asOf.adding(days: 1).adding(months: -12) }

    /// Reads the facts as they are in one snapshot.
    static func compute(asOf: CivilDate, in transaction: PostgresTransaction) async throws -> MeasureBook {
        let from = yearStart(asOf)
        let answers = try await transaction.pipeline([
            """
            select person_id, setting, mechanism, started_on, ended_on, age_band from support_fact
            where started_on <= \(asOf)
            """,
            """
            select p.payment_date - c.referred_on from payment_fact p join case_fact c using (case_id)
            where p.is_first and p.payment_date between \(from) and \(asOf)
            """,
            """
            select (select count(*) from referral_fact where (received_at at time zone 'Europe/London')::date <= \(asOf)),
                (select count(*) from champion_fact where recruited_on <= \(asOf)),
                (select count(distinct staff_id) from training_fact where held_on <= \(asOf) and role = 'social-worker')
            """,
        ])
        let spells = try answers[0].map(spell)
        let waits = try answers[1].map { Int(try $0.decode(Int32.self)) }
        let (referrals, champions, trained) = try answers[2].only().decode(Int64.self, Int64.self, Int64.self)
        return MeasureBook(
            asOf: asOf, takeUp: TakeUp(spells: spells, on: asOf),
            flows: MonthlyFlow.directPayments(in: spells, from: from, to: asOf), waits: Waits(days: waits),
            referrals: Int(referrals), champions: Int(champions), socialWorkersTrained: Int(trained))
    }

    private static func spell(_ row: Row) throws -> SupportSpell {
        let (person, setting, mechanism, startedOn, endedOn, band) = try row.decode(
            UUID.self, String.self, String.self, CivilDate.self, CivilDate?.self, String.self)
        guard let known = SupportSetting(rawValue: setting) else { throw MeasureError.unknownWord(setting) }
        guard let ageBand = AgeBand(rawValue: band) else { throw MeasureError.unknownWord(band) }
        return SupportSpell(
            personID: PersonID(person), setting: known, mechanism: DeliveryMechanism(rawValue: mechanism),
            startedOn: startedOn, endedOn: endedOn, ageBand: ageBand)
    }
}

/// A fact that this program does not understand: a newer one wrote it.
enum MeasureError: Error, CustomStringConvertible {
    case unknownWord(String)

    var description: String {
        switch self {
        case .unknownWord(let word): "The facts hold the word '\(word)', which this version of kpi does not know."
        }
    }
}
