internal import Domain

/// What came of reading a message about a referral.
package struct ReferralReading: Sendable {
    /// What it was written in.
    package let format: ReferralFormat
    /// The message; nil exactly where the report has errors.
    package let message: ReferralMessage?
    /// The sender's id of the message, as far as it could be read.
    package let messageID: String?
    /// Everything that was found.
    package let report: ValidationReport
    /// What an answer in the sender's own format needs to know of the message.
    package let envelope: Envelope

    /// What an answer quotes.
    package enum Envelope: Sendable {
        case adw(ADWReading)
        case r4(R4Envelope)
        case hl7v2(HL7Envelope)
        /// Of a return, which expects no answer.
        case none
    }

    /// What a return of many says of one person, as a message of its own.
    package init(of message: ReferralMessage, _ format: ReferralFormat, messageID: String) {
        self.format = format
        self.message = message
        self.messageID = messageID
        report = ValidationReport()
        envelope = .none
    }

    init(
        format: ReferralFormat, message: ReferralMessage?, messageID: String?, report: ValidationReport,
        envelope: Envelope
    ) {
        self.format = format
        self.message = message
        self.messageID = messageID
        self.report = report
        self.envelope = envelope
    }

    /// Reads a message in whichever format it is. Never throws and never stops at the first problem: the report has every one.
    package static func read(_ bytes: [UInt8]) -> ReferralReading {
        if HL7Message.isOne(bytes) { return HL7ReferralReader.read(bytes) }
        let syntax = FHIRDocument.syntax(of: bytes)
        var report = ValidationReport()
        guard let document = FHIRDocument.read(bytes, limits: ADWLimits.xml, report: &report) else {
            return syntax == .json ? R4ReferralReader.unreadable(report, syntax) : ADWReading(report).referral
        }
        return syntax == .json || isR4(document)
            ? R4ReferralReader.read(document, syntax) : ADWNotice.read(document).referral
    }

    /// What tells R4 from DSTU2: DSTU2 knows no ServiceRequest, and calls a header's event `event`.
    private static func isR4(_ document: XMLElement) -> Bool {
        let resources =
            document.name == "Bundle"
            ? document.all("entry").compactMap { $0.first("resource")?.children.first } : [document]
        return resources.contains {
            $0.name == "ServiceRequest" || $0.first("eventCoding") != nil || $0.first("eventUri") != nil
        }
    }
}

extension ADWReading {
    /// The same, as it is for every format.
    var referral: ReferralReading {
        ReferralReading(
            format: .adw, message: notice?.message, messageID: envelope.messageID, report: report, envelope: .adw(self))
    }
}

extension ADWNotice {
    /// What the notice says about its referral.
    package var message: ReferralMessage {
        let content: ReferralMessage.Content =
            if case .withdrawal(let scope) = kind {
                .withdrawal(scope, withdrawalReason ?? .other)
            } else {
                .referral(
                    ReferralMessage.Referral(
                        kind: kind == .discharge ? .dischargeNotice : .assessmentNotice, admittedOn: stay.admittedOn,
                        proposedDischargeOn: stay.proposedDischargeOn, hospitalSite: hospital.ods,
                        consent: answers.consent?.referralConsent ?? .notRecorded))
            }
        var person = ReferredPerson(familyName: patient.familyName, givenNames: patient.givenNames)
        person.nhsNumber = patient.nhsNumber
        person.bornOn = patient.bornOn
        person.gender = patient.gender
        person.ethnicCategory = patient.ethnicCategory
        person.postcode = patient.address.postcode
        return ReferralMessage(
            referralIdentifier: referralIdentifier, issuedAt: issuedAt, person: person, content: content)
    }
}
