import Domain
import FoundationEssentials

/// Reads a referral out of an R4 bundle: a message of the Booking and Referral Standard 1.4, or a bundle of UK Core resources.
///
/// There is no published use case from hospital to social care: any category is taken, and one that is no referral is a finding.
struct R4ReferralReader {
    private let bundle: FHIRBundle
    private let header: FHIRNode?
    var fields: FieldReader
    private var envelope: R4Envelope

    static func read(_ document: XMLElement, _ syntax: FHIRDocument.Syntax) -> ReferralReading {
        var fields = FieldReader()
        let types = ["message", "collection", "document", "transaction", "batch"]
        guard let bundle = FHIRBundle(document, types: types, report: &fields.report) else {
            return unreadable(fields.report, syntax)
        }
        var reader = R4ReferralReader(bundle: bundle, fields: fields, syntax: syntax)
        let message = reader.read()
        let report = reader.fields.report
        return ReferralReading(
            format: reader.header == nil ? .ukCore : .bars, message: report.hasErrors ? nil : message,
            messageID: reader.envelope.bundleID, report: report, envelope: .r4(reader.envelope))
    }

    /// Of a file that is no bundle.
    static func unreadable(_ report: ValidationReport, _ syntax: FHIRDocument.Syntax) -> ReferralReading {
        ReferralReading(
            format: .ukCore, message: nil, messageID: nil, report: report, envelope: .r4(R4Envelope(syntax: syntax)))
    }

    private init(bundle: FHIRBundle, fields: FieldReader, syntax: FHIRDocument.Syntax) {
        self.bundle = bundle
        self.fields = fields
        header = bundle.first("MessageHeader")
        envelope = R4Envelope(syntax: syntax)
    }

    private mutating func read() -> ReferralMessage? {
        envelope.isMessage = header != nil || bundle.root.child("type")?.value == "message"
        envelope.bundleID = fields.required(
            bundle.root.child("id"), at: "Bundle.id", fix: "give the bundle an id of its own")
        let reason = readHeader()
        guard let request = request() else { return nil }
        readEnvelope(of: request)
        let status = readStatus(of: request)
        let issuedAt = readIssue(of: request)
        let patient = readSubject(of: request)
        var person = patient.map { readPatient($0, issuedAt: issuedAt) }
        if let patient { person?.hasDied = hasDied(patient) }
        guard let person, let status, let issuedAt, let identifier = readIdentifier(of: request) else { return nil }
        return ReferralMessage(
            referralIdentifier: identifier, issuedAt: issuedAt, person: person,
            content: content(of: request, status, reason))
    }

    // MARK: - The header

    private mutating func readHeader() -> R4MessageReason? {
        guard let header else {
            if envelope.isMessage {
                fields.report.add(
                    .error, "required", at: "Bundle.entry[0]", fix: "begin a message with its MessageHeader")
            }
            return nil
        }
        let eventPath = header.path("eventCoding.code")
        let event = fields.required(
            header.child("eventCoding", "code"), at: eventPath, fix: "say which message it is: servicerequest-request")
        if let event, event != "servicerequest-request" {
            envelope.isUnsupported = true
            fields.report.add(
                .error, "not-supported", at: eventPath,
                fix: "send referrals (servicerequest-request) here; bookings and answers are not taken")
        }
        envelope.sourceEndpoint = fields.text(header.child("source", "endpoint"))
        envelope.destinationEndpoint = fields.text(header.child("destination", "endpoint"))
        envelope.reason = fields.text(header.child("reason", "coding", "code"))
        return fields.code(
            header.child("reason", "coding", "code"), of: R4MessageReason.self,
            named: "message-reason-bars (new, update, delete)", severity: .error)
    }

    // MARK: - The request

    private mutating func request() -> FHIRNode? {
        let focused = header.flatMap { header in
            header.child("focus") == nil
                ? nil
                : bundle.resource("ServiceRequest", referredBy: "focus", of: header, report: &fields.report)
        }
        guard let request = focused ?? bundle.first("ServiceRequest") else {
            fields.report.add(.error, "required", at: "Bundle.entry", fix: "add the ServiceRequest")
            return nil
        }
        return request
    }

    private mutating func readEnvelope(of request: FHIRNode) {
        envelope.requestURL = bundle.fullURL(of: request)
        envelope.requestStatus = request.child("status")?.value
        envelope.subject = request.reference("subject")
        let codings = request.children("category").flatMap { $0.children("coding") }
        let coding = codings.first { $0.child("system")?.value == R4Names.messageCategory } ?? codings.first
        envelope.categorySystem = coding?.child("system")?.value
        envelope.categoryCode = coding?.child("code")?.value
        if header != nil, envelope.categoryCode != "referral" {
            fields.report.add(
                .warning, "category", at: request.path("category"),
                fix: "send category referral: the council takes what is to be validated as a referral too")
        }
    }

    private mutating func readStatus(of request: FHIRNode) -> R4RequestStatus? {
        let path = request.path("status")
        guard fields.required(request.child("status"), at: path, fix: "give the request’s status") != nil else {
            return nil
        }
        let status = fields.code(
            request.child("status"), of: R4RequestStatus.self, named: "request-status", severity: .error)
        if let status, ![.active, .completed, .revoked, .enteredInError].contains(status) {
            fields.report.add(
                .error, "status", at: path, fix: "send a request once it is active; take it back as revoked")
        }
        return status
    }

    /// The newest time that says when this version was written: an update keeps the day on which the request was first made.
    private mutating func readIssue(of request: FHIRNode) -> Date? {
        let places = [
            bundle.root.child("timestamp"), header?.child("meta", "lastUpdated"), request.child("meta", "lastUpdated"),
            bundle.root.child("meta", "lastUpdated"), request.child("authoredOn"),
        ]
        for place in places {
            guard let text = fields.text(place) else { continue }
            if let instant = Instant.parse(text)
                ?? CivilDate(text).map({ LondonTime.instant(on: $0, hour: 0, minute: 0) })
            {
                return instant
            }
            fields.report.add(
                .error, "instant", at: place?.path ?? "Bundle.timestamp",
                fix: "give the time with its offset, such as 2026-11-25T15:02:11+00:00")
            return nil
        }
        fields.report.add(
            .error, "required", at: "Bundle.timestamp", fix: "say when the bundle was written, with the offset")
        return nil
    }

    private mutating func readSubject(of request: FHIRNode) -> FHIRNode? {
        guard request.reference("subject") != nil else {
            fields.report.add(.error, "required", at: request.path("subject"), fix: "refer to the Patient")
            return nil
        }
        let patient = bundle.resource("Patient", referredBy: "subject", of: request, report: &fields.report)
        if patient == nil {
            fields.report.add(
                .error, "required", at: request.path("subject.reference"), fix: "put the Patient into the bundle")
        }
        return patient
    }

    /// The same in every message about the referral: its identifier, else the request's id, else what others refer to it by.
    private mutating func readIdentifier(of request: FHIRNode) -> String? {
        let identifier = fields.text(request.child("identifier", "value")) ?? fields.text(request.child("id"))
        if let identifier { return identifier }
        if let url = envelope.requestURL {
            return fields.report.short(
                url.hasPrefix("urn:uuid:") ? String(url.dropFirst(9)) : url, at: request.path,
                max: ADWLimits.shortTextMax)
        }
        fields.report.add(
            .error, "required", at: request.path("identifier"),
            fix: "give the identifier that all messages of the referral share")
        return nil
    }

    private mutating func content(
        of request: FHIRNode, _ status: R4RequestStatus, _ reason: R4MessageReason?
    ) -> ReferralMessage.Content {
        if status == .enteredInError { return .withdrawal(.allNotices, .sentInError) }
        if status == .revoked || reason == .delete { return .withdrawal(.allNotices, .other) }
        let encounter = bundle.resource("Encounter", referredBy: "encounter", of: request, report: &fields.report)
        var referral = ReferralMessage.Referral(kind: .assessmentNotice)
        referral.admittedOn = fields.date(encounter?.child("period", "start"))
        referral.proposedDischargeOn = fields.date(encounter?.child("period", "end"))
        let hospital =
            bundle.resource("Organization", perhapsReferredBy: "serviceProvider", of: encounter)
            ?? bundle.resource("Organization", perhapsReferredBy: "requester", of: request)
            ?? bundle.resource("Organization", perhapsReferredBy: "sender", of: header)
        let code = hospital?.children("identifier").first { $0.child("system")?.value == R4Names.odsCode }
        referral.hospitalSite = fields.text(code?.child("value"))
        if let admitted = referral.admittedOn, let leaving = referral.proposedDischargeOn, leaving < admitted {
            fields.report.add(
                .error, "period", at: encounter?.path("period.end") ?? "Bundle",
                fix: "correct the stay: it ends before it begins")
        }
        return .referral(referral)
    }
}
