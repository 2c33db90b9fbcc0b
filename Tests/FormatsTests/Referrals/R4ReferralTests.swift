import Domain
import Foundation
import Testing

@testable import Formats

@Suite("Referrals in FHIR R4")
struct R4ReferralTests {
    private func read(_ changes: [String: String] = [:]) -> ReferralReading {
        ReferralReading.read(ReferralFixtures.bytes(ReferralFixtures.bars, replacing: changes))
    }

    private func rules(_ reading: ReferralReading) -> [String] { reading.report.issues.map(\.rule) }

    @Test("a message gives what a person reads in it", arguments: [ReferralFixtures.bars, ReferralFixtures.barsJSON])
    func message(_ text: String) throws {
        let reading = ReferralReading.read(Array(text.utf8))
        let message = try #require(reading.message, "\(reading.report.issues)")
        #expect(reading.report.issues == [])
        #expect(reading.format == .bars)
        #expect(reading.messageID == "10000000-0000-4000-8000-000000000001")
        #expect(message.referralIdentifier == "bars-7")
        #expect(message.issuedAt == Instant.parse("2026-03-02T09:30:00Z"))
        #expect(message.person.validNHSNumber?.digits == "9990000018")
        #expect(message.person.familyName == "Ó Súilleabháin")
        #expect(message.person.givenNames == ["Máire", "Bríd"])
        #expect(message.person.bornOn == CivilDate("1948-02-29"))
        #expect(message.person.gender == .female)
        #expect(message.person.ethnicCategory == .pakistani)
        #expect(message.person.postcode == "LS9 7TF")
        #expect(!message.person.hasDied)
        #expect(
            message.content
                == .referral(
                    .init(
                        kind: .assessmentNotice, admittedOn: CivilDate("2026-02-20"),
                        proposedDischargeOn: CivilDate("2026-03-09"), hospitalSite: "RR801")))
    }

    @Test(
        "a byte order mark before the text changes nothing",
        arguments: [ReferralFixtures.bars, ReferralFixtures.barsJSON])
    func byteOrderMark(_ text: String) {
        #expect(ReferralReading.read([0xEF, 0xBB, 0xBF] + Array(text.utf8)).message?.referralIdentifier == "bars-7")
    }

    @Test(
        "a request that is revoked, entered in error or deleted takes the referral back",
        arguments: [
            ("active", "revoked", WithdrawalReason.other), ("active", "entered-in-error", .sentInError),
            ("\"new\"", "\"delete\"", .other),
        ])
    func takenBack(old: String, new: String, reason: WithdrawalReason) {
        #expect(read([old: new]).message?.content == .withdrawal(.allNotices, reason))
    }

    @Test("a bundle of UK Core resources without a header is a referral too")
    func collection() throws {
        let start = try #require(ReferralFixtures.bars.range(of: "  <entry>"))
        let end = try #require(ReferralFixtures.bars.range(of: "</entry>"))
        let text = ReferralFixtures.bars.replacingCharacters(in: start.lowerBound..<end.upperBound, with: "")
        let reading = ReferralReading.read(
            ReferralFixtures.bytes(text, replacing: [#"<type value="message"/>"#: #"<type value="collection"/>"#]))
        #expect(reading.format == .ukCore)
        #expect(reading.report.issues == [])
        #expect(reading.message?.referralIdentifier == "bars-7")
    }

    @Test("a wrong check digit is a finding, and the person is held without a number")
    func checkDigit() throws {
        let reading = read(["9990000018": "3478526985"])
        #expect(reading.report.issues.map(\.rule) == ["nhs-number.check-digit"])
        let message = try #require(reading.message)
        #expect(message.person.validNHSNumber == nil && message.person.nhsNumber != nil)
    }

    @Test(
        "somebody who has died is known as such",
        arguments: [
            #"<deceasedDateTime value="2026-03-01"/>"#, #"<deceasedBoolean value="true"/>"#,
        ])
    func died(_ element: String) {
        let place = #"<birthDate value="1948-02-29"/>"#
        #expect(read([place: place + element]).message?.person.hasDied == true)
    }

    @Test(
        "an informal or formal notice of death counts as one, and a removed one does not", arguments: ["1", "2", "U"])
    func deathNotice(code: String) {
        let notice =
            #"<extension url="https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus">"#
            + #"<extension url="deathNotificationStatus"><valueCodeableConcept><coding><code value="\#(code)"/></coding>"#
            + "</valueCodeableConcept></extension></extension>"
        #expect(read(["<Patient>": "<Patient>" + notice]).message?.person.hasDied == (code != "U"))
    }

    @Test(
        "what is not a referral is told to be not supported", arguments: ["booking-request", "servicerequest-response"])
    func notSupported(event: String) {
        let reading = read(["servicerequest-request": event])
        #expect(reading.message == nil && rules(reading) == ["not-supported"])
        #expect(OperationOutcome(reading.report).status == 422)
    }

    @Test("a request without an identifier is known by what it is referred to as, unless that is too long")
    func knownByURL() {
        let identifier = #"<identifier><value value="bars-7"/></identifier>"#
        let url = "urn:uuid:20000000-0000-4000-8000-000000000002"
        #expect(read([identifier: ""]).message?.referralIdentifier == "20000000-0000-4000-8000-000000000002")
        #expect(rules(read([identifier: "", url: "https://" + String(repeating: "x", count: 247)])) == [])
        #expect(rules(read([identifier: "", url: "https://" + String(repeating: "x", count: 248)])) == ["length"])
    }

    @Test("every problem is told at once, each with its place")
    func everything() {
        let reading = read([
            "1948-02-29": "1949-02-29", "Ó Súilleabháin": " ", "\"active\"": "\"draft\"", "2026-02-20": "2026-03-20",
        ])
        #expect(reading.message == nil)
        let places = Set(reading.report.issues.map(\.path))
        #expect(places.contains { $0.hasSuffix("Patient.birthDate") })
        #expect(places.contains { $0.hasSuffix("name[0].family") })
        #expect(places.contains { $0.hasSuffix("ServiceRequest.status") })
        #expect(OperationOutcome(reading.report).status == 400)
    }

    @Test("an outcome is the same in both syntaxes, and says code, place and what to do")
    func outcome() throws {
        let reading = read(["Ó Súilleabháin": " "])
        for syntax in FHIRDocument.Syntax.allCases {
            var report = ValidationReport()
            let bytes = OperationOutcome(reading.report).write(syntax)
            let outcome = try #require(FHIRDocument.read(bytes, limits: XMLLimits(), report: &report))
            #expect(outcome.name == "OperationOutcome" && outcome.namespace == FHIRDocument.namespace)
            let issue = try #require(outcome.first("issue"))
            #expect(issue.first("severity")?.attributes["value"] == "error")
            #expect(issue.first("code")?.attributes["value"] == "required")
            #expect(issue.first("details", "coding", "code")?.attributes["value"] == "REC_BAD_REQUEST")
            #expect(issue.first("expression")?.attributes["value"]?.hasSuffix("Patient.name[0].family") == true)
            #expect(issue.first("diagnostics")?.attributes["value"] == "give the patient’s family name")
        }
    }

    @Test("an answer quotes the message, names the referral and says nothing of the person", arguments: [true, false])
    func answer(isWithdrawn: Bool) throws {
        guard case .r4(var envelope) = read().envelope else { Issue.record("no envelope"); return }
        for syntax in FHIRDocument.Syntax.allCases {
            envelope.syntax = syntax
            let bytes = BaRSResponse.write(
                to: envelope, bundleID: UUID(), headerID: UUID(), referral: "r-1", isWithdrawn: isWithdrawn,
                at: Date(timeIntervalSince1970: 1_772_443_800))
            var report = ValidationReport()
            let bundle = try #require(FHIRDocument.read(bytes, limits: XMLLimits(), report: &report))
            let header = try #require(bundle.first("entry", "resource", "MessageHeader"))
            #expect(
                header.first("response", "identifier")?.attributes["value"] == "10000000-0000-4000-8000-000000000001")
            #expect(header.first("response", "code")?.attributes["value"] == "ok")
            #expect(header.first("destination", "endpoint")?.attributes["value"]?.hasSuffix("|2000801") == true)
            let request = try #require(bundle.all("entry")[1].first("resource", "ServiceRequest"))
            #expect(request.first("identifier", "value")?.attributes["value"] == "r-1")
            #expect(request.first("status")?.attributes["value"] == (isWithdrawn ? "revoked" : "active"))
            let text = String(decoding: bytes, as: UTF8.self)
            for word in ["Máire", "9990000018", "LS9 7TF", "1948"] { #expect(!text.contains(word)) }
        }
    }

    @Test("JSON that is cut anywhere, or has a byte changed, ends in findings and never in a trap (seed 7)")
    func hostile() {
        let whole = Array(ReferralFixtures.barsJSON.utf8)
        for count in stride(from: 0, to: whole.count, by: 7) {
            #expect(ReferralReading.read(Array(whole.prefix(count))).message == nil)
        }
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            var bytes = whole
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            let reading = ReferralReading.read(bytes)
            #expect((reading.message == nil) == reading.report.hasErrors)
        }
    }
}
