import Domain
import Formats
import FoundationEssentials
import HTTP
import ServiceKit

/// Where partners send messages and ask what became of them.
struct SubmissionRoutes: Sendable {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.post("/referrals") { request in try await submit(request) }
        router.get("/submissions/{receipt}", UUID.self) { request, receipt in
            let found = try await context.act(request, .submitReferral, readOnly: true) { work in
                try await SubmissionList.receipt(SubmissionID(receipt), in: work.transaction)
            }
            guard let found else { throw Problem(.notFound, detail: "There is no such receipt.") }
            return try .json(ReceiptBody(found))
        }
    }

    /// The sender is whoever signed in: a message id is theirs alone.
    private func submit(_ request: Request) async throws -> Response {
        guard
            ["application/fhir+xml", "application/xml+fhir", "application/xml", "text/xml"].contains(request.mediaType)
        else {
            throw Problem(.unsupportedMediaType, detail: "Send an ADW notice as application/fhir+xml.")
        }
        let person = try context.person(of: request, who: .submitReferral)
        let input = try await request.body.bytes(upTo: Submission.inputBytesMax)
        let receipt: Receipt
        do {
            receipt = try await context.act(as: person, .submitReferral) { work in
                try await SubmissionHandler(referrals: ReferralHandler()).take(
                    Submission(sender: person.id.uuidString.lowercased(), channel: .http, input: input),
                    by: person.id.uuidString.lowercased(), at: work.now, in: work.transaction)
            }
        } catch let refusal as SubmissionRefusal {
            throw problem(refusal)
        }
        return try answer(receipt)
    }

    private func problem(_ refusal: SubmissionRefusal) -> Problem {
        switch refusal {
        case .tooLarge: Problem(.contentTooLarge, detail: refusal.description)
        case .otherContent: Problem(.conflict, detail: refusal.description)
        case .empty, .senderName: Problem(.badRequest, detail: refusal.description)
        }
    }

    /// A quarantined message is kept, and its sender is told everything that is wrong with it.
    private func answer(_ receipt: Receipt) throws -> Response {
        guard receipt.outcome == .quarantined else {
            return try .json(ReceiptBody(receipt), status: receipt.outcome == .accepted ? .created : .ok)
        }
        var problem = Problem(
            .unprocessableContent, detail: "The message is kept under receipt \(receipt.id) and not taken in.")
        problem.errors = receipt.findings.map { Problem.Entry(place: $0.path, detail: $0.fix) }
        return .problem(problem)
    }
}

/// A receipt in JSON.
private struct ReceiptBody: Encodable {
    let receipt: String
    let outcome: String
    let referral: String?
    let findings: [ValidationIssue]

    init(_ receipt: Receipt) {
        self.receipt = receipt.id.description
        outcome = receipt.outcome.rawValue
        referral = receipt.referralID?.description
        findings = receipt.findings
    }
}
