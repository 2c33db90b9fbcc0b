package import FoundationEssentials
package import Postgres

/// Asks the relay to publish events again. Readers drop what they have seen, so it is always safe.
package struct Republisher: Sendable {
    /// Which events.
    package enum Selection: Sendable, Equatable {
        case event(UUID)
        case topics([String])
        /// From this number on, in every topic.
        case from(sequence: Int64)
        case all
    }

    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    /// Returns how many events go out (again). With `dryRun` the request is made and rolled back.
    package func republish(_ selection: Selection, dryRun: Bool = false) async throws -> Int {
        try await pool.transaction { transaction in
            let asked = try await transaction.query(Self.statement(selection))
            if dryRun { transaction.rollbackOnly() }
            return asked.affected
        }
    }

    /// A row that waits already gets a new round: a relay that has it in flight, perhaps to a log that is gone, then cannot
    /// take it away.
    static func statement(_ selection: Selection) -> Query {
        let condition: Query =
            switch selection {
            case .event(let id): "event_id = \(id)"
            case .topics(let names): "topic = any(\(names))"
            case .from(let sequence): "seq >= \(sequence)"
            case .all: "true"
            }
        return
            "insert into outbox_pending as p (seq, bytes, shard) select seq, octet_length(payload), shard from outbox_event where "
            + condition + " on conflict (shard, seq) do update set round = (p.round + 1) % 30000"
    }
}
