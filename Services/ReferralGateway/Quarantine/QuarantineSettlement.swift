import Crypto
import Domain
import Formats
import FoundationEssentials
import Safeguards
import ServiceKit

/// Takes a quarantined message in after all: as it came, or as somebody corrected it.
struct QuarantineSettlement: Sendable {
    let message: QuarantinedMessage
    let how: QuarantineSettling
    let correction: [UInt8]?
    let why: String

    /// The receipt as it then stands. Where the message still cannot be taken in nothing is stored, and the receipt says why.
    func settle(_ context: ServiceContext, as person: ActingPerson, dryRun: Bool) async throws -> Receipt {
        let submission = Submission(
            sender: message.sender, channel: message.channel, input: correction ?? message.input.reveal())
        try submission.requireAcceptable()
        let reading = ReferralReading.read(submission.input)
        try requireSameMessage(reading)
        let preparation = SubmissionPreparation(pool: context.pool, vault: try context.vault, isRehearsal: dryRun)
        do {
            return try await preparation.prepare(submission, reading, as: message.receipt, at: context.now()) {
                prepared in
                try await context.act(as: person, .decideReferral, dryRun: dryRun) { work in
                    let receipt = try await take(prepared, work)
                    try await work.note(receipt)
                    return receipt
                }
            }
        } catch let refusal as StillRefused {
            return Receipt(id: message.receipt, outcome: .quarantined, referralID: nil, findings: refusal.findings)
        }
    }

    /// A correction is of this message, and not another one: under its id, or under any that no other message of the sender has,
    /// where it had none that could be read.
    private func requireSameMessage(_ reading: ReferralReading) throws(CommandFailure) {
        guard let id = reading.messageID, id != message.messageID, !message.messageID.hasPrefix("sha256:") else {
            return
        }
        throw CommandFailure(
            .badInput, "The corrected message has another message id than the quarantined one.",
            why: "It would be another message.", next: "Keep the id, or submit it as a message of its own.")
    }

    private func take(_ prepared: PreparedSubmission, _ work: Work) async throws -> Receipt {
        try await QuarantineStore.lock(message.receipt, in: work.transaction)
        guard let subject = prepared.subject else { throw SubjectChanged() }
        let (referral, findings) = try await SubmissionHandler().refer(
            prepared.reading, about: subject, from: message.sender, at: work.now, in: work.transaction)
        guard let referral else { throw StillRefused(findings: findings) }
        try await QuarantineStore.add(
            how, message.receipt, by: work.decider, why: why, at: work.now,
            correction: correction.map { ($0, subject.seal) }, referral: referral, findings: findings,
            in: work.transaction)
        return Receipt(id: message.receipt, outcome: .accepted, referralID: referral, findings: findings)
    }
}

/// The message still cannot be taken in; nothing of it is stored.
private struct StillRefused: Error {
    let findings: [ValidationIssue]
}
