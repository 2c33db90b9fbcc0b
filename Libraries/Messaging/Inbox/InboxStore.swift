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

    /// What happens to a batch in which an event is known already.
    enum KnownEvents {
        /// The insert fails: see `isRefusalOfKnown`. A batch is nearly always all new, and then this takes one descent of the
        /// index for each event where `passedOver` takes two.
        case refused
        /// They are left out of `Registration.fresh`.
        case passedOver
    }

    /// Writes the inbox rows first: a second owner of the partition waits here until the first commits or gives up.
    /// The messages are of one partition.
    func register(
        _ identities: [(index: Int, identity: IncomingMessage.Identity, message: KafkaMessage)],
        known: KnownEvents, in transaction: PostgresTransaction
    ) async throws -> Registration {
        var registration = Registration()
        guard !identities.isEmpty else { return registration }
        let streams = Array(Set(identities.map(\.identity.stream)))
        let answers = try await transaction.pipeline([
            insert(identities, known: known), positions(of: streams), firstParked(of: streams),
        ])
        guard answers.count == 3 else { throw MessagingError(.unexpectedAnswer) }
        registration.fresh =
            known == .refused ? Set(identities.map(\.index)) : try fresh(answers[0], of: identities)
        for row in answers[1] {
            let (number, version) = try row.decode(Int64.self, Int64.self)
            registration.positions[streams[Int(number) - 1]] = version
        }
        for row in answers[2] {
            let (number, version) = try row.decode(Int64.self, Int64.self)
            registration.firstParked[streams[Int(number) - 1]] = version
        }
        return registration
    }

    private func fresh(
        _ rows: Rows, of identities: [(index: Int, identity: IncomingMessage.Identity, message: KafkaMessage)]
    ) throws -> Set<Int> {
        if SeededBug.isPlanted(.inboxSkipped) || rows.count == identities.count { return Set(identities.map(\.index)) }
        // The same event twice in one batch: only its first appearance was inserted.
        let inserted = Set(try rows.map { try $0.decode(Int64.self) })
        return Set(identities.filter { inserted.contains($0.message.offset) }.map(\.index))
    }

    /// Whether a transaction failed because an event of its batch was known.
    static func isRefusalOfKnown(_ error: any Error) -> Bool {
        (error as? PostgresError)?.constraint == "inbox_event_pkey"
    }

    private func insert(
        _ identities: [(index: Int, identity: IncomingMessage.Identity, message: KafkaMessage)], known: KnownEvents
    ) -> Query {
        let rows: Query = """
            insert into inbox_event (consumer, source, event_id, topic, partition, "offset")
            select \(consumer), source, event_id, \(identities[0].message.topic), \(identities[0].message.partition), "offset"
            from unnest(\(identities.map(\.identity.stream.source))::text[], \(identities.map(\.identity.id))::uuid[],
                \(identities.map(\.message.offset))::bigint[]) as t (source, event_id, "offset")
            """
        return switch known {
        case .refused: rows
        case .passedOver:
            """
            \(rows)
            on conflict (consumer, source, event_id) do nothing
            returning "offset"
            """
        }
    }

    /// Numbers of the streams that have a position, from 1, with it.
    private func positions(of streams: [EventStream]) -> Query {
        """
        select t.n, c.version from \(numbered(streams)) cross join lateral (
            select version from aggregate_cursor
            where consumer = \(consumer) and source = t.source and topic = t.topic and key = t.key limit 1) as c
        """
    }

    /// Numbers of the streams in which something waits, from 1, with the first version that does.
    private func firstParked(of streams: [EventStream]) -> Query {
        """
        select t.n, p.version from \(numbered(streams)) cross join lateral (
            select version from parked_event
            where consumer = \(consumer) and source = t.source and topic = t.topic and key = t.key
            order by version limit 1) as p
        """
    }

    /// For a `lateral` with a limit, which looks each stream up by the index. Joined plainly, a planner that knows nothing of the
    /// table yet would rather read all of the consumer's rows.
    private func numbered(_ streams: [EventStream]) -> Query {
        """
        unnest(\(streams.map(\.source))::text[], \(streams.map(\.topic))::text[], \(streams.map(\.key))::uuid[])
            with ordinality as t (source, topic, key, n)
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
        guard !streams.isEmpty else { return }
        try requireMoved(streams.count, try await transaction.query(moves(streams, from: old, to: new)))
    }

    /// Moves positions from what was read to what was decided. Nothing was locked when they were read, so that a batch costs one
    /// write per stream; `requireMoved` looks whether they still were what had been read.
    func moves(_ streams: Set<EventStream>, from old: [EventStream: Int64], to new: [EventStream: Int64]) -> Query {
        let streams = Array(streams)
        return """
            insert into aggregate_cursor as c (consumer, source, topic, key, version, moved_from)
            select \(consumer), source, topic, key, version, moved_from
            from unnest(\(streams.map(\.source))::text[], \(streams.map(\.topic))::text[], \(streams.map(\.key))::uuid[],
                \(streams.map { new[$0] ?? old[$0] ?? 0 })::bigint[], \(streams.map { old[$0] })::bigint[])
                as t (source, topic, key, version, moved_from)
            on conflict (consumer, source, topic, key) do update
                set version = excluded.version, moved_from = excluded.moved_from where c.version = excluded.moved_from
            """
    }

    /// Throws `.streamMoved` unless the answer to `moves` says that every stream was moved.
    func requireMoved(_ count: Int, _ answer: Rows) throws {
        guard answer.affected == count else { throw MessagingError(.streamMoved) }
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
