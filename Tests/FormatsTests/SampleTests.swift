import Domain
import Foundation
import Testing

@testable import Formats

/// The published example files, which are not part of this project. `SAMPLES_DIR` says where they are.
enum Samples {
    static let named = ProcessInfo.processInfo.environment["SAMPLES_DIR"]

    /// Where the samples are, or would be: beside the project, where the variable is not set.
    static let folder =
        named.map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/samples")

    static var exist: Bool { FileManager.default.fileExists(atPath: folder.path) }

    static func adw(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.appending(path: "health/adw/ADW-Message-\(name)-Bundle-1-Example-1.xml")))
    }
}

@Suite("The published example messages are read")
struct SampleTests {
    @Test("a folder of samples that was named is there")
    func folderExists() {
        if let named = Samples.named {
            #expect(Samples.exist, "SAMPLES_DIR names \(named), which is not there")
        }
    }

    @Test("the assessment notice gives what a person reads in it", .enabled(if: Samples.exist, "skipped: no samples"))
    func assessment() throws {
        let reading = ADWNotice.read(try Samples.adw("Assessment-Notice"))
        let notice = try #require(reading.notice, "\(reading.report.issues)")
        #expect(reading.report.issues == [])
        #expect(notice.kind == .assessment)
        #expect(notice.messageID == "5bfa2a2e-923b-440d-82d6-38e24b666be6")
        #expect(notice.issuedAt.timeIntervalSince1970 == 1_493_650_931)
        #expect(notice.sourceODS == "RFM8C2")
        #expect(notice.destinationODS == "V396BB")
        #expect(notice.referralIdentifier == "311fcae7-32a7-4a8e-a15c-eebae3a246b9")
        #expect(notice.encounterIdentifier == "2562b8b6-c0db-424a-8c6b-0fa43b0d6c2f")
        #expect(notice.referralReason == "Patient admitted as inpatient with chest pain.")
        #expect(notice.supportingInformation?.hasPrefix("The patient has a history of minor strokes.") == true)
        #expect(notice.patient.nhsNumber == NHSNumberCheck("9413946000"))
        #expect(notice.patient.nhsNumberStatus == "01")
        #expect(notice.patient.hospitalNumber == "A1234521")
        #expect(notice.patient.familyName == "Jones")
        #expect(notice.patient.givenNames == ["Barry"])
        #expect(notice.patient.bornOn == CivilDate("1941-11-01"))
        #expect(notice.patient.gender == .male)
        #expect(notice.patient.address.lines == ["The Old Lodge", "1 Little Street", "Chapeltown"])
        #expect(notice.patient.address.city == "Leeds")
        #expect(notice.patient.address.district == "West Yorkshire")
        #expect(notice.patient.address.postcode == "LS6 1UR")
        #expect(notice.patient.contact.email == "barryJ@googlemail.com")
        #expect(notice.patient.contact.phone == "0113554466")
        #expect(notice.patient.language == "cy")
        #expect(notice.patient.languageIsPreferred == true)
        #expect(notice.patient.interpreterRequired == false)
        #expect(notice.patient.carer?.familyName == "Bloom")
        #expect(notice.patient.carer?.contact.phone == "0113237656")
        #expect(notice.stay.admittedOn == CivilDate("2017-04-24"))
        #expect(notice.stay.proposedDischargeOn == CivilDate("2017-05-12"))
        #expect(notice.stay.admissionType == .emergency)
        #expect(notice.stay.admissionReason == "Chest pain, shortness of breath, nausea")
        #expect(notice.stay.ward == "Collier Ward")
        #expect(notice.leadClinician?.familyName == "Stibbs")
        #expect(notice.liaison?.familyName == "Gulliver")
        #expect(notice.liaison?.role == "Discharge co-ordinator")
        #expect(notice.liaison?.contact.email == "leticia.gulliver@nhs.net")
        #expect(notice.hospital == ADWOrganization(ods: "RFM8C2", name: "Hebburn Hospital"))
        #expect(notice.localAuthority == ADWOrganization(ods: "V396BB", name: "Hebburn Council"))
        #expect(notice.socialServicesTeam == "Hebburn Social Services' Community Team")
        #expect(notice.answers.patientConsulted == .yes)
        #expect(notice.answers.carerConsulted == .yes)
        #expect(notice.answers.safeguardingConcerns == .no)
        #expect(notice.answers.consent == .given)
        #expect(notice.answers.thirdPartyConsent == .notApplicable)
        #expect(notice.answers.continuingHealthCareConsidered == .yes)
        #expect(notice.answers.continuingHealthCareOutcome?.hasSuffix("eligible for CHC funding.") == true)
    }

    @Test("the withdrawal notice ties to the same referral", .enabled(if: Samples.exist, "skipped: no samples"))
    func withdrawal() throws {
        let reading = ADWNotice.read(try Samples.adw("Withdrawal-Notice"))
        let notice = try #require(reading.notice, "\(reading.report.issues)")
        #expect(reading.report.issues == [])
        #expect(notice.kind == .withdrawal(.allNotices))
        #expect(notice.withdrawalReason == .conditionDeteriorated)
        #expect(notice.referralIdentifier == "311fcae7-32a7-4a8e-a15c-eebae3a246b9")
        #expect(notice.stay.ward == "Collier Ward")
    }

    @Test("both answers are read", .enabled(if: Samples.exist, "skipped: no samples"))
    func answers() throws {
        for (word, isAccepted) in [("Accept", true), ("Reject", false)] {
            let (answer, report) = ADWResponse.read(try Samples.adw("Assessment-Notice-\(word)-Response"))
            let response = try #require(answer, "\(report.issues)")
            #expect(response.isAccepted == isAccepted)
            #expect(response.answers.kind == .assessment)
            #expect(response.answers.messageID == "5bfa2a2e-923b-440d-82d6-38e24b666be6")
            #expect(response.contact?.familyName == "Jones")
            #expect(response.reason?.isEmpty == false)
        }
    }

    @Test("a published notice that is written again reads the same", .enabled(if: Samples.exist, "skipped: no samples"))
    func writtenAgain() throws {
        let notice = try #require(ADWNotice.read(try Samples.adw("Assessment-Notice")).notice)
        #expect(ADWNotice.read(notice.write()).notice == notice)
    }
}
