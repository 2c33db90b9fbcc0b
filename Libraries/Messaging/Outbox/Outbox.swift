import Events
import FoundationEssentials
package import Postgres
import Telemetry

/// Where a service says what happened, in the transaction in which it happened.
///
/// Lock or write your own rows first, append last: the stream's row stays locked until the commit, so that versions, numbers
/// and commits of one key have one order, and a long lock there would make others wait.
package struct Outbox: Sendable {
    /// The CloudEvents source, `/` and the service.
    package let source: String

    package init(source: String) { self.source = source }

    /// Writes the events and asks for their publication, in one statement. Versions continue the stream of each (topic, key)
    /// in the order given. Throws `.payloadTooLarge` or `.tooManyEvents` before anything is written.
    package func append(_ events: [NewEvent], in transaction: PostgresTransaction) async throws {
        guard !events.isEmpty else { return }
        guard events.count <= OutboxLimits.eventsPerAppendMax else { throw MessagingError(.tooManyEvents) }
        for event in events where event.payload.count > OutboxLimits.payloadBytesMax {
            throw MessagingError(.payloadTooLarge, detail: "\(event.type) has \(event.payload.count) bytes")
        }
        let written = try await transaction.query(statement(for: events))
        guard written.affected == events.count else { throw MessagingError(.unexpectedAnswer) }
        CrashPoint.reach(.outboxInserted)
    }

    /// The stream rows are locked (in one order, so that two appends cannot wait for each other in a ring) before the first
    /// event row draws its number: the numbers come out of the last sort, which needs every stream first.
    private func statement(for events: [NewEvent]) -> Query {
        let traceparent = TraceContext.current?.traceparent
        return """
            with input as (
                select * from unnest(
                    \(events.map(\.id))::uuid[], \(events.map(\.topic.rawValue))::text[], \(events.map(\.key))::uuid[],
                    \(events.map { outboxShard(of: $0.key) })::smallint[], \(events.map(\.type))::text[],
                    \(events.map(\.dataschema))::text[], \(events.map(\.time))::timestamptz[],
                    \(events.map(\.correlationID))::uuid[], \(events.map { $0.causationID?.uuidString })::text[],
                    \(events.map(\.payload))::bytea[]
                ) with ordinality as t (
                    event_id, topic, key, shard, type, dataschema, event_time, correlation_id, causation_id, payload, n)
            ), stream as (
                insert into outbox_stream as s (source, topic, key, version)
                select \(source)::text, topic, key, count(*) from input group by topic, key order by topic, key
                on conflict (source, topic, key) do update set version = s.version + excluded.version
                returning topic, key, version
            ), numbered as (
                select input.*, stream.version - count(*) over (partition by input.topic, input.key)
                    + row_number() over (partition by input.topic, input.key order by input.n) as version
                from input join stream using (topic, key)
            ), event as (
                insert into outbox_event (
                    event_id, source, topic, key, version, shard, type, dataschema, event_time, correlation_id, causation_id,
                    traceparent, payload)
                select event_id, \(source)::text, topic, key, version, shard, type, dataschema, event_time, correlation_id,
                    causation_id::uuid, \(traceparent as String?)::text, payload
                from numbered order by n
                returning seq, octet_length(payload) as bytes, shard
            )
            insert into outbox_pending (seq, bytes, shard) select seq, bytes, shard from event
            """
    }
}
