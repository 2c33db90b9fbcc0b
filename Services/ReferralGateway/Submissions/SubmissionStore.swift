import Crypto
import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import ServiceKit

/// A submission that came before under the same sender and message id.
struct EarlierSubmission: Sendable {
    let receipt: SubmissionID
    /// Of what was sent, and of what it was corrected to.
    let hashes: [String]
    let referralID: ReferralID?
    let findings: [ValidationIssue]
}

/// Everything that was sent. Rows are only ever added.
enum SubmissionStore {
    /// The earlier submission under this id, if there is one. Until the transaction ends nobody else can take the same id, also
    /// where there is none yet.
    static func lockEarlier(
        sender: String, messageID: String, in transaction: PostgresTransaction
    ) async throws -> EarlierSubmission? {
        let answers = try await transaction.pipeline([
            "select pg_advisory_xact_lock(hashtextextended(\(sender) || chr(31) || \(messageID), 0))",
            """
            select receipt, input_sha256, corrected_sha256, referral_id, findings from submission_standing
            where sender = \(sender) and message_id = \(messageID)
            """,
        ])
        guard let row = answers[1].first else { return nil }
        let (receipt, hash, correctedHash, referral, findings) = try row.decode(
            SubmissionID.self, String.self, String?.self, ReferralID?.self, PostgresJSON.self)
        return EarlierSubmission(
            receipt: receipt, hashes: [hash, correctedHash].compactMap(\.self), referralID: referral,
            findings: try JSONDecoder().decode([ValidationIssue].self, from: Data(findings.text.utf8)))
    }

    /// Whether a submission came before under this id, without waiting for one that is being taken in.
    static func cameBefore(sender: String, messageID: String, _ pool: PostgresPool) async throws -> Bool {
        try await !pool.query(
            "select from submission where sender = \(sender) and message_id = \(messageID)", actingAs: Main.service.name
        ).isEmpty
    }

    static func addRepeat(
        of receipt: SubmissionID, _ channel: Submission.Channel, at now: Date, in transaction: PostgresTransaction
    ) async throws {
        var random = SystemRandomNumberGenerator()
        _ = try await transaction.query(
            """
            insert into repeated_submission (repeat_id, receipt, received_at, channel)
            values (\(UUID.v7(at: now, using: &random)), \(receipt.uuid), \(now), \(channel.rawValue))
            """)
    }

    static let input = SealedColumn("submission", "input")

    static func add(
        _ prepared: PreparedSubmission, about subject: Subject, receipt: Receipt, by submitter: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws {
        let submission = prepared.submission
        let findings = String(decoding: try JSONEncoder().encode(receipt.findings), as: UTF8.self)
        let sealed = try subject.seal.close(submission.input, input, row: receipt.id.uuid)
        _ = try await transaction.query(
            """
            insert into submission (receipt, sender, message_id, channel, format, received_at, submitted_by, input_sha256,
                input, sealed_for, outcome, findings, referral_id)
            values (\(receipt.id.uuid), \(submission.sender), \(prepared.messageID), \(submission.channel.rawValue),
                \(prepared.reading.format.rawValue), \(now), \(submitter), \(Hex.encode(prepared.hash)), \(sealed), \(subject.seal.owner),
                \(receipt.outcome.rawValue), \(PostgresJSON(findings)), \(receipt.referralID))
            """)
    }

    /// What was sent, exactly as it came.
    static func input(
        of receipt: SubmissionID, _ vault: PersonVault, in transaction: PostgresTransaction
    ) async throws -> Sensitive<[UInt8]>? {
        let rows = try await transaction.query("select input, sealed_for from submission where receipt = \(receipt)")
        guard let (sealed, owner) = try rows.first?.decode(SealedField.self, UUID.self) else { return nil }
        return try await vault.existingSeal(of: owner).openBytes(sealed, input, row: receipt.uuid)
    }
}
