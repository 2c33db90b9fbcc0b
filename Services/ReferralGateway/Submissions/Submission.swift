import Domain
import Formats
import FoundationEssentials

/// What a partner sends, however it comes in.
struct Submission: Sendable {
    /// Who sends, as the council knows them; a message id is theirs alone.
    let sender: String
    let channel: Channel
    let input: [UInt8]

    enum Channel: String, Sendable {
        case http
        case commandLine = "command-line"
    }

    /// The largest message that is taken, in bytes.
    static let inputBytesMax = 10 * 1024 * 1024

    /// Throws where nothing of it is kept.
    func requireAcceptable() throws(SubmissionRefusal) {
        guard !input.isEmpty else { throw .empty }
        guard input.count <= Self.inputBytesMax else { throw .tooLarge(bytes: input.count) }
        guard (1...100).contains(sender.count) else { throw .senderName }
    }
}

/// What a partner is told at once.
struct Receipt: Sendable, Equatable {
    let id: SubmissionID
    let outcome: Outcome
    /// The referral it was taken into; nil for a quarantined message.
    let referralID: ReferralID?
    let findings: [ValidationIssue]

    enum Outcome: String, Sendable {
        case accepted
        /// The same message came before: this is its receipt.
        case duplicate
        /// Kept and not taken in; the findings say what to correct.
        case quarantined
        /// Kept, and not taken in: somebody decided so.
        case discarded
    }
}

/// Why a submission is not even kept.
enum SubmissionRefusal: Error, Equatable, CustomStringConvertible {
    case tooLarge(bytes: Int)
    case empty
    case otherContent(receipt: SubmissionID)
    case senderName

    var description: String {
        switch self {
        case .tooLarge(let bytes): "The message has \(bytes) bytes; at most \(Submission.inputBytesMax) are taken."
        case .empty: "The message is empty."
        case .otherContent(let receipt):
            "Another message came before under the same message id (receipt \(receipt)). Send a changed message under a new id."
        case .senderName: "The sender needs a name of 1 to 100 characters."
        }
    }
}
