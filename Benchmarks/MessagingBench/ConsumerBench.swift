import Events
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit
import Synchronization

private let connections = 8

/// From the topic to committed rows: our consumer, and pgbench inserting the same rows in statements of 500, in turn.
func measureConsumer() async throws {
    let events = setting("EVENTS", 200_000)
    try await Ground.with { ground in
        try await publish(events, on: ground)
        var ours: [Double] = []
        var theirs: [Double] = []
        for round in 1...setting("ROUNDS", 5) {
            ours.append(try await consume(events, as: "round-\(round)", on: ground))
            theirs.append(try await insert(events, on: ground))
            note("round \(round): consumer\(padded(ours[round - 1])), pgbench\(padded(theirs[round - 1]))")
        }
        print("pgbench: inbox, case and position   \(padded(median(theirs))) events/s")
        print(
            "consumer                            \(padded(median(ours))) events/s  "
                + "\(ratio(median(ours) / median(theirs))) of pgbench (aim 0.50)")
    }
}

/// Fills the topic by way of the outbox.
func publish(_ events: Int, on ground: Ground) async throws {
    try await ground.fillOutbox(events)
    let relay = Relay(
        configuration: try ground.database(.relay), bus: try KafkaBus(ground.brokers, logger: Ground.logger),
        logger: Ground.logger)
    try await running({ try await relay.run() }, stop: { await relay.stop() }) {
        try await until { try await ground.count("select count(*) from outbox_pending") == 0 }
    }
    try await ground.empty("outbox_event, outbox_pending")
}

/// Reads the closed case out of each event and keeps it, and counts what it kept: asking the database for a count again and again
/// would slow the very thing that is measured.
final class KeepClosedCases: EventHandler {
    private let kept = Atomic<Int>(0)

    var count: Int { kept.load(ordering: .relaxed) }

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        let closed = try events.map { try $0.decode(CaseClosed.self) }
        _ = try await transaction.query(
            """
            insert into handled (event_id, key, closed_at)
            select * from unnest(\(events.map(\.envelope.id))::uuid[], \(closed.map(\.key))::uuid[],
                \(closed.map(\.closedAt))::timestamptz[])
            """)
        kept.add(events.count, ordering: .relaxed)
    }
}

private func consume(_ events: Int, as group: String, on ground: Ground) async throws -> Double {
    try await ground.empty("inbox_event, aggregate_cursor, handled")
    let pool = PostgresPool(
        try ground.database(.app), maximumConnections: connections, logger: Ground.logger)
    let handler = KeepClosedCases()
    let consumer = EventConsumer(
        consumer: group, topics: [.cases], pool: pool, bus: try KafkaBus(ground.brokers, logger: Ground.logger),
        handler: handler, logger: Ground.logger)
    return try await running({ try await pool.run() }, stop: { await pool.stop() }) {
        try await running({ try await consumer.run() }, stop: { await consumer.stop() }) {
            // Joining the group takes seconds by the protocol's design, so the clock begins with the first rows.
            try await until { handler.count > 0 }
            let before = handler.count
            let started = ContinuousClock.now
            try await until { handler.count >= events }
            // The last batches are kept, and not yet committed.
            try await until { try await ground.count("select count(*) from handled") >= events }
            return Double(events - before) / seconds(ContinuousClock.now - started)
        }
    }
}

private func insert(_ events: Int, on ground: Ground) async throws -> Double {
    try await ground.empty("inbox_event, aggregate_cursor, handled")
    let script = "\(ground.postgres.folder)/insert.sql"
    try statements.write(toFile: script, atomically: true, encoding: .utf8)
    let transactions = events / 500 / connections
    let started = ContinuousClock.now
    let result = try await ChildProcess.run(
        .init(
            "pgbench",
            [
                "--no-vacuum", "--client=\(connections)", "--jobs=2", "--transactions=\(transactions)",
                "--protocol=prepared", "--file=\(script)", ground.postgres.url(role: "\(Ground.schema)_app"),
            ]))
    let taken = seconds(ContinuousClock.now - started)
    let inserted = try await ground.count("select count(*) from handled")
    guard result.exit.isSuccess, inserted == transactions * connections * 500 else {
        throw BenchError("pgbench: \(result.errorText)")
    }
    return Double(inserted) / taken
}

private let statements = """
    begin;
    insert into inbox_event (consumer, source, event_id, topic, partition, "offset")
    select 'pgbench', '/case-intake', gen_random_uuid(), 'cases', 0, g from generate_series(1, 500) g;
    insert into handled (event_id, key, closed_at)
    select gen_random_uuid(), gen_random_uuid(), now() from generate_series(1, 500);
    insert into aggregate_cursor (consumer, source, topic, key, version)
    select 'pgbench', '/case-intake', 'cases', gen_random_uuid(), 1 from generate_series(1, 500);
    commit;
    """
