import Postgres
import Telemetry

/// How much waits to be published, and for how long.
struct OutboxGauges {
    /// Counting stops here: a gauge must not read a backlog of millions every few seconds.
    static let unpublishedCountedMax: Int64 = 100_000

    private let unpublished = Gauge(label: "outbox_unpublished")
    private let oldestAge = Gauge(label: "outbox_oldest_age_seconds")

    func measure(_ pool: PostgresPool) async throws {
        let rows = try await pool.query(
            """
            select (select count(*) from (select 1 from outbox_pending limit \(Self.unpublishedCountedMax)) as counted),
                coalesce((
                    select extract(epoch from clock_timestamp() - min(e.created_at))::double precision
                    from generate_series(0, \(Int32(OutboxLimits.shards) - 1)) as s (shard)
                    cross join lateral (
                        select seq from outbox_pending where shard = s.shard order by seq limit 1) as p
                    join outbox_event e on e.seq = p.seq), 0)
            """)
        guard let row = rows.first else { throw MessagingError(.unexpectedAnswer) }
        let (count, age) = try row.decode(Int64.self, Double.self)
        unpublished.record(Double(count))
        oldestAge.record(max(0, age))
    }
}
