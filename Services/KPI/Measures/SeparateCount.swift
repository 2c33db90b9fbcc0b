import Domain
import FoundationEssentials
import Postgres

/// The same figures counted a second time, by SQL alone: no rule of `Domain` is used, so that one mistake cannot be in both.
struct SeparateCount: Sendable, Equatable {
    let takeUpNumerator: Int
    let takeUpDenominator: Int
    let workingAge: TakeUp.Counts
    let older: TakeUp.Counts
    let starts: Int
    let waitMedian: Int?
    let waitNinetieth: Int?

    /// The figures of the book that was computed by the rules.
    init(of book: MeasureBook) {
        takeUpNumerator = book.takeUp.numerator
        takeUpDenominator = book.takeUp.denominator
        workingAge = book.takeUp.bands[.workingAge] ?? TakeUp.Counts()
        older = book.takeUp.bands[.older] ?? TakeUp.Counts()
        starts = book.flows.reduce(0) { $0 + $1.starts }
        waitMedian = book.waits.median
        waitNinetieth = book.waits.ninetieth
    }

    private init(_ row: Row) throws {
        let (counts, starts, median, ninetieth) = try row.decode([Int64].self, Int64.self, Int32?.self, Int32?.self)
        guard counts.count == 6 else { throw MeasureError.unknownWord("\(counts.count) counts") }
        takeUpNumerator = Int(counts[0])
        takeUpDenominator = Int(counts[1])
        workingAge = Self.counts(counts[2], counts[3])
        older = Self.counts(counts[4], counts[5])
        self.starts = Int(starts)
        waitMedian = median.map(Int.init)
        waitNinetieth = ninetieth.map(Int.init)
    }

    private static func counts(_ numerator: Int64, _ denominator: Int64) -> TakeUp.Counts {
        var counts = TakeUp.Counts()
        (counts.numerator, counts.denominator) = (Int(numerator), Int(denominator))
        return counts
    }

    /// Counts in the snapshot of `transaction`. Starts are counted by the whole months that the twelve months touch, as the
    /// monthly table shows them.
    static func count(asOf: CivilDate, in transaction: PostgresTransaction) async throws -> SeparateCount {
        let from = MeasureBook.yearStart(asOf)
        let rows = try await transaction.query(
            """
            with top as (
                select person_id, min(case setting when 'nursing' then 1 when 'residential' then 2
                    when 'community' then case mechanism when 'direct-payment' then 3 else 4 end else 7 end) as rank,
                    (array_agg(age_band order by started_on desc,
                        array_position(array['65+', '18-64', 'under-18'], age_band))
                        filter (where age_band <> 'unknown'))[1] as band
                from support_fact
                where started_on <= \(asOf) and (ended_on is null or ended_on >= \(asOf))
                group by person_id
            ), run as (
                select person_id, started_on,
                    started_on - 1 <= max(coalesce(ended_on, 'infinity'::date)) over (
                        partition by person_id order by started_on rows between unbounded preceding and 1 preceding) as goes_on
                from support_fact where setting = 'community' and mechanism = 'direct-payment' and started_on <= \(asOf)
            ), wait as (
                select p.payment_date - c.referred_on as days from payment_fact p join case_fact c using (case_id)
                where p.is_first and p.payment_date between \(from) and \(asOf)
            )
            select (select array[count(*) filter (where rank = 3), count(*),
                    count(*) filter (where rank = 3 and band = '18-64'), count(*) filter (where band = '18-64'),
                    count(*) filter (where rank = 3 and band = '65+'), count(*) filter (where band = '65+')]
                    from top where rank between 3 and 6 and band is distinct from 'under-18'),
                (select count(*) from run where not coalesce(goes_on, false)
                    and started_on >= date_trunc('month', \(from)::date)::date),
                (select percentile_disc(0.5) within group (order by days) from wait),
                (select percentile_disc(0.9) within group (order by days) from wait)
            """)
        return try SeparateCount(try rows.only())
    }
}
