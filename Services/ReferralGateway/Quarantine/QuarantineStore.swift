import Crypto
import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import ServiceKit

/// A quarantined message, opened.
struct QuarantinedMessage: Sendable {
    let receipt: SubmissionID
    let sender: String
    let messageID: String
    let channel: Submission.Channel
    let input: Sensitive<[UInt8]>
}

/// How somebody settled a quarantined message.
enum QuarantineSettling: String, Sendable, CaseIterable {
    /// Taken in as it was sent: what stood in its way no longer does.
    case replayed
    /// Taken in as somebody corrected it.
    case fixed
    /// Not taken in, for good.
    case discarded
}

/// Messages in quarantine, and what was decided about them.
enum QuarantineStore {
    private static let corrected = SealedColumn("quarantine_settlement", "corrected_input")

    /// The message, before the transaction that settles it. Throws `CommandFailure` where there is none, and where it was erased.
    static func open(_ receipt: SubmissionID, _ context: ServiceContext) async throws -> QuarantinedMessage {
        let rows = try await context.pool.query(
            """
            select sender, message_id, channel, format, input, sealed_for, outcome from submission
            where receipt = \(receipt)
            """, actingAs: Main.service.name)
        guard let row = rows.first else { throw CommandFailure(.badInput, "There is no receipt \(receipt).") }
        let (sender, message, channel, format, sealed, owner, outcome) = try row.decode(
            String.self, String.self, String.self, String.self, SealedField.self, UUID.self, String.self)
        guard outcome == "quarantined" else { throw notWaiting(receipt) }
        guard ![ReferralFormat.cin, .ssda903, .dfe].map(\.rawValue).contains(format) else {
            throw CommandFailure(
                .badInput, "Receipt \(receipt) is of a young person in a return.",
                next: "Correct the return and refer it again, or discard the receipt.")
        }
        do {
            let seal = try await context.vault.existingSeal(of: owner)
            return QuarantinedMessage(
                receipt: receipt, sender: sender, messageID: message,
                channel: Submission.Channel(rawValue: channel) ?? .commandLine,
                input: try seal.openBytes(sealed, SubmissionStore.input, row: receipt.uuid))
        } catch let error as SafeguardsError where error.code == .erased {
            throw CommandFailure(
                .badInput, "The message cannot be read any more.", why: "The person it is about was erased.")
        }
    }

    /// Until the transaction ends nobody else settles the message. Throws `CommandFailure` where it does not wait.
    static func lock(_ receipt: SubmissionID, in transaction: PostgresTransaction) async throws {
        let answers = try await transaction.pipeline([
            "select pg_advisory_xact_lock(hashtextextended(\(receipt.description), 0))",
            "select outcome from submission_standing where receipt = \(receipt)",
        ])
        guard try answers[1].first?.decode(String.self) == "quarantined" else { throw notWaiting(receipt) }
    }

    private static func notWaiting(_ receipt: SubmissionID) -> CommandFailure {
        CommandFailure(
            .badInput, "Receipt \(receipt) does not wait in quarantine.",
            why: "It was taken in, or somebody settled it.", next: "See: referral-gateway status \(receipt)")
    }

    static func add(
        _ how: QuarantineSettling, _ receipt: SubmissionID, by person: String, why: String, at now: Date,
        correction: (input: [UInt8], seal: PersonSeal)? = nil, referral: ReferralID? = nil,
        findings: [ValidationIssue] = [], in transaction: PostgresTransaction
    ) async throws {
        let sealed = try correction.map { try $0.seal.close($0.input, corrected, row: receipt.uuid) }
        let hash = correction.map { Hex.encode(SHA256.hash($0.input)) }
        let text = String(decoding: try JSONEncoder().encode(findings), as: UTF8.self)
        _ = try await transaction.query(
            """
            insert into quarantine_settlement (receipt, how, settled_at, settled_by, reason, corrected_input,
                corrected_sha256, sealed_for, findings, referral_id)
            values (\(receipt), \(how.rawValue), \(now), \(person), \(why), \(sealed), \(hash),
                \(correction?.seal.owner), \(PostgresJSON(text)), \(referral))
            """)
    }
}
