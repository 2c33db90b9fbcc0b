import Foundation
import Testing

@testable import Formats

@Suite("Every published health example", .enabled(if: Samples.exist, "skipped: no samples"))
struct PublishedReferralTests {
    private struct Outcome: Equatable {
        let format: ReferralFormat
        let isAccepted: Bool
        let rules: [String]
    }

    /// What becomes of each file, read as a referral. Answers, single resources and code systems are none.
    private static let expected: [String: Outcome] = [
        "adw/ADW-Message-Assessment-Notice-Bundle-1-Example-1.xml":
            Outcome(format: .adw, isAccepted: true, rules: []),
        "adw/ADW-Message-Withdrawal-Notice-Bundle-1-Example-1.xml":
            Outcome(format: .adw, isAccepted: true, rules: []),
        "adw/ADW-Message-Assessment-Notice-Accept-Response-Bundle-1-Example-1.xml":
            Outcome(format: .adw, isAccepted: false, rules: ["event", "expected", "fhir.reference"]),
        "adw/ADW-Message-Assessment-Notice-Reject-Response-Bundle-1-Example-1.xml":
            Outcome(format: .adw, isAccepted: false, rules: ["event", "expected", "fhir.reference"]),
        // The number of the standard's own patient has a wrong check digit.
        "bars/ValidationRequest-POST.json":
            Outcome(format: .bars, isAccepted: true, rules: ["category", "nhs-number.check-digit"]),
        "bars/ValidationResponse-POST.json":
            Outcome(
                format: .bars, isAccepted: false,
                rules: ["category", "fhir.reference", "nhs-number.check-digit", "not-supported"]),
        "bars/ServiceRequest-PUT-body.json": Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle"]),
        // A list of what was searched for.
        "bars/ServiceRequest-GET-success.json":
            Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle-type", "fhir.entry", "required"]),
        "bars/MessageDefinition_ServiceRequest-request_CaseTransfer.json":
            Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle-type", "required"]),
        "bars/OperationOutcome-400-REC_BAD_REQUEST-required.json":
            Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle"]),
        "bars/OperationOutcome-409-REC_CONFLICT-duplicate.json":
            Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle"]),
        "bars/OperationOutcome-422-REC_UNPROCESSABLE_ENTITY-not-supported.json":
            Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle"]),
        "ukcore/UKCore-Patient-RichardSmith-Example.xml":
            Outcome(format: .adw, isAccepted: false, rules: ["fhir.bundle"]),
        "ukcore/UKCore-ServiceRequest-HipReplacement-Example.xml":
            Outcome(format: .ukCore, isAccepted: false, rules: ["fhir.bundle"]),
        "ukcore/CodeSystem-UKCore-DischargeDestinationEngland.xml":
            Outcome(format: .adw, isAccepted: false, rules: ["fhir.bundle"]),
        "ukcore/CodeSystem-UKCore-EthnicCategoryEngland.xml":
            Outcome(format: .adw, isAccepted: false, rules: ["fhir.bundle"]),
        "ukcore/CodeSystem-UKCore-NHSNumberVerificationStatusEngland.xml":
            Outcome(format: .adw, isAccepted: false, rules: ["fhir.bundle"]),
    ]

    @Test("is accepted, or refused with the right reasons, as the table shows")
    func outcomes() throws {
        let folder = Samples.folder.appending(path: "health")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".xml") || $0.hasSuffix(".json") || $0.hasSuffix(".hl7") }.sorted()
        #expect(files.count >= 15)
        print("| health example | format | outcome | findings |")
        for file in files {
            let reading = ReferralReading.read([UInt8](try Data(contentsOf: folder.appending(path: file))))
            let rules = Set(reading.report.issues.map(\.rule)).sorted()
            let outcome = Outcome(format: reading.format, isAccepted: reading.message != nil, rules: rules)
            print(
                "| \(file) | \(reading.format.rawValue) | \(outcome.isAccepted ? "accepted" : "refused") | "
                    + "\(rules.joined(separator: ", ")) |")
            #expect(outcome == Self.expected[file], "\(file): \(reading.report.issues.prefix(5))")
        }
    }
}
