import Crypto
import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres

/// Takes a submission in: kept exactly as it came, read, and either turned into a referral's event or quarantined with every
/// finding. All in the caller's transaction, so that a receipt is given only for what is stored.
struct SubmissionHandler: Sendable {
    let referrals: ReferralHandler

    /// Throws `SubmissionRefusal` where nothing is kept.
    func take(
        _ submission: Submission, by submitter: String, at now: Date, in transaction: PostgresTransaction
    ) async throws -> Receipt {
        guard !submission.input.isEmpty else { throw SubmissionRefusal.empty }
        guard submission.input.count <= Submission.inputBytesMax else {
            throw SubmissionRefusal.tooLarge(bytes: submission.input.count)
        }
        guard (1...100).contains(submission.sender.count) else { throw SubmissionRefusal.senderName }
        let hash = SHA256.hash(submission.input)
        let reading = ADWNotice.read(submission.input)
        // A message without a readable id is known by its content alone.
        let messageID = reading.envelope.messageID ?? "sha256:" + Hex.encode(hash)
        if let earlier = try await SubmissionStore.lockEarlier(
            sender: submission.sender, messageID: messageID, in: transaction)
        {
            guard earlier.inputSHA256 == Hex.encode(hash) else {
                throw SubmissionRefusal.otherContent(receipt: earlier.receipt)
            }
            try await SubmissionStore.addRepeat(of: earlier.receipt, submission.channel, at: now, in: transaction)
            return Receipt(
                id: earlier.receipt, outcome: .duplicate, referralID: earlier.referralID, findings: earlier.findings)
        }
        let (referralID, findings) = try await refer(reading, from: submission.sender, at: now, in: transaction)
        var random = SystemRandomNumberGenerator()
        let receipt = Receipt(
            id: .v7(at: now, using: &random), outcome: referralID == nil ? .quarantined : .accepted,
            referralID: referralID,
            findings: findings)
        try await SubmissionStore.add(
            submission, receipt: receipt, messageID: messageID, by: submitter, at: now,
            in: transaction)
        return receipt
    }

    /// The referral that the message led to, or nil where it must be quarantined; and everything found.
    private func refer(
        _ reading: ADWReading, from sender: String, at now: Date, in transaction: PostgresTransaction
    ) async throws -> (ReferralID?, [ValidationIssue]) {
        var report = reading.report
        guard let notice = reading.notice, !report.hasErrors else { return (nil, report.issues) }
        do {
            let id = try await referrals.take(notice, from: sender, at: now, in: transaction)
            return (id, report.issues)
        } catch let error as ReferralError {
            report.add(.error, error.rule, at: "Bundle.ReferralRequest", fix: error.description)
            return (nil, report.issues)
        }
    }
}

extension ReferralError {
    fileprivate var rule: String {
        switch self {
        case .unknownReferral: "referral.unknown"
        case .alreadyWithdrawn: "referral.withdrawn"
        case .otherPerson: "referral.other-person"
        }
    }
}
