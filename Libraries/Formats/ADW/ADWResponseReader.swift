import Domain
import FoundationEssentials

extension ADWResponse {
    /// Reads an answer: what a hospital's side sees of ours. The answer is nil exactly where the report has errors.
    package static func read(
        _ bytes: [UInt8], limits: XMLLimits = ADWLimits.xml
    ) -> (response: ADWResponse?, report: ValidationReport) {
        var fields = FieldReader()
        let document: XMLElement
        do {
            document = try XMLReader.read(bytes, limits: limits)
        } catch {
            fields.report.add(
                .error, error.shortLabel, at: error.line.map { "line \($0)" } ?? "file", fix: error.description)
            return (nil, fields.report)
        }
        guard let bundle = FHIRBundle(document, report: &fields.report) else { return (nil, fields.report) }
        let response = read(bundle, &fields)
        return (fields.report.hasErrors ? nil : response, fields.report)
    }

    private static func read(_ bundle: FHIRBundle, _ fields: inout FieldReader) -> ADWResponse? {
        guard let header = bundle.first("MessageHeader"), let referral = bundle.first("ReferralRequest") else {
            fields.report.add(
                .error, "required", at: "Bundle.entry", fix: "add the MessageHeader and the ReferralRequest")
            return nil
        }
        let code = header.child("event", "code")
        let known = code?.value.flatMap(meaning(ofEventCode:))
        if known == nil {
            fields.report.add(
                .error, "event", at: header.path("event.code"), fix: "use the SNOMED CT code of an answer to a notice")
        }
        let instant = header.child("timestamp")?.value.flatMap(Instant.parse)
        if instant == nil {
            fields.report.add(
                .error, "instant", at: header.path("timestamp"), fix: "give the time of issue with its offset")
        }
        let messageID = fields.required(header.child("id"), at: header.path("id"), fix: "give the message an id")
        let answered = fields.required(
            header.child("response", "identifier"), at: header.path("response.identifier"),
            fix: "quote the id of the message that is answered")
        let source = fields.odsCode(header.child("source", "endpoint"), at: header.path("source.endpoint"))
        let destination = fields.odsCode(
            header.child("destination", "endpoint"), at: header.path("destination.endpoint"))
        let identifier = fields.required(
            referral.child("identifier", "value"), at: referral.path("identifier.value"),
            fix: "give the referral’s identifier")
        let reason = fields.text(header.child("reason", "text"), max: ADWLimits.longTextMax)
        let author = bundle.resource("Practitioner", referredBy: "author", of: header, report: &fields.report)
        guard let known, let instant, let messageID, let answered, let source, let destination, let identifier else {
            return nil
        }
        var response = ADWResponse(
            bundleID: fields.text(bundle.root.child("id")) ?? messageID, messageID: messageID,
            answers: Answered(messageID: answered, kind: known.kind), isAccepted: known.isAccepted, issuedAt: instant,
            sourceODS: source, destinationODS: destination, referralIdentifier: identifier)
        response.reason = reason
        response.contact = fields.practitioner(author)
        return response
    }

    private static func meaning(ofEventCode code: String) -> (kind: ADWNoticeKind, isAccepted: Bool)? {
        for kind in [ADWNoticeKind.assessment, .discharge, .withdrawal(.allNotices)] {
            for isAccepted in [true, false] where eventCode(for: kind, isAccepted: isAccepted) == code {
                return (kind, isAccepted)
            }
        }
        return nil
    }
}
