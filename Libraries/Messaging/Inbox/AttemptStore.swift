import Postgres

/// Counts begun work where the death of this process cannot undo it.
///
/// A batch leaves a row at its first offset and takes it away in its own transaction. A row that is still there when the
/// batch comes again says that the process died (or failed) in it: then every message is worked on alone, with a count of
/// its own, until the one that kills is known.
struct AttemptStore: Sendable {
    let consumer: String
    let pool: PostgresPool

    /// One batch's place in the log.
    struct Range: Sendable, Hashable {
        let topic: String
        let partition: Int32
        let first: Int64
        let last: Int64
    }

    /// Notes that work on the batch begins. Returns false where it had begun before and was not finished.
    func begin(_ range: Range) async throws -> Bool {
        // One statement, one round trip; the setting ends with it. The count has to outlive this process, not the database.
        // A partition's former owner may begin the same batch at the same moment: then it had begun before.
        let rows = try await pool.query(
            """
            with quick as (select set_config('synchronous_commit', 'off', true)),
            unfinished as (
                select 1 from consumer_attempt
                where consumer = \(consumer) and topic = \(range.topic) and partition = \(range.partition)
                    and "offset" between \(range.first) and \(range.last)
                limit 1
            ), begun as (
                insert into consumer_attempt (consumer, topic, partition, "offset", attempts)
                select \(consumer), \(range.topic), \(range.partition), \(range.first), 1 from quick
                where not exists (select from unfinished)
                on conflict do nothing
                returning 1
            )
            select exists (select from begun)
            """)
        guard let row = rows.first else { throw MessagingError(.unexpectedAnswer) }
        return try row.decode(Bool.self)
    }

    /// Notes that work on one message begins, and returns how often it has begun, this time included.
    func beginAlone(_ range: Range) async throws -> Int {
        let rows = try await pool.query(
            """
            with quick as (select set_config('synchronous_commit', 'off', true))
            insert into consumer_attempt as a (consumer, topic, partition, "offset", attempts)
            select \(consumer), \(range.topic), \(range.partition), \(range.first), 1 from quick
            on conflict (consumer, topic, partition, "offset") do update set attempts = a.attempts + 1
            returning attempts
            """)
        guard let row = rows.first else { throw MessagingError(.unexpectedAnswer) }
        let count = try row.decode(Int32.self)
        return Int(count)
    }

    /// Part of the batch's own transaction: it is done with.
    func finish(_ range: Range) -> Query {
        """
        delete from consumer_attempt
        where consumer = \(consumer) and topic = \(range.topic) and partition = \(range.partition)
            and "offset" between \(range.first) and \(range.last)
        """
    }
}
