import Domain
import Formats
import FoundationEssentials
import HTTP
import ServiceKit

/// Where partners send messages and ask what became of them.
struct SubmissionRoutes: Sendable {
    let context: ServiceContext

    private static let mediaTypes = [
        "application/fhir+xml", "application/fhir+json", "application/xml+fhir", "application/xml", "text/xml",
        "application/hl7-v2", "x-application/hl7-v2+er7", "application/hl7-v2+er7",
    ]

    func add(to router: inout Router) {
        router.post("/referrals") { request in try await submit(request) }
        router.get("/submissions/{receipt}", UUID.self) { request, receipt in try await look(request, receipt) }
    }

    /// The sender is whoever signed in: a message id is theirs alone.
    private func submit(_ request: Request) async throws -> Response {
        let person = try await context.person(of: request, who: .submitReferral)
        guard let type = request.mediaType, Self.mediaTypes.contains(type) else {
            throw Problem(
                .unsupportedMediaType, detail: "Send application/fhir+xml, application/fhir+json or application/hl7-v2."
            )
        }
        let input = try await request.body.bytes(upTo: Submission.inputBytesMax)
        let sender = person.id.uuidString.lowercased()
        do {
            let submission = Submission(sender: sender, channel: .http, input: input)
            return try answer(try await context.take(submission, as: person).receipt)
        } catch let refusal as SubmissionRefusal {
            throw refusal.problem
        }
    }

    /// A partner finds what they sent themselves; for others a receipt of somebody else's is not there. Who may read referrals
    /// finds every receipt.
    private func look(_ request: Request, _ id: UUID) async throws -> Response {
        let person = try await context.person(of: request)
        let permission: Permission = person.may(.readReferrals) ? .readReferrals : .submitReferral
        _ = try await context.person(of: request, who: permission)
        let sender = permission == .readReferrals ? nil : person.id.uuidString.lowercased()
        let found = try await context.act(as: person, permission, readOnly: true) { work in
            let receipt = try await SubmissionList.receipt(SubmissionID(id), from: sender, in: work.transaction)
            if let receipt { try await work.note(receipt) } else { work.note("no receipt \(SubmissionID(id))", of: []) }
            return receipt
        }
        guard let found else { throw Problem(.notFound, detail: "There is no such receipt.") }
        return try .json(ReceiptBody(found))
    }

    /// A quarantined message is kept, and its sender is told everything that is wrong with it, also when it comes again.
    private func answer(_ receipt: Receipt) throws -> Response {
        guard receipt.referralID == nil else {
            var response = try Response.json(
                ReceiptBody(receipt), status: receipt.outcome == .accepted ? .created : .ok)
            let location = Self.location(receipt.id)
            response.addHeader(location.name, location.value)
            return response
        }
        return .problem(
            Problem(
                .unprocessableContent,
                detail:
                    "The message is kept under receipt \(receipt.id) and not taken in. Correct it and send it under a new id.",
                errors: receipt.findings.map {
                    Problem.Entry(place: $0.path, detail: "\($0.severity.rawValue) \($0.rule): \($0.fix)")
                },
                headers: [Self.location(receipt.id)]))
    }

    fileprivate static func location(_ receipt: SubmissionID) -> (name: String, value: String) {
        ("Location", "/submissions/\(receipt)")
    }
}

extension SubmissionRefusal {
    /// The same as an answer over HTTP.
    var problem: Problem {
        switch self {
        case .tooLarge: Problem(.contentTooLarge, detail: description)
        case .otherContent(let receipt):
            Problem(.conflict, detail: description, headers: [SubmissionRoutes.location(receipt)])
        case .empty, .senderName: Problem(.badRequest, detail: description)
        }
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
