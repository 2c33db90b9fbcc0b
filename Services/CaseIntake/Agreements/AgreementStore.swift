import Crypto
import Domain
import FoundationEssentials
import Postgres
import Safeguards
import ServiceKit

/// A text of an agreement as it is stored.
struct StoredAgreementText: Sendable {
    let agreementID: AgreementID
    let version: Int
    let body: String
    let sha256: TextSHA256
}

/// The texts of agreements and their signatures. Rows are only ever added.
enum AgreementStore {
    private static let body = SealedColumn("agreement_text", "body")
    private static let signerName = SealedColumn("agreement_signature", "signer_name")

    /// The newest text of a case's agreement, or nil.
    static func newest(
        of caseID: CaseID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> StoredAgreementText? {
        let rows = try await transaction.query(
            """
            select agreement_id, version, body, sha256 from agreement_text
            where case_id = \(caseID.uuid) order by version desc limit 1
            """)
        guard let row = rows.first else { return nil }
        let (id, version, sealed, sha256) = try row.decode(UUID.self, Int32.self, SealedField.self, String.self)
        let body = try seal.open(sealed, Self.body, row: id, part: String(version)).reveal()
        // Computed anew from the text: what is stored beside it proves nothing about it.
        guard let hash = TextSHA256(SHA256.hex(of: body)), hash.description == sha256 else {
            throw AgreementStoreError.textDoesNotMatchHash
        }
        return StoredAgreementText(agreementID: AgreementID(id), version: Int(version), body: body, sha256: hash)
    }

    /// Stores a text before anyone is shown it.
    static func add(
        _ text: StoredAgreementText, of caseID: CaseID, _ seal: PersonSeal, by drafter: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        let sealed = try seal.close(text.body, body, row: text.agreementID.uuid, part: String(text.version))
        _ = try await transaction.query(
            """
            insert into agreement_text (agreement_id, version, case_id, body, sha256, drafted_at, drafted_by)
            values (\(text.agreementID.uuid), \(Int32(text.version)), \(caseID.uuid), \(sealed),
                \(text.sha256.description), \(now), \(drafter))
            """)
    }

    /// Stores who signed which text, in which role (`council` for the countersignature) and when.
    static func addSignature(
        _ text: StoredAgreementText, _ seal: PersonSeal, role: String, signer: String, at now: Date,
        recordedBy recorder: String, in transaction: PostgresTransaction
    ) async throws {
        let sealed = try seal.close(signer, signerName, row: text.agreementID.uuid, part: "\(text.version) \(role)")
        _ = try await transaction.query(
            """
            insert into agreement_signature
                (agreement_id, version, signer_role, signer_name, text_sha256, signed_at, recorded_by)
            values (\(text.agreementID.uuid), \(Int32(text.version)), \(role), \(sealed), \(text.sha256.description), \(now),
                \(recorder))
            """)
    }
}

extension AgreementStore {
    /// Who signed a version in a role, by name; nil where nobody has.
    static func signer(
        of text: StoredAgreementText, role: String, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> Sensitive<String>? {
        let rows = try await transaction.query(
            """
            select signer_name from agreement_signature where agreement_id = \(text.agreementID)
                and version = \(Int32(text.version)) and signer_role = \(role)
            """)
        return try rows.first.map { row in
            try seal.open(
                try row.decode(SealedField.self), signerName, row: text.agreementID.uuid,
                part: "\(text.version) \(role)")
        }
    }
}

/// What is stored cannot be what was written.
enum AgreementStoreError: Error, CustomStringConvertible {
    case textDoesNotMatchHash

    var description: String {
        "The stored text of the agreement is not the one its hash was made of. Stop, and have the database checked."
    }
}
