import FoundationEssentials
import Messaging
import Postgres

/// What waits to be published.
struct OutboxStatus {
    let count: Int64
    /// Seconds since the oldest of them was handed over.
    let oldestAge: Double

    /// Older than this, something is wrong.
    static let oldestAgeMax: Double = 60

    static func read(_ connection: PostgresConnection) async throws -> OutboxStatus {
        let rows = try await connection.query(
            """
            select count(*), coalesce(extract(epoch from clock_timestamp() - min(e.created_at)), 0)::double precision
            from outbox_pending p join outbox_event e on e.seq = p.seq
            """)
        guard let (count, age) = try rows.first?.decode(Int64.self, Double.self) else {
            return .init(count: 0, oldestAge: 0)
        }
        return OutboxStatus(count: count, oldestAge: max(0, age))
    }
}

extension ServiceDefinition {
    var outboxCommand: Command {
        Command(
            "outbox", abstract: "Look at what waits to be published.",
            subcommands: [
                Command("status", abstract: "Show how much waits, for how long, by topic.") { _ in
                    { call in
                        let table = try await withContext(call) { context in
                            let rows = try await context.pool.query(
                                """
                                select e.topic, count(*), min(e.created_at)
                                from outbox_pending p join outbox_event e on e.seq = p.seq
                                group by e.topic order by e.topic
                                """)
                            var table = Table(
                                title: "Waiting to be published by \(name)",
                                columns: [
                                    .init("topic", "Topic"), .init("events", "Events"), .init("oldest", "Oldest"),
                                ])
                            for row in rows {
                                let (topic, count, oldest) = try row.decode(String.self, Int64.self, Date.self)
                                table.append([.text(topic), .integer(count), .time(oldest)])
                            }
                            return table
                        }
                        call.show(table)
                        return .success
                    }
                }
            ])
    }

    var replayCommand: Command {
        Command(
            "replay", abstract: "Publish events again.",
            discussion:
                "Readers drop what they have seen, so this is always safe. Needs a running 'serve' to publish them."
        ) { line in
            let event = line.option("event", UUID.self, valueName: "id", "One event.")
            let topics = line.options("topic", String.self, "All events of a topic.")
            let from = line.option("from-sequence", Int64.self, valueName: "number", "All events from this number on.")
            let all = line.flag("all", "All events.")
            let dryRun = line.flag("dry-run", "Only count them.")
            return { call in
                let selection = try selection(
                    event: call[event], topics: call[topics], from: call[from], all: call[all])
                let isDryRun = call[dryRun]
                let count = try await withContext(call) { context in
                    let person = try await context.signedInPerson()
                    try person.require(.replayEvents)
                    try await context.audit(person, .replayEvents, isDryRun ? "rehearsed: replay" : "replay")
                    return try await Republisher(pool: context.pool).republish(selection, dryRun: isDryRun)
                }
                call.show(
                    Table(
                        title: isDryRun ? "Would be published again" : "Will be published again",
                        columns: [.init("events", "Events")], rows: [[.count(count)]]))
                return .success
            }
        }
    }

    private func selection(
        event: UUID?, topics: [String], from: Int64?, all: Bool
    ) throws(UsageError) -> Republisher.Selection {
        var selections: [Republisher.Selection] = []
        if let event { selections.append(.event(event)) }
        if !topics.isEmpty { selections.append(.topics(topics)) }
        if let from { selections.append(.from(sequence: from)) }
        if all { selections.append(.all) }
        guard selections.count == 1, let selection = selections.first else {
            throw UsageError("Give exactly one of --event, --topic, --from-sequence and --all")
        }
        return selection
    }
}
