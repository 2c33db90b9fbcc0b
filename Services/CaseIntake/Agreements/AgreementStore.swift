import Crypto
import Domain
import FoundationEssentials
import Postgres

/// A text of an agreement as it is stored.
struct StoredAgreementText: Sendable {
    let agreementID: AgreementID
    let version: Int
    let body: String
    let sha256: TextSHA256
}

/// The texts of agreements and their signatures. Rows are only ever added.
enum AgreementStore {
    /// The newest text of a case's agreement, or nil.
    static func newest(of caseID: CaseID, in transaction: PostgresTransaction) async throws -> StoredAgreementText? {
        let rows = try await transaction.query(
            """
            select agreement_id, version, body, sha256 from agreement_text
            where case_id = \(caseID.uuid) order by version desc limit 1
            """)
        guard let row = rows.first else { return nil }
        let (id, version, body, sha256) = try row.decode(UUID.self, Int32.self, String.self, String.self)
        // Computed anew from the text: what is stored beside it proves nothing about it.
        guard let hash = TextSHA256(SHA256.hex(of: body)), hash.description == sha256 else {
            throw AgreementStoreError.textDoesNotMatchHash
        }
        return StoredAgreementText(agreementID: AgreementID(id), version: Int(version), body: body, sha256: hash)
    }

    /// Stores a text before anyone is shown it.
    static func add(
        _ text: StoredAgreementText, of caseID: CaseID, by drafter: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        _ = try await transaction.query(
            """
            insert into agreement_text (agreement_id, version, case_id, body, sha256, drafted_at, drafted_by)
            values (\(text.agreementID.uuid), \(Int32(text.version)), \(caseID.uuid), \(text.body),
                \(text.sha256.description), \(now), \(drafter))
            """)
    }

    /// Stores who signed which text, in which role (`council` for the countersignature) and when.
    static func addSignature(
        _ text: StoredAgreementText, role: String, signer: String, at now: Date, recordedBy recorder: String,
        in transaction: PostgresTransaction
    ) async throws {
        _ = try await transaction.query(
            """
            insert into agreement_signature
                (agreement_id, version, signer_role, signer_name, text_sha256, signed_at, recorded_by)
            values (\(text.agreementID.uuid), \(Int32(text.version)), \(role), \(signer), \(text.sha256.description), \(now),
                \(recorder))
            """)
    }
}

/// What is stored cannot be what was written.
enum AgreementStoreError: Error, CustomStringConvertible {
    case textDoesNotMatchHash

    var description: String {
        "The stored text of the agreement is not the one its hash was made of. Stop, and have the database checked."
    }
}
