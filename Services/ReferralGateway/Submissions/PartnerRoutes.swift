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
            let sent = try await sent(request, Self.r4Types, "a FHIR R4 bundle as application/fhir+json or +xml")
            guard case .r4(let envelope) = sent.reading.envelope else {
                return try await otherwise(sent, "FHIR R4", syntax)
            }
            let taken = try await context.take(sent.message, sent.reading, as: sent.person)
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
            let sent = try await sent(request, Self.xmlTypes, "an ADW notice as application/xml+fhir")
            guard case .adw(let reading) = sent.reading.envelope else {
                return try await otherwise(sent, "FHIR DSTU2", .xml)
            }
            let taken = try await context.take(sent.message, sent.reading, as: sent.person)
            return PartnerReply.adw(taken, reading, at: context.now())
        }
    }

    private func hl7(_ request: Request) async throws -> Response {
        let sent = try await sent(
            request, Self.hl7Types, "a message of HL7 version 2 as \(HL7Acknowledgement.mediaType)")
        guard case .hl7v2(let envelope) = sent.reading.envelope else {
            throw Problem(.badRequest, detail: "This is no message of HL7 version 2: it begins with MSH.")
        }
        do {
            let taken = try await context.take(sent.message, sent.reading, as: sent.person)
            return PartnerReply.hl7(taken, envelope, at: context.now())
        } catch let refusal as SubmissionRefusal {
            guard case .otherContent(let receipt) = refusal else { throw refusal.problem }
            return PartnerReply.hl7(otherThan: receipt, envelope, at: context.now())
        }
    }

    /// What was sent and read, and who sent it.
    private struct Sent {
        let message: Submission
        let reading: ReferralReading
        let person: ActingPerson
    }

    private func sent(_ request: Request, _ types: [String], _ wanted: String) async throws -> Sent {
        let person = try await context.person(of: request, who: .submitReferral)
        guard let type = request.mediaType, types.contains(type) else {
            throw Problem(.unsupportedMediaType, detail: "Send \(wanted).")
        }
        let input = try await request.body.bytes(upTo: Submission.inputBytesMax)
        return Sent(
            message: Submission(sender: person.id.uuidString.lowercased(), channel: .http, input: input),
            reading: ReferralReading.read(input), person: person)
    }

    /// What is of no format that could be told is kept in quarantine; a message of another format is refused, and nothing of it
    /// kept: it must not be taken in by an address whose answer its sender does not understand.
    private func otherwise(
        _ sent: Sent, _ expected: String, _ syntax: FHIRDocument.Syntax
    ) async throws -> Response {
        guard sent.reading.messageID == nil else {
            return PartnerReply.outcome(
                OperationOutcome(
                    .unprocessable, type: "not-supported", diagnostics: "This address takes \(expected)."), syntax)
        }
        let taken = try await context.take(sent.message, sent.reading, as: sent.person)
        return PartnerReply.outcome(OperationOutcome(taken.report), syntax)
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
