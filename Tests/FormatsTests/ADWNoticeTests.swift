import Domain
import FoundationEssentials
import Testing

@testable import Formats

@Suite("A hospital's notice is read whole, and every problem in it is said")
struct ADWNoticeTests {
    @Test("the hand-written assessment notice gives each of its fields")
    func fields() throws {
        let reading = ADWNotice.read(Array(Fixtures.assessment.utf8))
        let notice = try #require(reading.notice)
        #expect(reading.report.issues == [])
        #expect(notice.kind == .assessment)
        #expect(notice.bundleID == "b-1")
        #expect(notice.messageID == "00000000-0000-4000-8000-000000000001")
        #expect(notice.issuedAt == Date(timeIntervalSince1970: 1_772_443_800))
        #expect(notice.sourceODS == "RR801")
        #expect(notice.destinationODS == "383")
        #expect(notice.referralIdentifier == "ref-77")
        #expect(notice.encounterIdentifier == "stay-9")
        #expect(notice.referralReason == "Fall at home & a broken hip")
        #expect(notice.supportingInformation == "Lives alone.")
        #expect(notice.patient.nhsNumber == NHSNumberCheck("9990000018"))
        #expect(notice.patient.familyName == "Hussain")
        #expect(notice.patient.givenNames == ["Zoë", "A"])
        #expect(notice.patient.gender == .female)
        #expect(notice.patient.bornOn == CivilDate("1950-02-28"))
        #expect(notice.patient.ethnicCategory == .pakistani)
        #expect(notice.patient.address.lines == ["1 Test Row"])
        #expect(notice.patient.address.postcode == "LS9 9ZZ")
        #expect(notice.stay.admittedOn == CivilDate("2026-02-27"))
        #expect(notice.stay.proposedDischargeOn == CivilDate("2026-03-09"))
        #expect(notice.stay.admissionType == .emergency)
        #expect(notice.stay.ward == "Ward 12")
        #expect(notice.hospital == ADWOrganization(ods: "RR801", name: "A Hospital"))
        #expect(notice.localAuthority == ADWOrganization(ods: "383", name: "A Council"))
        #expect(notice.liaison?.familyName == "Nowak")
        #expect(notice.liaison?.contact.email == "ewa@example.invalid")
        #expect(notice.answers.consent == .lacksCapacity)
        #expect(notice.answers.safeguardingConcerns == .no)
    }

    @Test(
        "what is written reads back the same, for every kind of notice",
        arguments: [
            ADWNoticeKind.assessment, .discharge, .withdrawal(.allNotices), .withdrawal(.assessmentNotice),
            .withdrawal(.dischargeNotice),
        ])
    func roundTrip(_ kind: ADWNoticeKind) throws {
        let notice = Fixtures.fullNotice(kind: kind)
        let reading = ADWNotice.read(notice.write())
        #expect(reading.report.issues == [])
        #expect(reading.notice == notice)
        #expect(notice.write() == notice.write())
    }

    @Test("a wrong check digit is a finding and the notice is taken in")
    func checkDigit() throws {
        let reading = ADWNotice.read(Fixtures.assessment(replacing: "999 000 0018", with: "9990000019"))
        let notice = try #require(reading.notice)
        #expect(notice.patient.nhsNumber == .wrongCheckDigit(digits: "9990000019"))
        let issue = try #require(reading.report.issues.first)
        #expect(reading.report.issues.count == 1)
        #expect(issue.severity == .warning)
        #expect(issue.rule == "nhs-number.check-digit")
        #expect(issue.path == "Bundle.entry[3].Patient.identifier[0].value")
    }

    @Test(
        "each mistake is found where it is",
        arguments: [
            Mistake(
                "<timestamp value=\"2026-03-02T09:30:00+00:00\"/>", "", "required",
                "Bundle.entry[0].MessageHeader.timestamp"),
            Mistake(
                "2026-03-02T09:30:00+00:00", "2026-03-02T09:30:00", "instant", "Bundle.entry[0].MessageHeader.timestamp"
            ),
            Mistake("975701000000106", "12345", "event", "Bundle.entry[0].MessageHeader.event.code"),
            Mistake("ods:RR801", "ods:", "ods-address", "Bundle.entry[0].MessageHeader.source.endpoint"),
            Mistake("<value value=\"ref-77\"/>", "", "required", "Bundle.entry[1].ReferralRequest.identifier.value"),
            Mistake("<family value=\"Hussain\"/>", "", "required", "Bundle.entry[3].Patient.name.family"),
            Mistake("1950-02-28", "1950-02-30", "date", "Bundle.entry[3].Patient.birthDate"),
            Mistake("1950-02-28", "2026-03-03", "birth-date.future", "Bundle.entry[3].Patient.birthDate"),
            Mistake("2026-03-09", "2026-02-26", "period", "Bundle.entry[2].Encounter.period.end"),
            Mistake("<type value=\"message\"/>", "<type value=\"batch\"/>", "fhir.bundle-type", "Bundle.type"),
            Mistake("http://hl7.org/fhir", "http://example.invalid", "fhir.bundle", "Bundle"),
            Mistake(
                "urn:uuid:council\"/>\n    <resource>", "urn:uuid:ward\"/>\n    <resource>", "fhir.full-url",
                "Bundle.entry[7].fullUrl"),
        ])
    func mistakes(_ mistake: Mistake) throws {
        let reading = ADWNotice.read(Fixtures.assessment(replacing: mistake.old, with: mistake.new))
        #expect(reading.notice == nil)
        let found = reading.report.issues.contains {
            $0.rule == mistake.rule && $0.path == mistake.path && $0.severity == .error
        }
        #expect(found, "\(reading.report.issues)")
    }

    @Test(
        "what is only doubtful is said and taken in",
        arguments: [
            Mistake("<birthDate value=\"1950-02-28\"/>", "", "expected", "Bundle.entry[3].Patient.birthDate"),
            Mistake("1950-02-28", "1950-02", "date.partial", "Bundle.entry[3].Patient.birthDate"),
            Mistake("1950-02-28", "1850-02-28", "birth-date.age", "Bundle.entry[3].Patient.birthDate"),
            Mistake(
                "<code value=\"L\"/>", "<code value=\"Q\"/>", "code",
                "Bundle.entry[8].QuestionnaireResponse.group[0].question[0].answer.valueCoding.code"),
            Mistake(
                "<code value=\"J\"/>", "<code value=\"j\"/>", "code",
                "Bundle.entry[3].Patient.extension[0].valueCodeableConcept.coding.code"),
            Mistake("<status value=\"requested\"/>", "", "status", "Bundle.entry[1].ReferralRequest.status"),
            Mistake("999 000 0018", "999 000 001", "nhs-number.form", "Bundle.entry[3].Patient.identifier[0].value"),
            Mistake(
                "<reference value=\"urn:uuid:council\"/>", "<reference value=\"urn:uuid:nobody\"/>", "fhir.reference",
                "Bundle.entry[0].MessageHeader.receiver.reference"),
        ])
    func doubts(_ mistake: Mistake) throws {
        let reading = ADWNotice.read(Fixtures.assessment(replacing: mistake.old, with: mistake.new))
        #expect(reading.notice != nil)
        let found = reading.report.issues.contains {
            $0.rule == mistake.rule && $0.path == mistake.path && $0.severity == .warning
        }
        #expect(found, "\(reading.report.issues)")
    }

    @Test("several mistakes are all found at once, and the header is still known")
    func several() {
        var text = Fixtures.assessment
        for (old, new) in [("1950-02-28", "28/02/1950"), ("<family value=\"Hussain\"/>", ""), ("2026-03-09", "soon")] {
            text = text.replacingFirst(old, with: new)
        }
        let reading = ADWNotice.read(Array(text.utf8))
        #expect(reading.report.issues.filter { $0.severity == .error }.count == 3)
        #expect(reading.envelope.messageID == "00000000-0000-4000-8000-000000000001")
        #expect(reading.envelope.referralIdentifier == "ref-77")
        #expect(reading.envelope.sourceODS == "RR801")
    }

    @Test("no finding quotes the person")
    func findingsAreSafe() {
        let reading = ADWNotice.read(Fixtures.assessment(replacing: "1950-02-28", with: "secret-birth"))
        #expect(reading.report.issues.allSatisfy { !"\($0)".contains("secret") })
    }

    @Test("free text is taken up to its limit and no further")
    func longText() {
        for (length, isTaken) in [
            (ADWLimits.longTextMax - 1, true), (ADWLimits.longTextMax, true), (ADWLimits.longTextMax + 1, false),
        ] {
            let reading = ADWNotice.read(
                Fixtures.assessment(replacing: "Lives alone.", with: String(repeating: "x", count: length)))
            #expect((reading.notice != nil) == isTaken)
        }
    }

    @Test("a withdrawal needs a reason of the list")
    func withdrawal() {
        let text = String(decoding: Fixtures.fullNotice(kind: .withdrawal(.allNotices)).write(), as: UTF8.self)
        let wrong = ADWNotice.read(Array(text.replacingFirst("code value=\"07\"", with: "code value=\"14\"").utf8))
        #expect(wrong.notice == nil)
        #expect(wrong.report.issues.contains { $0.rule == "code" && $0.severity == .error })
    }

    @Test("a report keeps its most issues and still refuses")
    func manyIssues() {
        var report = ValidationReport()
        for _ in 0..<ValidationReport.issuesMax { report.add(.warning, "r", at: "p", fix: "f") }
        #expect(!report.hasErrors)
        report.add(.error, "r", at: "p", fix: "f")
        #expect(report.issues.count == ValidationReport.issuesMax)
        #expect(report.omitted == 1)
        #expect(report.hasErrors)
    }
}

/// A change of the fixture and the finding that it must lead to.
struct Mistake: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let rule: String
    let path: String

    init(_ old: String, _ new: String, _ rule: String, _ path: String) {
        self.old = old
        self.new = new
        self.rule = rule
        self.path = path
    }

    var testDescription: String { "\(rule) at \(path)" }
}
