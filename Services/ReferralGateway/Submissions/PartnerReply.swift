import Domain
import Formats
import FoundationEssentials
import HTTP

/// What was taken in, with what was read of it: enough to answer in the sender's own format.
struct TakenSubmission: Sendable {
    let receipt: Receipt
    let reading: ReferralReading

    /// Everything that was found while reading and while taking it in.
    var report: ValidationReport {
        receipt.findings.reduce(into: ValidationReport()) {
            $0.add($1.severity, $1.rule, at: $1.path, fix: $1.fix)
        }
    }

    /// Why it was not taken in, in words.
    var reasons: String {
        receipt.findings.filter { $0.severity == .error }.map { "\($0.path): \($0.fix)" }.joined(separator: "; ")
    }
}

/// The answers that partners' own systems expect.
enum PartnerReply {
    /// The answer to a message in FHIR R4. A message that came before is a conflict, as the Booking and Referral Standard has it.
    static func r4(_ taken: TakenSubmission, _ envelope: R4Envelope, headerID: UUID, at now: Date) -> Response {
        let receipt = taken.receipt
        guard let referral = receipt.referralID else {
            return outcome(OperationOutcome(taken.report), envelope.syntax)
        }
        guard receipt.outcome != .duplicate else {
            return outcome(
                OperationOutcome(
                    .conflict, type: "duplicate",
                    diagnostics: "The message was taken in before (receipt \(receipt.id))."),
                envelope.syntax)
        }
        let bundle = BaRSResponse.write(
            to: envelope, bundleID: receipt.id.uuid, headerID: headerID, referral: referral.description,
            isWithdrawn: taken.reading.message?.isWithdrawal ?? false, at: now)
        return Response(contentType: envelope.syntax.mediaType, bytes: bundle)
    }

    /// The answer to an ADW notice: accepted or rejected. The same notice gets the same answer.
    static func adw(_ taken: TakenSubmission, _ reading: ADWReading, at now: Date) -> Response {
        guard let notice = reading.notice else { return outcome(OperationOutcome(taken.report), .xml) }
        let isAccepted = taken.receipt.referralID != nil
        let id = taken.receipt.id.description
        let answer = ADWResponse(
            to: notice, bundleID: id, messageID: id, isAccepted: isAccepted, issuedAt: now,
            reason: isAccepted ? nil : taken.reasons)
        return Response(contentType: FHIRDocument.Syntax.xml.mediaType, bytes: answer.write(about: notice))
    }

    /// The answer to a message of HL7 version 2. As HL7 over HTTP has it, only what was taken in is 200.
    static func hl7(_ taken: TakenSubmission, _ envelope: HL7Envelope, at now: Date) -> Response {
        let isAccepted = taken.receipt.referralID != nil
        let code: HL7Acknowledgement.Code = isAccepted ? .accepted : envelope.isUnsupported ? .rejected : .error
        return hl7(
            code, envelope, status: isAccepted ? .ok : .badRequest, receipt: taken.receipt.id,
            text: isAccepted ? "Receipt \(taken.receipt.id)" : "Not taken in: receipt \(taken.receipt.id)",
            taken.report,
            at: now)
    }

    /// The answer to a message whose control id was used for another.
    static func hl7(otherThan receipt: SubmissionID, _ envelope: HL7Envelope, at now: Date) -> Response {
        hl7(
            .error, envelope, status: .conflict, receipt: receipt,
            text: "Other content than receipt \(receipt): use a new id", ValidationReport(), at: now)
    }

    private static func hl7(
        _ code: HL7Acknowledgement.Code, _ envelope: HL7Envelope, status: HTTPStatus, receipt: SubmissionID,
        text: String,
        _ report: ValidationReport, at now: Date
    ) -> Response {
        // The end of a receipt is its random part.
        let controlID = String(
            receipt.description.filter { $0 != "-" }.suffix(HL7Acknowledgement.controlIDCharactersMax))
        return Response(
            status: status, contentType: HL7Acknowledgement.mediaType + "; charset=utf-8",
            bytes: HL7Acknowledgement.write(
                code, to: envelope, controlID: controlID, text: text, report: report, at: now))
    }

    /// An outcome of FHIR R4.
    static func outcome(_ outcome: OperationOutcome, _ syntax: FHIRDocument.Syntax) -> Response {
        Response(
            status: HTTPStatus(rawValue: outcome.status), contentType: syntax.mediaType,
            bytes: outcome.write(syntax))
    }
}
