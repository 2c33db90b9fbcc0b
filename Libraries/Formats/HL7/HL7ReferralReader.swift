import Domain
import FoundationEssentials

/// What an acknowledgement quotes of a message.
package struct HL7Envelope: Hashable, Sendable {
    package var controlID: String?
    package var trigger: String?
    package var version: String?
    package var processing: String?
    package var sendingApplication: String?
    package var sendingFacility: String?
    package var receivingApplication: String?
    package var receivingFacility: String?
    /// What is sent is something that is not done here: the answer is AR and not AE.
    package var isUnsupported = false
}

/// Reads a referral out of a REF message of HL7 version 2, as UK hospitals send it: I12 new, I13 changed, I14 cancelled.
///
/// Places are named as the standard names them: `PID-5.1` is the first component of the fifth field of PID.
struct HL7ReferralReader {
    private let message: HL7Message
    private var fields = FieldReader()
    private var envelope = HL7Envelope()

    static func read(_ bytes: [UInt8]) -> ReferralReading {
        let message: HL7Message
        do {
            message = try HL7Message(bytes)
        } catch {
            var report = ValidationReport()
            report.add(.error, "hl7." + error.rawValue, at: "MSH", fix: error.fix)
            var envelope = HL7Envelope()
            envelope.isUnsupported = true
            return ReferralReading(
                format: .hl7v2, message: nil, messageID: nil, report: report, envelope: .hl7v2(envelope))
        }
        var reader = HL7ReferralReader(message: message)
        let read = reader.read()
        let report = reader.fields.report
        return ReferralReading(
            format: .hl7v2, message: report.hasErrors ? nil : read, messageID: reader.envelope.controlID,
            report: report, envelope: .hl7v2(reader.envelope))
    }

    private init(message: HL7Message) { self.message = message }

    private mutating func read() -> ReferralMessage? {
        let trigger = readHeader()
        let issuedAt = readTime()
        let identifier = readIdentifier()
        let status = message.first("RF1")?.text(1)
        guard let patient = message.first("PID") else {
            fields.report.add(.error, "required", at: "PID", fix: "add the patient (PID)")
            return nil
        }
        let person = readPatient(patient, issuedAt: issuedAt)
        guard let trigger, let issuedAt, let identifier else { return nil }
        let content: ReferralMessage.Content
        switch trigger {
        case "I14": content = .withdrawal(.allNotices, .other)
        default:
            // Rejected or cancelled, and expired (table 0283).
            content = ["R", "E"].contains(status) ? .withdrawal(.allNotices, .other) : .referral(readStay())
        }
        return ReferralMessage(referralIdentifier: identifier, issuedAt: issuedAt, person: person, content: content)
    }

    // MARK: - The header

    /// I12, I13 or I14.
    private mutating func readHeader() -> String? {
        let header = message.header
        envelope.controlID = required(header.text(10), at: "MSH-10", fix: "give the message a control id of its own")
        envelope.version = header.text(12)
        envelope.processing = header.text(11)
        envelope.sendingApplication = header.text(3)
        envelope.sendingFacility = header.text(4)
        envelope.receivingApplication = header.text(5)
        envelope.receivingFacility = header.text(6)
        let type = header.text(9, 1)
        let trigger = header.text(9, 2)
        envelope.trigger = trigger
        if let version = envelope.version, !version.hasPrefix("2.") {
            unsupported("MSH-12", fix: "send version 2.4, or another of version 2")
        }
        guard type == "REF", let trigger, ["I12", "I13", "I14"].contains(trigger) else {
            unsupported("MSH-9", fix: "send a patient referral: REF^I12, REF^I13 or REF^I14")
            return nil
        }
        return trigger
    }

    private mutating func unsupported(_ place: String, fix: String) {
        envelope.isUnsupported = true
        fields.report.add(.error, "not-supported", at: place, fix: fix)
    }

    private mutating func readTime() -> Date? {
        let fix = "say when the message was made, as yyyyMMddHHmmss"
        guard let text = required(message.header.text(7), at: "MSH-7", fix: fix) else { return nil }
        guard let instant = HL7Time.instant(text) else {
            fields.report.add(.error, "instant", at: "MSH-7", fix: fix)
            return nil
        }
        return instant
    }

    /// The sender's number of the referral, else ours or a third one's. Some senders put it into the third component.
    private mutating func readIdentifier() -> String? {
        guard let referral = message.first("RF1") else {
            fields.report.add(.error, "required", at: "RF1", fix: "add the referral (RF1)")
            return nil
        }
        let numbers = [6, 11].flatMap { field in [1, 3].map { referral.text(field, $0) } }
        return required(
            numbers.compactMap(\.self).first, at: "RF1-6",
            fix: "give the number that all messages of the referral share")
    }

    // MARK: - The patient

    private mutating func readPatient(_ patient: HL7Segment, issuedAt: Date?) -> ReferredPerson {
        let family = required(patient.text(5, 1), at: "PID-5.1", fix: "give the patient’s family name")
        let given = [2, 3].compactMap { short(patient.text(5, $0), at: "PID-5.\($0)") }
        if given.isEmpty {
            fields.report.add(.error, "required", at: "PID-5.2", fix: "give the patient’s given name")
        }
        var person = ReferredPerson(familyName: family ?? "", givenNames: given)
        person.nhsNumber = readNumber(patient)
        if let text = patient.text(7) {
            person.bornOn = HL7Time.date(text)
            if let bornOn = person.bornOn {
                fields.addFinding(bornOn: bornOn, at: "PID-7", issuedAt: issuedAt)
            } else {
                fields.report.add(.error, "date", at: "PID-7", fix: "write the date as yyyyMMdd, a day that exists")
            }
        } else {
            fields.report.add(.warning, "expected", at: "PID-7", fix: "give the date of birth")
        }
        person.gender = readGender(patient)
        person.postcode = short(patient.text(11, 5), at: "PID-11.5")
        person.ethnicCategory = patient.text(22).flatMap(EthnicCategory.init(rawValue:))
        person.hasDied = patient.text(29) != nil || patient.text(30) == "Y"
        return person
    }

    /// The repetition of PID-3 that its type or its issuer calls the NHS number.
    private mutating func readNumber(_ patient: HL7Segment) -> NHSNumberCheck? {
        let own = patient.repetitions(3).filter { identifier in
            [4, 5].contains { ["NHS", "NH", "NHSNMBR"].contains(patient.text(of: identifier, $0)) }
        }
        guard let text = own.first.flatMap({ patient.text(of: $0, 1) }) else {
            fields.report.add(
                .warning, "nhs-number.missing", at: "PID-3", fix: "give the patient’s NHS number where it is known")
            return nil
        }
        if own.count > 1 {
            fields.report.add(
                .error, "nhs-number.repeated", at: "PID-3", fix: "give one NHS number, the patient’s own")
        }
        let check = NHSNumberCheck(text)
        fields.addFinding(check, at: "PID-3")
        return check
    }

    /// The NHS's codes (1, 2, 9, 0), or the standard's own.
    private mutating func readGender(_ patient: HL7Segment) -> Gender {
        guard let code = patient.text(8) else { return .unknown }
        switch code {
        case "1", "M": return .male
        case "2", "F": return .female
        case "9", "O": return .other
        case "0", "U", "X": return .unknown
        default:
            fields.report.add(
                .warning, "code", at: "PID-8", fix: "use 1 male, 2 female, 9 not specified or 0 not known")
            return .unknown
        }
    }

    /// The stay, where PV1 and PV2 tell of one.
    private mutating func readStay() -> ReferralMessage.Referral {
        var referral = ReferralMessage.Referral(kind: .assessmentNotice)
        let visit = message.first("PV1")
        referral.hospitalSite = short(visit?.text(3, 4), at: "PV1-3.4")
        referral.admittedOn = visit?.text(44).flatMap(HL7Time.date)
        referral.proposedDischargeOn = (visit?.text(45) ?? message.first("PV2")?.text(9)).flatMap(HL7Time.date)
        return referral
    }

    private mutating func short(_ text: String?, at place: String) -> String? {
        fields.report.short(text, at: place, max: ADWLimits.shortTextMax)
    }

    private mutating func required(_ text: String?, at place: String, fix: String) -> String? {
        guard let text, text.unicodeScalars.count <= ADWLimits.shortTextMax else {
            fields.report.add(.error, text == nil ? "required" : "length", at: place, fix: fix)
            return nil
        }
        return text
    }
}
