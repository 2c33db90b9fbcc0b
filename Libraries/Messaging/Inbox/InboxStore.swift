import Events
import FoundationEssentials
import Kafka
import Postgres
import Telemetry

/// The inbox's statements for one consumer.
struct InboxStore: Sendable {
    let consumer: String

    /// What is known of a batch before anything is decided.
    struct Registration {
        /// Numbers of the messages (in the batch) that were not seen before.
        var fresh: Set<Int> = []
        /// Last version applied, for the streams that have a row.
        var positions: [EventStream: Int64] = [:]
        /// The first version that waits, for the streams in which something waits.
        var firstParked: [EventStream: Int64] = [:]
    }

    /// Writes the inbox rows first: a second owner of the partition waits here until the first commits or gives up.
    func register(
        _ identities: [(index: Int, identity: IncomingMessage.Identity, message: KafkaMessage)],
        in transaction: PostgresTransaction
    ) async throws -> Registration {
        var registration = Registration()
        guard !identities.isEmpty else { return registration }
        let streams = Array(Set(identities.map(\.identity.stream)))
        let answers = try await transaction.pipeline([
            insert(identities), positions(of: streams), firstParked(of: streams),
        ])
        guard answers.count == 3 else { throw MessagingError(.unexpectedAnswer) }
        registration.fresh = try fresh(answers[0], of: identities)
        for row in answers[1] {
            let (source, topic, key, version) = try row.decode(String.self, String.self, UUID.self, Int64.self)
            registration.positions[EventStream(source: source, topic: topic, key: key)] = version
        }
        for row in answers[2] {
            let (source, topic, key, version) = try row.decode(String.self, String.self, UUID.self, Int64.self)
            registration.firstParked[EventStream(source: source, topic: topic, key: key)] = version
        }
        return registration
    }

    private func fresh(
        _ rows: Rows, of identities: [(index: Int, identity: IncomingMessage.Identity, message: KafkaMessage)]
    ) throws -> Set<Int> {
        struct Name: Hashable {
            let source: String
            let id: UUID
        }
        if SeededBug.isPlanted(.inboxSkipped) { return Set(identities.map(\.index)) }
        var inserted: Set<Name> = []
        for row in rows {
            let (source, id) = try row.decode(String.self, UUID.self)
            inserted.insert(Name(source: source, id: id))
        }
        // The same event twice in one batch: only its first appearance is new.
        return Set(
            identities.filter { inserted.remove(Name(source: $0.identity.stream.source, id: $0.identity.id)) != nil }
                .map(\.index))
    }

    private func insert(
        _ identities: [(index: Int, identity: IncomingMessage.Identity, message: KafkaMessage)]
    ) -> Query {
        """
        insert into inbox_event (consumer, source, event_id, topic, partition, "offset")
        select \(consumer), source, event_id, topic, partition, "offset"
        from unnest(\(identities.map(\.identity.stream.source))::text[], \(identities.map(\.identity.id))::uuid[],
            \(identities.map(\.message.topic))::text[], \(identities.map(\.message.partition))::integer[],
            \(identities.map(\.message.offset))::bigint[]) as t (source, event_id, topic, partition, "offset")
        on conflict (consumer, source, event_id) do nothing
        returning source, event_id
        """
    }

    private func positions(of streams: [EventStream]) -> Query {
        """
        select c.source, c.topic, c.key, c.version
        from unnest(\(streams.map(\.source))::text[], \(streams.map(\.topic))::text[], \(streams.map(\.key))::uuid[])
            as t (source, topic, key)
        join aggregate_cursor c on c.consumer = \(consumer) and c.source = t.source and c.topic = t.topic and c.key = t.key
        """
    }

    private func firstParked(of streams: [EventStream]) -> Query {
        """
        select p.source, p.topic, p.key, min(p.version)
        from unnest(\(streams.map(\.source))::text[], \(streams.map(\.topic))::text[], \(streams.map(\.key))::uuid[])
            as t (source, topic, key)
        join parked_event p on p.consumer = \(consumer) and p.source = t.source and p.topic = t.topic and p.key = t.key
        group by 1, 2, 3
        """
    }
}

// MARK: - Positions

extension InboxStore {
    /// Moves positions, and throws `.streamMoved` where another transaction was faster.
    func move(
        _ streams: Set<EventStream>, from old: [EventStream: Int64], to new: [EventStream: Int64],
        in transaction: PostgresTransaction
    ) async throws {
        let queries = moves(streams, from: old, to: new)
        guard !queries.isEmpty else { return }
        try requireMoved(streams.count, try await transaction.pipeline(queries)[...])
    }

    /// Moves positions from what was read to what was decided. Nothing was locked when they were read, so that a batch costs one
    /// write per stream; `requireMoved` looks whether they still were what had been read.
    func moves(
        _ streams: Set<EventStream>, from old: [EventStream: Int64], to new: [EventStream: Int64]
    ) -> [Query] {
        let known = streams.filter { old[$0] != nil }
        let unknown = streams.filter { old[$0] == nil }
        var queries: [Query] = []
        if !known.isEmpty { queries.append(update(Array(known), from: old, to: new)) }
        if !unknown.isEmpty { queries.append(insert(Array(unknown), at: new)) }
        return queries
    }

    /// Throws `.streamMoved` unless the answers to `moves` say that every stream was moved.
    func requireMoved(_ count: Int, _ answers: ArraySlice<Rows>) throws {
        guard answers.reduce(0, { $0 + $1.affected }) == count else { throw MessagingError(.streamMoved) }
    }

    private func update(_ streams: [EventStream], from old: [EventStream: Int64], to new: [EventStream: Int64]) -> Query
    {
        """
        update aggregate_cursor c set version = t.new
        from unnest(\(streams.map(\.source))::text[], \(streams.map(\.topic))::text[], \(streams.map(\.key))::uuid[],
            \(streams.map { old[$0] ?? 0 })::bigint[], \(streams.map { new[$0] ?? old[$0] ?? 0 })::bigint[])
            as t (source, topic, key, old, new)
        where c.consumer = \(consumer) and c.source = t.source and c.topic = t.topic and c.key = t.key and c.version = t.old
        """
    }

    private func insert(_ streams: [EventStream], at new: [EventStream: Int64]) -> Query {
        """
        insert into aggregate_cursor (consumer, source, topic, key, version)
        select \(consumer), source, topic, key, version
        from unnest(\(streams.map(\.source))::text[], \(streams.map(\.topic))::text[], \(streams.map(\.key))::uuid[],
            \(streams.map { new[$0] ?? 0 })::bigint[]) as t (source, topic, key, version)
        on conflict (consumer, source, topic, key) do nothing
        """
    }

    /// The last version applied, or nil where nothing is known of the stream.
    func position(of stream: EventStream, in transaction: PostgresTransaction) async throws -> Int64? {
        try await transaction.query(
            """
            select version from aggregate_cursor
            where consumer = \(consumer) and source = \(stream.source) and topic = \(stream.topic) and key = \(stream.key)
            """
        ).first?.decode(Int64.self)
    }
}
