import FoundationEssentials
import Postgres

/// What is wrong, in words, and how often.
struct Finding: Sendable, Equatable, CustomStringConvertible {
    let kind: Kind
    let lane: Int
    let count: Int64

    enum Kind: String, Sendable, CaseIterable {
        case broken = "promises of the producer that are not in its outbox"
        case unpublished = "events of the producer that are not in the log"
        case lost = "events without an effect"
        case twice = "events with more than one effect"
        case foreign = "effects without an event"
        case misplaced = "effects out of their case's order"
        case silent = "effects whose outgoing event is not in the log"
        case invented = "records in the log that no effect wrote"
        case disordered = "outgoing events out of their case's order in the log"
        case scattered = "cases whose outgoing events are in several partitions, or under another key"
        case pending = "rows left in the outbox"
        case parked = "events still parked"
        case dead = "open dead letters"
        case repeated = "outgoing events more than once in the log, with nobody killed"
    }

    var description: String { "lane \(lane): \(count) \(kind.rawValue)" }
}

/// Judges by SQL over what workers wrote and over what a separate reader found in the log. It knows nothing of how either
/// came about.
struct Auditor: Sendable {
    let scene: Scene
    /// Keys whose events are expected among the dead letters, and nowhere else.
    var deadKeys: [UUID] = []
    /// In a run without any fault nothing is published twice.
    var allowsRepeats = true

    /// Reads the topics and judges the lanes. An empty answer is what every run is for.
    func audit(_ lanes: [Lane]? = nil) async throws -> [Finding] {
        try await TopicDump(broker: scene.broker, database: scene.database).run()
        _ = try await scene.watch.query(
            "insert into audit.promised select unnest(\(scene.load.promised)::uuid[]) on conflict do nothing")
        var findings: [Finding] = []
        for lane in lanes ?? scene.lanes {
            for (kind, query) in questions(lane) {
                let count = try await scene.watch.query(query).only().decode(Int64.self)
                if count > 0 { findings.append(Finding(kind: kind, lane: lane.number, count: count)) }
            }
        }
        return findings
    }

    private func questions(_ lane: Lane) -> [(Finding.Kind, Query)] {
        var questions = ofTheProducer() + ofTheEffects(lane) + ofTheLog(lane) + ofTheRest(lane)
        if !allowsRepeats {
            questions.append(
                (
                    .repeated,
                    """
                    select count(*) from (
                        select event_id from audit.record where source = \(lane.source) group by 1 having count(*) > 1) as r
                    """
                ))
        }
        return questions
    }

    private func ofTheProducer() -> [(Finding.Kind, Query)] {
        [
            (
                .broken,
                """
                select count(*) from audit.promised p
                where not exists (select from crash_producer.outbox_event e where e.event_id = p.event_id)
                """
            ),
            (
                .unpublished,
                """
                select count(*) from crash_producer.outbox_event e
                where not exists (select from audit.record r where r.event_id = e.event_id and r.topic = e.topic)
                """
            ),
        ]
    }

    private func ofTheEffects(_ lane: Lane) -> [(Finding.Kind, Query)] {
        let effect: Query = "\(ident: lane.schema).effect"
        return [
            (
                .lost,
                "select count(*) from crash_producer.outbox_event e where e.key <> all (\(deadKeys)::uuid[])"
                    + " and not exists (select from " + effect + " f where f.cause = e.event_id)"
            ),
            (.twice, "select count(*) from (select cause from " + effect + " group by 1 having count(*) > 1) as t"),
            (
                .foreign,
                "select count(*) from " + effect
                    + " f where not exists (select from crash_producer.outbox_event e where e.event_id = f.cause and e.key = f.key)"
            ),
            (
                .misplaced,
                "select count(*) from (select version, applied, row_number() over (partition by key order by n) as place from "
                    + effect + ") as o where version <> place or applied <> place"
            ),
        ]
    }

    /// After the repeats are dropped, a case's outgoing events stand in the order in which its effects were made.
    private func ofTheLog(_ lane: Lane) -> [(Finding.Kind, Query)] {
        let effect: Query = "\(ident: lane.schema).effect"
        let records: Query = "audit.record r where r.topic = 'cases' and r.source = \(lane.source)"
        return [
            (
                .silent,
                "select count(*) from " + effect + " f where not exists (select from " + records
                    + " and r.event_id = f.outgoing)"
            ),
            (
                .invented,
                "select count(*) from " + records + " and not exists (select from " + effect
                    + " f where f.outgoing = r.event_id)"
            ),
            (
                .disordered,
                "select count(*) from (select f.applied, r.version, row_number() over (partition by f.key order by r.first) as place from "
                    + "(select r.event_id, min(r.version) as version, min(r.\"offset\") as first from " + records
                    + " group by 1) as r join " + effect
                    + " f on f.outgoing = r.event_id) as o where applied <> place or version <> place"
            ),
            (
                .scattered,
                "select count(*) from (select f.key from " + effect + " f join (select * from " + records
                    + ") as r on r.event_id = f.outgoing group by 1"
                    + " having count(distinct r.partition) > 1 or bool_or(r.key <> f.key::text)) as s"
            ),
        ]
    }

    private func ofTheRest(_ lane: Lane) -> [(Finding.Kind, Query)] {
        [
            (
                .pending,
                """
                select (select count(*) from \(ident: lane.schema).outbox_pending)
                    + (select count(*) from crash_producer.outbox_pending)
                """
            ),
            (
                .parked,
                "select count(*) from \(ident: lane.schema).parked_event where key <> all (\(deadKeys)::uuid[])"
            ),
            (
                .dead,
                """
                select count(*) from \(ident: lane.schema).dead_letter
                where state = 'open' and (key is null or key <> all (\(deadKeys)::uuid[]))
                """
            ),
        ]
    }
}
