import Domain
import FoundationEssentials
import Postgres
import Safeguards
import ServiceKit

/// A pay run as it is stored.
struct StoredPayRun: Sendable {
    let run: PayRun
    /// How many events made it.
    let version: Int64
}

/// The pay runs in the database: a history that is only added to, and a row for lists and constraints.
enum PayRunStore {
    /// The run with its row locked until the transaction ends, or nil.
    static func lock(_ id: PayRunID, in transaction: PostgresTransaction) async throws -> StoredPayRun? {
        try await read(id, " for update", in: transaction)
    }

    /// The run as it stands, or nil.
    static func load(_ id: PayRunID, in transaction: PostgresTransaction) async throws -> StoredPayRun? {
        try await read(id, "", in: transaction)
    }

    private static func read(
        _ id: PayRunID, _ lock: Query, in transaction: PostgresTransaction
    ) async throws -> StoredPayRun? {
        let answers = try await transaction.pipeline([
            "select version from pay_run where run_id = \(id.uuid)" + lock,
            "select event from pay_run_history where run_id = \(id.uuid) order by version",
        ])
        guard let row = answers[0].first else { return nil }
        let events = try answers[1].map { row in
            try JSONDecoder().decode(PayRunEvent.self, from: Data(try row.decode(PostgresJSON.self).text.utf8))
        }
        guard let run = PayRun.replay(events) else { return nil }
        return StoredPayRun(run: run, version: try row.decode(Int64.self))
    }

    /// Everybody who is paid by the run, or was to be.
    static func people(of id: PayRunID, in transaction: PostgresTransaction) async throws -> [PersonID] {
        try await transaction.query("select distinct person_id from payment where run_id = \(id)")
            .map { try $0.decode(PersonID.self) }
    }

    /// The run as the audit keeps it, with its row locked: figures and who did what, no payment of its own.
    static func standing(_ id: PayRunID, in transaction: PostgresTransaction) async throws -> StandingRecord {
        let rows = try await transaction.query("select to_jsonb(r) from pay_run r where run_id = \(id) for update")
        return StandingRecord(
            try rows.first.map { Sensitive(try $0.decode(PostgresJSON.self).text) },
            of: try await people(of: id, in: transaction))
    }

    /// Writes the run after `events`. `version` is the one that was locked, 0 for a new run.
    static func save(
        _ run: PayRun, after version: Int64, events: [PayRunEvent], by staffID: StaffID, at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        let totals = try run.totals ?? run.computeTotals()
        let preparers = run.preparers.map(\.uuid)
        let row: Query = """
            insert into pay_run as r (run_id, status, payment_date, version, line_count, total_pence, preparers, approver,
                releaser, file_sha256, created_at)
            values (\(run.id.uuid), \(run.status.rawValue), \(run.paymentDate), \(version + Int64(events.count)),
                \(Int32(totals.lineCount)), \(totals.total), \(preparers)::uuid[], \(run.approver?.uuid),
                \(run.releaser?.uuid), \(run.fileSHA256?.description), \(now))
            on conflict (run_id) do update set status = excluded.status, payment_date = excluded.payment_date,
                version = excluded.version, line_count = excluded.line_count, total_pence = excluded.total_pence,
                preparers = excluded.preparers, approver = excluded.approver, releaser = excluded.releaser,
                file_sha256 = excluded.file_sha256
            where r.version = \(version)
            """
        let versions = (0..<events.count).map { version + 1 + Int64($0) }
        let texts = try events.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let history: Query = """
            insert into pay_run_history (run_id, version, happened_at, event, decided_by)
            select \(run.id.uuid), version, \(now), event::jsonb, \(staffID.uuid)
            from unnest(\(versions)::bigint[], \(texts)::text[]) as t (version, event)
            """
        let written = try await transaction.pipeline([row, history])
        // The row was locked: nobody else can have moved it on.
        precondition(written[0].affected == 1, "a locked pay run changed under its lock")
    }
}
