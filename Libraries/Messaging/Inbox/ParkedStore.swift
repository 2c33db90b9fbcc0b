import Events
import FoundationEssentials
import Kafka
import Postgres

/// Events that wait for an earlier one of their stream.
extension InboxStore {
    func park(_ events: [InboundEvent]) -> Query {
        """
        insert into parked_event (
            consumer, source, topic, key, version, event_id, partition, "offset", headers, payload, discarded)
        select \(consumer), source, topic, key, version, event_id, partition, "offset", headers, payload, discarded
        from unnest(\(events.map(\.envelope.source))::text[], \(events.map(\.topic))::text[], \(events.map(\.key))::uuid[],
            \(events.map(\.version))::bigint[], \(events.map(\.envelope.id))::uuid[], \(events.map(\.partition))::integer[],
            \(events.map(\.offset))::bigint[], \(events.map { HeaderBlock.encode($0.headers) })::bytea[],
            \(events.map(\.payload))::bytea[], \(events.map(\.isDiscarded))::boolean[])
            as t (source, topic, key, version, event_id, partition, "offset", headers, payload, discarded)
        on conflict (consumer, source, topic, key, version) do nothing
        """
    }

    func unpark(_ events: [InboundEvent]) -> Query {
        """
        delete from parked_event p
        using unnest(\(events.map(\.envelope.source))::text[], \(events.map(\.topic))::text[], \(events.map(\.key))::uuid[],
            \(events.map(\.version))::bigint[]) as t (source, topic, key, version)
        where p.consumer = \(consumer) and p.source = t.source and p.topic = t.topic and p.key = t.key
            and p.version = t.version
        """
    }

    /// The first waiting events of a stream, in order.
    func parked(
        _ stream: EventStream, limit: Int, in transaction: PostgresTransaction
    ) async throws -> [InboundEvent] {
        let rows = try await transaction.query(
            """
            select partition, "offset", headers, payload, discarded from parked_event
            where consumer = \(consumer) and source = \(stream.source) and topic = \(stream.topic) and key = \(stream.key)
            order by version limit \(Int64(limit))
            """)
        return try rows.map { row in
            let (partition, offset, headers, payload, isDiscarded) = try row.decode(
                Int32.self, Int64.self, [UInt8].self, [UInt8].self, Bool.self)
            return try InboundEvent(
                stored: stream, partition: partition, offset: offset, headers: try HeaderBlock.decode(headers),
                payload: payload, isDiscarded: isDiscarded)
        }
    }

    /// Streams in which the next event waits although nothing is before it any more: a process died between two releases.
    func releasable(_ pool: PostgresPool, limit: Int) async throws -> [EventStream] {
        let rows = try await pool.query(
            """
            select p.source, p.topic, p.key from parked_event p
            join aggregate_cursor c
                on c.consumer = p.consumer and c.source = p.source and c.topic = p.topic and c.key = p.key
            where p.consumer = \(consumer) and p.version = c.version + 1 limit \(Int64(limit))
            """)
        return try rows.map { row in
            let (source, topic, key) = try row.decode(String.self, String.self, UUID.self)
            return EventStream(source: source, topic: topic, key: key)
        }
    }
}

extension InboundEvent {
    /// From a row of ours. Throws `.corruptRow` where the headers are no envelope: they were one when the row was written.
    init(
        stored stream: EventStream, partition: Int32, offset: Int64, headers: [(name: String, value: [UInt8])],
        payload: [UInt8], isDiscarded: Bool
    ) throws {
        do {
            envelope = try EventEnvelope(headers: headers)
        } catch {
            throw MessagingError(.corruptRow, detail: "stored envelope", underlying: error)
        }
        topic = stream.topic
        key = stream.key
        self.partition = partition
        self.offset = offset
        self.payload = payload
        self.headers = headers
        self.isDiscarded = isDiscarded
    }
}
