import Domain
package import FoundationEssentials

/// The council's answer to a notice, which it owes the hospital every time: accepted or rejected.
package struct ADWResponse: Hashable, Sendable {
    /// The answer bundle's id.
    package var bundleID: String
    /// The answer's own id.
    package var messageID: String
    /// What is answered.
    package var answers: Answered
    /// Whether the notice is accepted.
    package var isAccepted: Bool
    /// When the answer was issued.
    package var issuedAt: Date
    /// The council's ODS code.
    package var sourceODS: String
    /// The hospital's ODS code.
    package var destinationODS: String
    /// Why, in plain words.
    package var reason: String?
    /// Ties the answer to the referral.
    package var referralIdentifier: String
    /// Whom the hospital can talk to at the council.
    package var contact: ADWPractitioner?

    /// Which notice is answered.
    package struct Answered: Hashable, Sendable {
        /// The id of its message.
        package var messageID: String
        /// Its kind. For an answer that was read: all that the code tells, since the answers to withdrawals share one.
        package var kind: ADWNoticeKind
    }

    /// An answer to `notice`.
    package init(
        to notice: ADWNotice, bundleID: String, messageID: String, isAccepted: Bool, issuedAt: Date,
        reason: String? = nil,
        contact: ADWPractitioner? = nil
    ) {
        self.bundleID = bundleID
        self.messageID = messageID
        self.answers = Answered(messageID: notice.messageID, kind: notice.kind)
        self.isAccepted = isAccepted
        self.issuedAt = issuedAt
        self.sourceODS = notice.destinationODS
        self.destinationODS = notice.sourceODS
        self.reason = reason
        self.referralIdentifier = notice.referralIdentifier
        self.contact = contact
    }

    init(
        bundleID: String, messageID: String, answers: Answered, isAccepted: Bool, issuedAt: Date, sourceODS: String,
        destinationODS: String, referralIdentifier: String
    ) {
        self.bundleID = bundleID
        self.messageID = messageID
        self.answers = answers
        self.isAccepted = isAccepted
        self.issuedAt = issuedAt
        self.sourceODS = sourceODS
        self.destinationODS = destinationODS
        self.referralIdentifier = referralIdentifier
    }

    /// The SNOMED CT code of the answer.
    package var eventCode: String { Self.eventCode(for: answers.kind, isAccepted: isAccepted) }

    static func eventCode(for kind: ADWNoticeKind, isAccepted: Bool) -> String {
        switch kind {
        case .assessment: isAccepted ? "975711000000108" : "975721000000102"
        case .discharge: isAccepted ? "975821000000109" : "975831000000106"
        case .withdrawal: isAccepted ? "1025651000000109" : "1025641000000106"
        }
    }
}

extension ADWResponse {
    /// The answer to `notice` as a message bundle in UTF-8, with what the notice said about the patient, the stay and the
    /// hospital, as the published answers have it. The same answer always gives the same bytes.
    package func write(about notice: ADWNotice) -> [UInt8] {
        ADWBundleWriter.bundle(id: bundleID, messageID: messageID) { writer in
            writer.header(of: self, hasLiaison: notice.liaison != nil)
            writer.referral(of: self, hasLiaison: notice.liaison != nil)
            writer.encounter(of: notice.withoutStayDetails)
            writer.patient(notice.patient.forAnswer)
            writer.practitioner(notice.liaison, .liaison, employer: .hospital)
            writer.practitioner(contact, .socialWorker, employer: notice.socialServicesTeam == nil ? .council : .team)
            writer.organization(
                notice.hospital, .hospital, system: ADWNames.odsSite, code: "prov", "Healthcare Provider")
            writer.organization(
                notice.localAuthority, .council, system: ADWNames.odsOrganization, code: "govt", "Government")
            writer.team(notice.socialServicesTeam)
            writer.ward(notice.stay.ward)
        }
    }
}

extension ADWNotice {
    /// The notice with the stay as answers quote it: where, not when or why.
    fileprivate var withoutStayDetails: ADWNotice {
        var copy = self
        copy.stay = ADWStay()
        copy.stay.ward = stay.ward
        return copy
    }
}

extension ADWPatient {
    /// What an answer says about the patient: who it is, and no more.
    fileprivate var forAnswer: ADWPatient {
        var copy = ADWPatient(familyName: familyName, givenNames: givenNames)
        copy.nhsNumber = nhsNumber
        copy.nhsNumberStatus = nhsNumberStatus
        copy.hospitalNumber = hospitalNumber
        copy.gender = gender
        copy.bornOn = bornOn
        return copy
    }
}

extension ADWBundleWriter {
    fileprivate mutating func header(of response: ADWResponse, hasLiaison: Bool) {
        let word = response.isAccepted ? "Accept" : "Reject"
        let profile = ADWNames.profiles + "ADW-\(response.answers.kind.profileName)\(word)Response-MessageHeader-1"
        entry("MessageHeader", .header, profile: profile) { writer in
            writer.value("timestamp", Instant.format(response.issuedAt))
            writer.coding("event", system: ADWNames.snomed, code: response.eventCode)
            writer.node("response") { writer in
                writer.value("identifier", response.answers.messageID)
                writer.value("code", "ok")
            }
            writer.node("source") { $0.value("endpoint", ADWNames.odsPrefix + response.sourceODS) }
            writer.node("destination") { $0.value("endpoint", ADWNames.odsPrefix + response.destinationODS) }
            if response.contact != nil { writer.reference("author", to: .socialWorker) }
            if hasLiaison { writer.reference("receiver", to: .liaison) }
            writer.reference("responsible", to: .council)
            if let reason = response.reason {
                writer.node("reason") { writer in
                    writer.coding(
                        "coding", system: ADWNames.codes + "ADW-Notice\(word)Reason-1", code: "OFT",
                        display: "Other - Free Text")
                    writer.value("text", reason)
                }
            }
            writer.reference("data", to: .referral)
        }
    }

    fileprivate mutating func referral(of response: ADWResponse, hasLiaison: Bool) {
        let (status, word) =
            response.answers.kind.isWithdrawal
            ? ("cancelled", "Cancel") : response.isAccepted ? ("accepted", "Accept") : ("rejected", "Reject")
        entry("ReferralRequest", .referral, profile: ADWNames.profiles + "ADW-\(word)-ReferralRequest-1") { writer in
            writer.value("status", status)
            writer.node("identifier") { $0.value("value", response.referralIdentifier) }
            writer.reference("patient", to: .patient)
            if hasLiaison { writer.reference("requester", to: .liaison) }
            writer.reference("recipient", to: .council)
            writer.reference("encounter", to: .encounter)
        }
    }
}
