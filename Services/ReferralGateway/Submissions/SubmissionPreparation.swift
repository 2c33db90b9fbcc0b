import Crypto
import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import ServiceKit

/// Whom a message is about, as far as it can be told before anything is locked, and the key that seals it.
struct Subject: Sendable {
    /// The person; nil where nobody can be told: then the message is sealed under a key of its own.
    let person: PersonID?
    /// Whose key it is: the person's, or the receipt's.
    let owner: UUID
    let nhsNumberHash: [UInt8]?
    let seal: PersonSeal
    /// The person's key was destroyed. What comes in about them now is for somebody to decide.
    let isErased: Bool
}

/// The message is about somebody else than was thought before the transaction: it begins again.
struct SubjectChanged: Error {}

/// A message that was read, with the key at hand, so that its transaction asks nobody else.
struct PreparedSubmission: Sendable {
    let submission: Submission
    let hash: [UInt8]
    let reading: ADWReading
    let messageID: String
    let receipt: SubmissionID
    /// Nil where the message came before.
    let subject: Subject?
}

/// Reads a message, finds out whom it is about and fetches the key, before the transaction in which it is taken.
struct SubmissionPreparation: Sendable {
    let pool: PostgresPool
    let vault: PersonVault
    /// Then a new person's key is kept nowhere.
    var isRehearsal = false

    /// How often a message begins again because somebody else was quicker.
    private static let attemptsMax = 5

    /// Prepares the message and lets `take` take it in, in a transaction of its own. Throws `SubmissionRefusal` where nothing of
    /// it may be kept.
    func prepare<Result>(
        _ submission: Submission, at now: Date, _ take: (PreparedSubmission) async throws -> Result
    ) async throws -> Result {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await take(try await prepared(submission, at: now))
            } catch is SubjectChanged {
                continue
            }
        }
        return try await take(try await prepared(submission, at: now))
    }

    private func prepared(_ submission: Submission, at now: Date) async throws -> PreparedSubmission {
        try submission.requireAcceptable()
        let hash = SHA256.hash(submission.input)
        let reading = ADWNotice.read(submission.input)
        // A message without a readable id is known by its content alone.
        let messageID = reading.envelope.messageID ?? "sha256:" + Hex.encode(hash)
        var random = SystemRandomNumberGenerator()
        let receipt = SubmissionID.v7(at: now, using: &random)
        let cameBefore = try await SubmissionStore.cameBefore(
            sender: submission.sender, messageID: messageID, pool)
        return PreparedSubmission(
            submission: submission, hash: hash, reading: reading, messageID: messageID, receipt: receipt,
            subject: cameBefore
                ? nil : try await subject(of: reading, from: submission.sender, receipt: receipt.uuid, at: now))
    }

    private func subject(
        of reading: ADWReading, from sender: String, receipt: UUID, at now: Date
    ) async throws -> Subject {
        var hash: [UInt8]?
        var person: PersonID?
        if let notice = reading.notice, !reading.report.hasErrors {
            hash = try notice.patient.validNHSNumber.map { try PersonStore.hash($0, vault) }
            person = try await self.person(of: notice, hash, from: sender, at: now)
        }
        func subject(_ owner: UUID, isErased: Bool) async throws -> Subject {
            Subject(
                person: person, owner: owner, nhsNumberHash: hash,
                seal: try await vault.seal(of: owner, isRehearsal: isRehearsal), isErased: isErased)
        }
        do {
            return try await subject(person?.uuid ?? receipt, isErased: false)
        } catch let error as SafeguardsError where error.code == .erased {
            return try await subject(receipt, isErased: true)
        }
    }

    /// Whoever has the notice's valid NHS number, or else is the referral's person, or else somebody new. Without a valid number
    /// every referral is a new person, until somebody matches them. A withdrawal makes nobody.
    private func person(
        of notice: ADWNotice, _ nhsNumberHash: [UInt8]?, from sender: String, at now: Date
    ) async throws -> PersonID? {
        if let nhsNumberHash, let known = try await PersonStore.find(nhsNumberHash: nhsNumberHash, pool) {
            return known
        }
        let isNew = nhsNumberHash != nil && !notice.kind.isWithdrawal
        if !isNew {
            let known = try await pool.query(
                "select person_id from referral where sender = \(sender) and senders_number = \(notice.referralIdentifier)",
                actingAs: Main.service.name)
            if let row = known.first { return try row.decode(PersonID.self) }
        }
        var random = SystemRandomNumberGenerator()
        return notice.kind.isWithdrawal ? nil : .v7(at: now, using: &random)
    }
}
