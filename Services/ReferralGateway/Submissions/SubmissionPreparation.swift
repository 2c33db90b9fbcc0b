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
    let nhsNumberHash: [UInt8]?
    /// The person's, or the receipt's.
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
    let reading: ReferralReading
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
        try await prepare(submission, ReferralReading.read(submission.input), at: now, take)
    }

    /// The same for a message that was read.
    func prepare<Result>(
        _ submission: Submission, _ reading: ReferralReading, at now: Date,
        _ take: (PreparedSubmission) async throws -> Result
    ) async throws -> Result {
        try submission.requireAcceptable()
        return try await beginningAgain {
            try await take(try await prepared(submission, reading, at: now))
        }
    }

    /// The same for a message that came before, and is to be taken in after all under its receipt.
    func prepare<Result>(
        _ submission: Submission, _ reading: ReferralReading, as receipt: SubmissionID, at now: Date,
        _ take: (PreparedSubmission) async throws -> Result
    ) async throws -> Result {
        try await beginningAgain {
            let subject = try await subject(of: reading, from: submission.sender, receipt: receipt.uuid, at: now)
            return try await take(
                PreparedSubmission(
                    submission: submission, hash: SHA256.hash(submission.input), reading: reading,
                    messageID: reading.messageID ?? "", receipt: receipt, subject: subject))
        }
    }

    private func beginningAgain<Result>(_ body: () async throws -> Result) async throws -> Result {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await body()
            } catch is SubjectChanged {
                continue
            }
        }
        return try await body()
    }

    private func prepared(
        _ submission: Submission, _ reading: ReferralReading, at now: Date
    ) async throws -> PreparedSubmission {
        let hash = SHA256.hash(submission.input)
        // A message without a readable id is known by its content alone.
        let messageID = reading.messageID ?? "sha256:" + Hex.encode(hash)
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
        of reading: ReferralReading, from sender: String, receipt: UUID, at now: Date
    ) async throws -> Subject {
        guard let message = reading.message else { return try await nobody(receipt) }
        let hash = try message.person.validNHSNumber.map { try PersonStore.hash($0, vault) }
        guard let known = try await known(message, hash, from: sender) else {
            // A withdrawal makes nobody, and so does the news of a death.
            if message.isWithdrawal || message.person.hasDied { return try await nobody(receipt, hash) }
            let seal = try await vault.newcomer(at: now, isRehearsal: isRehearsal)
            return Subject(person: PersonID(seal.owner), nhsNumberHash: hash, seal: seal, isErased: false)
        }
        do {
            let seal = try await vault.seal(of: known, isRehearsal: isRehearsal)
            return Subject(person: known, nhsNumberHash: hash, seal: seal, isErased: false)
        } catch let error as SafeguardsError where error.code == .erased {
            let seal = try await vault.seal(of: receipt, isRehearsal: isRehearsal)
            return Subject(person: known, nhsNumberHash: hash, seal: seal, isErased: true)
        }
    }

    private func nobody(_ receipt: UUID, _ nhsNumberHash: [UInt8]? = nil) async throws -> Subject {
        Subject(
            person: nil, nhsNumberHash: nhsNumberHash,
            seal: try await vault.seal(of: receipt, isRehearsal: isRehearsal), isErased: false)
    }

    /// Whoever has the message's valid NHS number, or else is the referral's person; nil for somebody new. Without a valid number every
    /// referral is a new person, until somebody matches them.
    private func known(
        _ message: ReferralMessage, _ nhsNumberHash: [UInt8]?, from sender: String
    ) async throws -> PersonID? {
        if let nhsNumberHash, let known = try await PersonStore.find(nhsNumberHash: nhsNumberHash, pool) {
            return known
        }
        guard nhsNumberHash == nil || message.isWithdrawal else { return nil }
        let rows = try await pool.query(
            "select person_id from referral where sender = \(sender) and senders_number = \(message.referralIdentifier)",
            actingAs: Main.service.name)
        return try rows.first?.decode(PersonID.self)
    }
}
