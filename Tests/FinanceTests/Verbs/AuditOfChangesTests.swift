import Domain
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import Finance

@Suite("What the audit keeps of changed payees and pay runs")
struct AuditOfChangesTests {
    private func changes(of id: String, _ office: Office) async throws -> [[String: String]] {
        let shown = try await office.service.run(["audit", "changes", id], as: TestPerson(.auditor))
        try #require(shown.exitCode == .success, "\(shown.messages)")
        return try shown.rows()
    }

    @Test("a payee's account that was recorded is kept whole, under the key of the person it is for")
    func payee() async throws {
        try await Office.with { office in
            let signed = Signed()
            try await office.tell(signed, version: 1)
            let details = try office.service.file("details.txt", "A PERSON\n00-00-00\n12345678\n".utf8)
            let words = ["payees", "add", signed.agreementID.description, "--details", details]
            #expect(try await office.service.run(words, as: office.preparer).exitCode == .success)

            let change = try #require(try await changes(of: signed.personID.description, office).first)
            #expect(change["record"] == "agreement \(signed.agreementID)")
            #expect(change["before"] == nil)
            #expect(change["after"]?.contains("12345678") == true)
            // The second try is refused, and keeps nothing.
            #expect(try await office.service.run(words, as: office.preparer).exitCode == .failed)
            #expect(try await changes(of: signed.personID.description, office).count == 1)
        }
    }

    @Test("every step of a pay run is kept with where the run stood before it and after it")
    func payRun() async throws {
        try await Office.with { office in
            let signed = try await office.sign()
            let draft = try await office.service.run(
                ["pay-runs", "draft", "--payment-date", "2026-03-06"], as: office.preparer, at: Office.time)
            let run = try #require(try draft.value("runID"), "\(draft.messages)")
            let steps: [([String], TestPerson)] = [
                (["lock", run], office.preparer),
                (["approve", run, "--lines", "1", "--total", "600"], office.approver),
                (["release", run], office.releaser),
                (["settle", run], office.releaser),
            ]
            for (words, person) in steps {
                let step = try await office.service.run(["pay-runs"] + words, as: person, at: Office.time)
                try #require(step.exitCode == .success, "\(words): \(step.messages)")
            }
            let changes = try await changes(of: run, office)
            func status(_ text: String?) -> String? {
                text.flatMap { text in
                    ["draft", "locked", "approved", "released", "settled"].first {
                        text.contains("\"status\": \"\($0)\"")
                    }
                }
            }
            #expect(
                changes.reversed().map { status($0["before"]) } == [nil, "draft", "locked", "approved", "released"])
            #expect(
                changes.reversed().map { status($0["after"]) } == [
                    "draft", "locked", "approved", "released", "settled",
                ])
            #expect(changes.first?["after"]?.contains(office.releaser.id.uuidString.lowercased()) == true)
            // Whoever is paid by the run is named by each of them.
            let seen = try await office.service.run(
                ["audit", "who-saw", signed.personID.description], as: TestPerson(.auditor))
            #expect(try seen.rows().filter { $0["record"] == "pay run \(run)" }.count == 5)
        }
    }

    @Test("a run that is not there makes no key and is refused")
    func unknownRun() async throws {
        try await Office.with { office in
            let run = PayRunID(UUID())
            let step = try await office.service.run(["pay-runs", "lock", run.description], as: office.preparer)
            #expect(step.exitCode == .badInput)
            let asked = try await office.service.run(["audit", "changes", run.description], as: TestPerson(.auditor))
            #expect(asked.messages.contains("Nothing is known"))
        }
    }
}
