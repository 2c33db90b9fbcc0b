internal import Domain
import FoundationEssentials

/// What came of reading a notice.
package struct ADWReading: Sendable {
    /// The notice; nil exactly where the report has errors.
    package let notice: ADWNotice?
    /// What of the header could be read even so: enough to answer the sender.
    package let envelope: ADWEnvelope
    /// Everything that was found.
    package let report: ValidationReport
}

/// Who sent what, as far as it could be read.
package struct ADWEnvelope: Hashable, Sendable {
    package var messageID: String?
    package var eventCode: String?
    package var sourceODS: String?
    package var destinationODS: String?
    package var referralIdentifier: String?
}

extension ADWNotice {
    /// Reads a notice. Never throws and never stops at the first problem: the report has every one.
    package static func read(_ bytes: [UInt8], limits: XMLLimits = ADWLimits.xml) -> ADWReading {
        var report = ValidationReport()
        guard let document = FHIRDocument.read(bytes, limits: limits, report: &report) else {
            return ADWReading(report)
        }
        return read(document)
    }

    static func read(_ document: XMLElement) -> ADWReading {
        var fields = FieldReader()
        var envelope = ADWEnvelope()
        let notice = FHIRBundle(document, report: &fields.report).flatMap { bundle in
            var reader = ADWNoticeReader(bundle: bundle, fields: fields)
            let notice = reader.read()
            fields = reader.fields
            envelope = reader.envelope
            return notice
        }
        return ADWReading(notice: fields.report.hasErrors ? nil : notice, envelope: envelope, report: fields.report)
    }
}

extension ADWReading {
    /// Of a file that is no document.
    init(_ report: ValidationReport) { self.init(notice: nil, envelope: ADWEnvelope(), report: report) }
}

/// Reads one notice out of its bundle.
struct ADWNoticeReader {
    let bundle: FHIRBundle
    var fields: FieldReader
    var envelope = ADWEnvelope()

    mutating func read() -> ADWNotice? {
        guard let header = bundle.first("MessageHeader") else {
            fields.report.add(.error, "required", at: "Bundle.entry", fix: "add the MessageHeader, as the first entry")
            return nil
        }
        let kind = readKind(header)
        let issuedAt = readTimestamp(header)
        readEnvelope(header)
        let referral = resource("ReferralRequest")
        if let referral {
            envelope.referralIdentifier = fields.required(
                referral.child("identifier", "value"), at: referral.path("identifier.value"),
                fix: "give the identifier that all notices of the referral share")
        }
        let patient = resource("Patient").map { readPatient($0, issuedAt: issuedAt) }
        // What is missing stands in as empty, so that the rest is read too and the sender hears of everything at once. The
        // report has its error then, and nobody gets to see the notice.
        var notice = ADWNotice(
            bundleID: fields.text(bundle.root.child("id")) ?? envelope.messageID ?? "",
            messageID: envelope.messageID ?? "", kind: kind ?? .assessment,
            issuedAt: issuedAt ?? Date(timeIntervalSince1970: 0), sourceODS: envelope.sourceODS ?? "",
            destinationODS: envelope.destinationODS ?? "", referralIdentifier: envelope.referralIdentifier ?? "",
            patient: patient ?? ADWPatient(familyName: "", givenNames: []))
        if let referral {
            readPeople(header, referral, into: &notice)
            readStay(referral, into: &notice)
        }
        // What else belongs into a notice depends on which one it is.
        if let referral, kind != nil {
            readReferral(referral, into: &notice)
            readAnswers(referral, into: &notice)
            readWithdrawal(header, into: &notice)
        }
        return fields.report.hasErrors ? nil : notice
    }

    private mutating func resource(_ type: String) -> FHIRNode? {
        let node = bundle.first(type)
        if node == nil { fields.report.add(.error, "required", at: "Bundle.entry", fix: "add the \(type)") }
        return node
    }

    private mutating func readKind(_ header: FHIRNode) -> ADWNoticeKind? {
        let fix = "use the SNOMED CT code of an assessment, discharge or withdrawal notice"
        let node = header.child("event", "code")
        guard let code = fields.required(node, at: header.path("event.code"), fix: fix) else { return nil }
        envelope.eventCode = code
        guard let kind = ADWNoticeKind(eventCode: code) else {
            fields.report.add(.error, "event", at: header.path("event.code"), fix: fix)
            return nil
        }
        return kind
    }

    private mutating func readTimestamp(_ header: FHIRNode) -> Date? {
        let path = header.path("timestamp")
        let fix = "give the time of issue with its offset, such as 2026-11-25T15:02:11+00:00"
        guard let text = fields.required(header.child("timestamp"), at: path, fix: fix) else { return nil }
        guard let instant = Instant.parse(text) else {
            fields.report.add(.error, "instant", at: path, fix: fix)
            return nil
        }
        return instant
    }

    private mutating func readEnvelope(_ header: FHIRNode) {
        envelope.messageID = fields.required(
            header.child("id"), at: header.path("id"), fix: "give the message an id of its own")
        envelope.sourceODS = fields.odsCode(header.child("source", "endpoint"), at: header.path("source.endpoint"))
        envelope.destinationODS = fields.odsCode(
            header.child("destination", "endpoint"), at: header.path("destination.endpoint"))
    }

    private mutating func readReferral(_ referral: FHIRNode, into notice: inout ADWNotice) {
        if referral.child("status")?.value != notice.kind.referralStatus {
            fields.report.add(
                .warning, "status", at: referral.path("status"), fix: "set the status to \(notice.kind.referralStatus)")
        }
        notice.referralReason = fields.text(referral.child("reason", "text"), max: ADWLimits.longTextMax)
        notice.supportingInformation = fields.text(referral.child("description"), max: ADWLimits.longTextMax)
        if notice.kind == .assessment, notice.referralReason == nil {
            fields.report.add(
                .warning, "expected", at: referral.path("reason.text"), fix: "say why the patient is referred")
        }
    }

    private mutating func readPeople(_ header: FHIRNode, _ referral: FHIRNode, into notice: inout ADWNotice) {
        let liaison =
            bundle.resource("Practitioner", referredBy: "author", of: header, report: &fields.report)
            ?? bundle.resource("Practitioner", referredBy: "requester", of: referral, report: &fields.report)
        notice.liaison = fields.practitioner(liaison)
        notice.leadClinician = fields.practitioner(
            bundle.resource("Practitioner", referredBy: "responsible", of: header, report: &fields.report))
        notice.localAuthority = fields.organization(
            bundle.resource("Organization", referredBy: "receiver", of: header, report: &fields.report))
        let team = bundle.all("Organization").first { $0.child("type", "coding", "code")?.value == "team" }
        notice.socialServicesTeam = fields.text(team?.child("name"))
    }

    private mutating func readWithdrawal(_ header: FHIRNode, into notice: inout ADWNotice) {
        guard notice.kind.isWithdrawal else { return }
        let node = header.child("reason", "coding", "code")
        guard node != nil else {
            fields.report.add(
                .error, "required", at: header.path("reason.coding.code"), fix: "say why the notice is withdrawn")
            return
        }
        notice.withdrawalReason = fields.code(
            node, of: WithdrawalReason.self, named: "ADW-WithdrawalReason-1 (01 to 13)", severity: .error)
    }
}
