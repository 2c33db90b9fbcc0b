import Crypto
import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres

/// Takes a submission in: kept exactly as it came, sealed, and either turned into a referral's event or quarantined with every
/// finding. All in the caller's transaction, so that a receipt is given only for what is stored.
struct SubmissionHandler: Sendable {
    let referrals = ReferralHandler()

    /// Throws `SubmissionRefusal` where nothing is kept, and `SubjectChanged` where it was prepared for somebody else.
    func take(
        _ prepared: PreparedSubmission, by submitter: String, at now: Date, in transaction: PostgresTransaction
    ) async throws -> Receipt {
        let submission = prepared.submission
        if let earlier = try await SubmissionStore.lockEarlier(
            sender: submission.sender, messageID: prepared.messageID, in: transaction)
        {
            guard earlier.hashes.contains(Hex.encode(prepared.hash)) else {
                throw SubmissionRefusal.otherContent(receipt: earlier.receipt)
            }
            try await SubmissionStore.addRepeat(of: earlier.receipt, submission.channel, at: now, in: transaction)
            return Receipt(
                id: earlier.receipt, outcome: .duplicate, referralID: earlier.referralID, findings: earlier.findings)
        }
        guard let subject = prepared.subject else { throw SubjectChanged() }
        let (referralID, findings) = try await refer(
            prepared.reading, about: subject, from: submission.sender, at: now, in: transaction)
        let receipt = Receipt(
            id: prepared.receipt, outcome: referralID == nil ? .quarantined : .accepted, referralID: referralID,
            findings: findings)
        try await SubmissionStore.add(
            prepared, about: subject, receipt: receipt, by: submitter, at: now, in: transaction)
        return receipt
    }

    /// The referral that the message led to, or nil where it must be quarantined; and everything found.
    func refer(
        _ reading: ReferralReading, about subject: Subject, from sender: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> (ReferralID?, [ValidationIssue]) {
        var report = reading.report
        guard let message = reading.message else { return (nil, report.issues) }
        guard !subject.isErased else {
            report.add(
                .error, "person.erased", at: reading.format.placeOfPerson,
                fix: "ask the council: everything about this person was erased, and somebody has to decide anew")
            return (nil, report.issues)
        }
        do {
            let id = try await referrals.take(message, about: subject, from: sender, at: now, in: transaction)
            if message.person.hasDied {
                report.add(
                    .warning, "person.died", at: reading.format.placeOfPerson,
                    fix: "nothing: the referral is closed, since the message says that the person has died")
            }
            return (id, report.issues)
        } catch let error as ReferralError {
            let place = error == .hasDied ? reading.format.placeOfPerson : reading.format.placeOfReferral
            report.add(.error, error.rule, at: place, fix: error.description)
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
        case .hasDied: "person.died"
        }
    }
}

extension ReferralFormat {
    /// Where a message of the format says whom it is about.
    fileprivate var placeOfPerson: String {
        switch self {
        case .adw, .bars, .ukCore: "Bundle.Patient"
        case .hl7v2: "PID"
        case .cin, .ssda903, .dfe: "child"
        }
    }

    /// Where it says which referral.
    fileprivate var placeOfReferral: String {
        switch self {
        case .adw: "Bundle.ReferralRequest"
        case .bars, .ukCore: "Bundle.ServiceRequest"
        case .hl7v2: "RF1"
        case .cin, .ssda903, .dfe: "child"
        }
    }
}
