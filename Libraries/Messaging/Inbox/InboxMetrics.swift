import Postgres
import Telemetry

/// What a consumer counts and measures. Labels come from closed sets.
struct InboxMetrics: Sendable {
    private let consumer: String
    private let applied: Counter
    private let duplicates: Counter
    private let stale: Counter
    private let parked: Counter
    private let handler: Telemetry.Timer
    private let parkedNow: Gauge
    private let parkedAge: Gauge
    private let deadNow: Gauge

    init(consumer: String) {
        self.consumer = consumer
        let dimensions = [("consumer", consumer)]
        applied = Counter(label: "inbox_applied_total", dimensions: dimensions)
        duplicates = Counter(label: "inbox_duplicates_total", dimensions: dimensions)
        stale = Counter(label: "inbox_stale_total", dimensions: dimensions)
        parked = Counter(label: "inbox_parked_total", dimensions: dimensions)
        handler = Timer(label: "handler_seconds", dimensions: dimensions)
        parkedNow = Gauge(label: "events_parked", dimensions: dimensions)
        parkedAge = Gauge(label: "events_parked_oldest_age_seconds", dimensions: dimensions)
        deadNow = Gauge(label: "dead_letters", dimensions: dimensions)
    }

    func record(_ summary: BatchSummary, taking duration: Duration) {
        applied.increment(by: Int64(summary.applied))
        duplicates.increment(by: Int64(summary.duplicates))
        stale.increment(by: Int64(summary.stale))
        parked.increment(by: Int64(summary.parked))
        handler.record(duration)
    }

    func died(_ reason: IncomingMessage.Reason) {
        Counter(label: "inbox_dead_total", dimensions: [("consumer", consumer), ("reason", reason.rawValue)])
            .increment()
    }

    func failed(_ error: any Error) {
        Counter(label: "inbox_retries_total", dimensions: [("consumer", consumer), ("reason", errorLabel(error))])
            .increment()
    }

    /// What waits, for how long, and what is dead. Counting stops at 100,000.
    func measure(_ pool: PostgresPool) async throws {
        let rows = try await pool.query(
            """
            select
                (select count(*) from (select 1 from parked_event where consumer = \(consumer) limit 100000) as counted),
                coalesce((
                    select extract(epoch from now() - min(parked_at))::double precision
                    from parked_event where consumer = \(consumer)), 0),
                (select count(*) from (
                    select 1 from dead_letter where consumer = \(consumer) and state = 'open' limit 100000) as counted)
            """)
        guard let row = rows.first else { throw MessagingError(.unexpectedAnswer) }
        let (waiting, age, dead) = try row.decode(Int64.self, Double.self, Int64.self)
        parkedNow.record(Double(waiting))
        parkedAge.record(age)
        deadNow.record(Double(dead))
    }
}
