import Domain
import Formats
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("What is found in notices")
struct FindingTests {
    @Test("an NHS number with a wrong check digit is a finding: the notice is taken, and the person not matched by it")
    func checkDigit() async throws {
        try await Gateway.with { gateway in
            for referral in ["ref-1", "ref-2"] {
                let receipt = try await gateway.send(Gateway.notice(referral, number: "9990000019"))
                #expect(receipt.outcome == .accepted)
                let finding = try #require(receipt.findings.first { $0.rule == "nhs-number.check-digit" })
                #expect(finding.severity == .warning)
                #expect(finding.path.hasSuffix("Patient.identifier[0].value"))
                #expect(!finding.fix.contains("9990000019"))
            }
            #expect(try await gateway.service.count("select count(*) from person where nhs_number is null") == 2)
            for referral in ["ref-3", "ref-4"] { _ = try await gateway.send(Gateway.notice(referral)) }
            #expect(try await gateway.service.count("select count(*) from person") == 3)
        }
    }

    @Test("every problem of a bad notice is named at once, each with its place and what to do")
    func everyProblem() async throws {
        try await Gateway.with { gateway in
            let bad = Gateway.notice().write()
                .replacing("975701000000106", with: "12345")
                .replacing("2026-03-02T09:30:00", with: "2026-03-02 09:30")
                .replacing("ods:RR801", with: "ods:")
                .replacing("ref-1", with: "")
                .replacing("Hussain", with: "")
                .replacing("1950-02-28", with: "1950-02-30")
                .replacing("2026-03-09", with: "2026-02-01")
            let receipt = try await gateway.send(bad)
            #expect(receipt.outcome == .quarantined)
            let errors = receipt.findings.filter { $0.severity == .error }
            let places = [
                "MessageHeader.event.code", "MessageHeader.timestamp", "MessageHeader.source.endpoint",
                "ReferralRequest.identifier.value", "Patient.name", "Patient.birthDate", "Encounter.period.end",
            ]
            for place in places {
                #expect(errors.contains { $0.path.contains(place) && !$0.fix.isEmpty }, "\(place) in \(errors)")
            }
            #expect(errors.count == places.count, "\(errors)")
            #expect(try await gateway.told().isEmpty)
            // The same from the command line, where the exit code says it too.
            let path = try gateway.service.file("bad.xml", bad)
            let shown = try await gateway.service.run(
                ["submit", path, "--sender", "RR8-2"], as: gateway.partner, format: .table)
            #expect(shown.exitCode == .badInput)
            for place in places { #expect(shown.output.contains(place), "\(shown.output)") }
        }
    }

    @Test("what is missing is named too, and a patient is read where the referral is missing")
    func missing() async throws {
        try await Gateway.with { gateway in
            let text = String(decoding: Gateway.notice().write(), as: UTF8.self)
                .replacing("ReferralRequest>", with: "Basic>").replacing("1950-02-28", with: "1950-02-30")
            let receipt = try await gateway.send(Array(text.utf8))
            let fixes = receipt.findings.filter { $0.severity == .error }.map(\.fix)
            #expect(fixes.contains("add the ReferralRequest"), "\(fixes)")
            #expect(receipt.findings.contains { $0.rule == "date" && $0.path.hasSuffix("Patient.birthDate") })
        }
    }

    @Test("bytes of every kind end in a receipt with findings, and never in a crash (random, seed printed)")
    func hostile() async throws {
        var random = SeededRandom("hostile notices")
        try await Gateway.with { gateway in
            let good = Gateway.notice().write()
            for _ in 0..<60 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                    case 1: bytes.removeSubrange(place..<min(bytes.count, place + 40))
                    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
                    }
                }
                do {
                    let receipt = try await gateway.send(bytes)
                    #expect(receipt.referralID != nil || !receipt.findings.isEmpty, "seed \(random.seed)")
                } catch SubmissionRefusal.otherContent {
                    // The id survived the damage, and the content did not.
                }
            }
        }
    }
}
