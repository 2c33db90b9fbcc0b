import Domain
import Formats
import FoundationEssentials
import HTTP
import ServiceKit

/// The addresses at which partners' systems expect to find a receiver of their own format, answered in that format.
struct PartnerRoutes: Sendable {
    let context: ServiceContext

    private static let xmlTypes = ["application/fhir+xml", "application/xml+fhir", "application/xml", "text/xml"]
    private static let r4Types = xmlTypes + ["application/fhir+json", "application/json"]
    private static let hl7Types = [HL7Acknowledgement.mediaType, "x-application/hl7-v2+er7", "application/hl7-v2+er7"]

    func add(to router: inout Router) {
        router.post("/FHIR/R4/$process-message") { request in try await r4(request) }
        router.post("/FHIR/DSTU2/$process-message") { request in try await adw(request) }
        router.post("/HL7/v2") { request in try await hl7(request) }
    }

    private func r4(_ request: Request) async throws -> Response {
        let syntax: FHIRDocument.Syntax = request.mediaType?.hasSuffix("xml") == true ? .xml : .json
        var response = try await answeringOutcomes(syntax) {
            let taken = try await take(request, Self.r4Types, "a FHIR R4 bundle as application/fhir+json or +xml")
            guard case .r4(let envelope) = taken.reading.envelope else {
                return PartnerReply.outcome(Self.otherFormat("FHIR R4"), syntax)
            }
            var random = SystemRandomNumberGenerator()
            let now = context.now()
            return PartnerReply.r4(taken, envelope, headerID: .v7(at: now, using: &random), at: now)
        }
        // The Booking and Referral Standard has each answer repeat them, so that both sides' logs can be laid side by side.
        for name in ["X-Request-Id", "X-Correlation-Id"] {
            guard let value = request.headers.values(name).first, UUID(uuidString: value) != nil else { continue }
            response.addHeader(name, value)
        }
        return response
    }

    private func adw(_ request: Request) async throws -> Response {
        try await answeringOutcomes(.xml) {
            let taken = try await take(request, Self.xmlTypes, "an ADW notice as application/xml+fhir")
            guard case .adw(let reading) = taken.reading.envelope else {
                return PartnerReply.outcome(Self.otherFormat("FHIR DSTU2"), .xml)
            }
            return PartnerReply.adw(taken, reading, at: context.now())
        }
    }

    private func hl7(_ request: Request) async throws -> Response {
        let submission = try await submission(
            request, Self.hl7Types, "a message of HL7 version 2 as \(HL7Acknowledgement.mediaType)")
        guard HL7Message.isOne(submission.input) else {
            throw Problem(.badRequest, detail: "This is no message of HL7 version 2: it begins with MSH.")
        }
        do {
            let taken = try await context.take(submission.message, as: submission.person)
            guard case .hl7v2(let envelope) = taken.reading.envelope else { throw Problem(.badRequest) }
            return PartnerReply.hl7(taken, envelope, at: context.now())
        } catch let refusal as SubmissionRefusal {
            guard case .otherContent(let receipt) = refusal,
                case .hl7v2(let envelope) = ReferralReading.read(submission.input).envelope
            else { throw refusal.problem }
            return PartnerReply.hl7(otherThan: receipt, envelope, at: context.now())
        }
    }

    private func take(_ request: Request, _ types: [String], _ wanted: String) async throws -> TakenSubmission {
        let submission = try await submission(request, types, wanted)
        return try await context.take(submission.message, as: submission.person)
    }

    /// What was sent, and who sent it.
    private func submission(
        _ request: Request, _ types: [String], _ wanted: String
    ) async throws -> (message: Submission, person: ActingPerson, input: [UInt8]) {
        let person = try await context.person(of: request, who: .submitReferral)
        guard let type = request.mediaType, types.contains(type) else {
            throw Problem(.unsupportedMediaType, detail: "Send \(wanted).")
        }
        let input = try await request.body.bytes(upTo: Submission.inputBytesMax)
        return (Submission(sender: person.id.uuidString.lowercased(), channel: .http, input: input), person, input)
    }

    private static func otherFormat(_ expected: String) -> OperationOutcome {
        OperationOutcome(.unprocessable, type: "not-supported", diagnostics: "This address takes \(expected).")
    }

    /// A refusal in the format of whoever asks, as far as it is ours to choose.
    private func answeringOutcomes(
        _ syntax: FHIRDocument.Syntax, _ body: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await body()
        } catch SubmissionRefusal.otherContent(let receipt) {
            let why = SubmissionRefusal.otherContent(receipt: receipt).description
            return PartnerReply.outcome(OperationOutcome(.conflict, type: "conflict", diagnostics: why), syntax)
        } catch let refusal as SubmissionRefusal {
            return PartnerReply.outcome(
                OperationOutcome(.badRequest, type: "invalid", diagnostics: refusal.description), syntax)
        } catch let problem as Problem {
            let (code, type) = problem.outcome
            var response = PartnerReply.outcome(
                OperationOutcome(code, type: type, diagnostics: problem.detail ?? problem.title), syntax)
            response.status = problem.status
            for header in problem.headers { response.addHeader(header.name, header.value) }
            return response
        }
    }
}

extension Problem {
    /// The NHS's code and FHIR's that come nearest.
    fileprivate var outcome: (code: OperationOutcome.Code, type: String) {
        switch status {
        case .unauthorized: (.unauthorized, "login")
        case .forbidden: (.forbidden, "forbidden")
        case .tooManyRequests: (.tooManyRequests, "throttled")
        case .contentTooLarge: (.badRequest, "too-long")
        case .unsupportedMediaType: (.badRequest, "not-supported")
        default: (.badRequest, "processing")
        }
    }
}
