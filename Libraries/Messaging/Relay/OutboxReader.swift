import Postgres
import Telemetry

/// The relay's statements, all on the one connection that holds the shards' locks: when it is gone, so are the locks, and
/// neither reading nor deleting is possible any more.
struct OutboxReader {
    let connection: PostgresConnection

    /// Plans that read the whole outbox would look cheap to a planner that has no statistics of a table that is emptied all
    /// the time; the claim has to walk the pending rows and look each event up. A lost delete only publishes again, so nothing
    /// waits for the disk.
    static let session = """
        set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off; set enable_bitmapscan = off;
        set synchronous_commit = off; set plan_cache_mode = force_generic_plan; set jit = off;
        """

    /// Takes the locks of those shards that nobody else holds, once each: a lock that is taken twice has to be given up twice.
    func lock(_ shards: [Int16]) async throws -> [Int16] {
        if SeededBug.isPlanted(.relayWithoutLock) { return shards }
        let rows = try await connection.query(
            """
            select shard from unnest(\(shards)::smallint[]) as s (shard)
            where pg_try_advisory_lock(('outbox_pending'::regclass::oid::bigint << 16) | (16 + shard))
            """)
        return try rows.map { try $0.decode(Int16.self) }
    }

    /// Per shard the first pending rows in order of their numbers, never beyond the limits but always at least one.
    ///
    /// Each shard has its own limit, so that a busy one cannot starve the others; a key lives in one shard, so no more order is needed.
    func claim(_ shards: [Int16], rows: Int, bytes: Int, after cursor: Int64) -> Query {
        let count = max(1, shards.count)
        let rowsPerShard = Int64(max(1, rows / count))
        let bytesPerShard = Int64(max(1, bytes / count))
        let cursorBug: Query = SeededBug.isPlanted(.relayByCursor) ? "and seq > \(cursor)" : ""
        let head: Query = """
            select p.seq, p.shard, p.round, e.topic, e.key, e.version, e.event_id, e.source, e.type, e.dataschema, e.event_time,
                e.correlation_id, e.causation_id, e.traceparent, e.payload
            from (
                select shard, seq, round from (
                    select c.*, row_number() over w as n, sum(c.bytes) over w as total
                    from unnest(\(shards)::smallint[]) as s (shard) cross join lateral (
                        select shard, seq, round, bytes from outbox_pending where shard = s.shard 
            """
        let tail: Query = """
                         order by seq limit \(rowsPerShard)
                    ) as c
                    window w as (partition by c.shard order by c.seq rows unbounded preceding)
                ) as sized where n = 1 or total <= \(bytesPerShard)
            ) as p join outbox_event e on e.seq = p.seq order by p.shard, p.seq
            """
        return head + cursorBug + tail
    }

    /// Deletes exactly these rows, unless one was asked for again since it was claimed.
    func delete(_ rows: [ClaimedRow]) -> Query {
        if SeededBug.isPlanted(.deleteByRange) {
            let last = rows.map(\.seq).max() ?? 0
            return "delete from outbox_pending where shard = any(\(Array(Set(rows.map(\.shard))))) and seq <= \(last)"
        }
        return """
            delete from outbox_pending p
            using unnest(\(rows.map(\.shard))::smallint[], \(rows.map(\.seq))::bigint[], \(rows.map(\.round))::smallint[])
                as d (shard, seq, round)
            where p.shard = d.shard and p.seq = d.seq and p.round = d.round
            """
    }

    /// Notes what was acknowledged, in one order so that two relays of a rolling upgrade cannot wait for each other in a ring.
    func note(_ highest: [RelayLog.Place: Int64], loop: Int16, clusterID: String) -> Query {
        let places = highest.keys.sorted()
        return """
            insert into relay_position as r (topic, partition, loop, cluster_id, acknowledged_offset)
            select topic, partition, \(loop), \(clusterID), acknowledged
            from unnest(\(places.map(\.topic))::text[], \(places.map(\.partition))::integer[],
                \(places.map { highest[$0] ?? 0 })::bigint[]) as t (topic, partition, acknowledged)
            on conflict (topic, partition, loop) do update
                set cluster_id = excluded.cluster_id, acknowledged_at = now(),
                    acknowledged_offset = case when r.cluster_id = excluded.cluster_id
                        then greatest(r.acknowledged_offset, excluded.acknowledged_offset) else excluded.acknowledged_offset end
            """
    }
}

/// What identifies a claimed row.
struct ClaimedRow: Sendable, Hashable {
    let shard: Int16
    let seq: Int64
    let round: Int16
}
