import Domain
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import ServiceKit

/// A case as it is stored.
struct StoredCase: Sendable {
    let state: CareCase
    /// How many events made it.
    let version: Int64
}

/// The cases in the database.
enum CaseStore {
    private static let state = SealedColumn("care_case", "state")
    private static let event = SealedColumn("case_history", "event")

    /// The case with its row locked until the transaction ends, or nil.
    static func lock(
        _ id: CaseID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> StoredCase? {
        let rows = try await transaction.query(
            "select case_id, state, version from care_case where case_id = \(id.uuid) for update")
        return try rows.first.map { try stored($0, seal) }
    }

    /// The case that answers a referral, with its row locked, or nil.
    static func lock(
        of referral: ReferralID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> StoredCase? {
        let rows = try await transaction.query(
            "select case_id, state, version from care_case where referral_id = \(referral.uuid) for update")
        return try rows.first.map { try stored($0, seal) }
    }

    /// The case as the audit keeps it, with its row locked.
    static func standing(
        _ id: CaseID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> StandingRecord {
        let rows = try await transaction.query("select state from care_case where case_id = \(id) for update")
        return StandingRecord(
            try rows.first.map { try seal.open(try $0.decode(SealedField.self), state, row: id.uuid) },
            of: [PersonID(seal.owner)])
    }

    /// Writes the case after `events`. `version` is the one that was locked, 0 for a new case.
    static func save(
        _ state: CareCase, _ seal: PersonSeal, after version: Int64, events: [CaseEvent], by decider: String,
        at now: Date, in transaction: PostgresTransaction
    ) async throws {
        let id = state.id.uuid
        let sealedState = try seal.close(try json(state), Self.state, row: id)
        let newVersion = version + Int64(events.count)
        let row: Query =
            if version == 0 {
                """
                insert into care_case (case_id, referral_id, person_id, referred_at, state, phase, phase_since, version)
                values (\(state.id.uuid), \(state.opening.referralID.uuid), \(state.opening.personID.uuid),
                    \(state.opening.referredAt), \(sealedState), \(state.phase.rawValue), \(now), \(newVersion))
                """
            } else {
                """
                update care_case set state = \(sealedState), version = \(newVersion), phase = \(state.phase.rawValue),
                    phase_since = case when phase = \(state.phase.rawValue) then phase_since else \(now) end
                where case_id = \(state.id.uuid) and version = \(version)
                """
            }
        let versions = (0..<events.count).map { version + 1 + Int64($0) }
        let sealedEvents = try zip(versions, events).map { version, event in
            try seal.close(try json(event), Self.event, row: id, part: String(version)).bytes
        }
        let history: Query = """
            insert into case_history (case_id, version, happened_at, event, decided_by)
            select \(id), version, \(now), event, \(decider)
            from unnest(\(versions)::bigint[], \(sealedEvents)::bytea[]) as t (version, event)
            """
        let written = try await transaction.pipeline([row, history])
        // The row was locked: nobody else can have moved it on.
        precondition(written[0].affected == 1, "a locked case changed under its lock")
    }

    /// What happened in a case, in order.
    static func history(
        of id: CaseID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> [CaseHistoryRow] {
        try await transaction.query(
            "select version, happened_at, event, decided_by from case_history where case_id = \(id) order by version"
        ).map { row in
            let (version, time, sealed, decider) = try row.decode(Int64.self, Date.self, SealedField.self, String.self)
            let event = try seal.open(sealed, event, row: id.uuid, part: String(version))
            return CaseHistoryRow(version: version, happenedAt: time, event: event, decidedBy: decider)
        }
    }

    private static func stored(_ row: Row, _ seal: PersonSeal) throws -> StoredCase {
        let (id, sealed, version) = try row.decode(UUID.self, SealedField.self, Int64.self)
        let text = try seal.open(sealed, state, row: id).reveal()
        return StoredCase(state: try JSONDecoder().decode(CareCase.self, from: Data(text.utf8)), version: version)
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}

/// One step of a case.
struct CaseHistoryRow: Sendable {
    let version: Int64
    let happenedAt: Date
    /// The event, in JSON.
    let event: Sensitive<String>
    let decidedBy: String
}

/// What seals and opens a case, fetched before it is locked.
enum CaseSeal {
    /// Throws where there is no such case, or the person was erased.
    static func fetch(_ id: CaseID, _ vault: PersonVault, _ pool: PostgresPool) async throws -> PersonSeal {
        let rows = try await pool.query(
            "select person_id from care_case where case_id = \(id)", actingAs: Main.service.name)
        guard let person = try rows.first?.decode(PersonID.self) else { throw CaseError.notOpened }
        do {
            return try await vault.existingSeal(of: person.uuid)
        } catch let error as SafeguardsError where error.code == .erased {
            throw CommandFailure(.badInput, "The person of this case was erased.", why: "Nobody can read it any more.")
        }
    }
}
