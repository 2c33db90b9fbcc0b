import Domain
import FoundationEssentials
import Postgres

/// A case as it is stored.
struct StoredCase: Sendable {
    let state: CareCase
    /// How many events made it.
    let version: Int64
}

/// The cases in the database.
enum CaseStore {
    /// The case with its row locked until the transaction ends, or nil.
    static func lock(_ id: CaseID, in transaction: PostgresTransaction) async throws -> StoredCase? {
        let rows = try await transaction.query(
            "select state, version from care_case where case_id = \(id.uuid) for update")
        return try rows.first.map(stored)
    }

    /// The case that answers a referral, with its row locked, or nil.
    static func lock(of referral: ReferralID, in transaction: PostgresTransaction) async throws -> StoredCase? {
        let rows = try await transaction.query(
            "select state, version from care_case where referral_id = \(referral.uuid) for update")
        return try rows.first.map(stored)
    }

    /// Writes the case after `events`. `version` is the one that was locked, 0 for a new case.
    static func save(
        _ state: CareCase, after version: Int64, events: [CaseEvent], by decider: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        let newVersion = version + Int64(events.count)
        let row: Query =
            if version == 0 {
                """
                insert into care_case (case_id, referral_id, person_id, referred_at, state, phase, phase_since, version)
                values (\(state.id.uuid), \(state.opening.referralID.uuid), \(state.opening.personID.uuid),
                    \(state.opening.referredAt), \(try json(state)), \(state.phase.rawValue), \(now), \(newVersion))
                """
            } else {
                """
                update care_case set state = \(try json(state)), version = \(newVersion), phase = \(state.phase.rawValue),
                    phase_since = case when phase = \(state.phase.rawValue) then phase_since else \(now) end
                where case_id = \(state.id.uuid) and version = \(version)
                """
            }
        let versions = (0..<events.count).map { version + 1 + Int64($0) }
        let history: Query = """
            insert into case_history (case_id, version, happened_at, event, decided_by)
            select \(state.id.uuid), version, \(now), event::jsonb, \(decider)
            from unnest(\(versions)::bigint[], \(try events.map { try json($0).text })::text[]) as t (version, event)
            """
        let written = try await transaction.pipeline([row, history])
        // The row was locked: nobody else can have moved it on.
        precondition(written[0].affected == 1, "a locked case changed under its lock")
    }

    private static func stored(_ row: Row) throws -> StoredCase {
        let (state, version) = try row.decode(PostgresJSON.self, Int64.self)
        return StoredCase(state: try JSONDecoder().decode(CareCase.self, from: Data(state.text.utf8)), version: version)
    }

    private static func json(_ value: some Encodable) throws -> PostgresJSON {
        PostgresJSON(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    }
}
