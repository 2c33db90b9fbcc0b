import Domain
import Formats
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

private let senders: Set<Role> = [.referralPartner, .directPaymentsTeam]
private let readers: Set<Role> = [.directPaymentsTeam, .socialWorker, .teamManager, .auditor]

private let deciders: Set<Role> = [.directPaymentsTeam, .teamManager]

@Suite("referral-gateway's verbs")
struct VerbTests {
    private func submit(_ bytes: [UInt8], _ gateway: Gateway, _ more: [String] = []) async throws -> VerbResult {
        let path = try gateway.service.file(UUID().uuidString, bytes)
        return try await gateway.service.run(["submit", path, "--sender", "RR8"] + more, as: gateway.partner)
    }

    @Test("every verb is for its roles alone, and a rehearsal of it changes nothing")
    func whoMay() async throws {
        try await Gateway.with { gateway in
            let quarantined = try await gateway.send(Array("<Bundle".utf8)).id.description
            let path = try gateway.service.file("good.xml", Gateway.notice().write())
            let census = try gateway.service.file(
                "header.csv", Array("CHILD,SEX,DOB,ETHNIC\n1,2,05/11/2008,APKN\n".utf8))
            _ = try await gateway.send(Gateway.notice("ref-0"))
            let person = try await gateway.onlyPerson()
            let calls: [(verb: [String], rest: [String], may: Set<Role>)] = [
                (["submit"], [path, "--sender", "RR8", "--dry-run"], senders), (["status"], [quarantined], readers),
                (["quarantine", "list"], [], readers), (["quarantine", "show"], [quarantined], readers),
                (["tally"], [], readers),
                (["quarantine", "export"], [quarantined, "--out", "/dev/null/nowhere"], deciders),
                (["quarantine", "fix"], [quarantined, "--message", path, "--why", "a test", "--dry-run"], deciders),
                (["quarantine", "replay"], [quarantined, "--why", "a test", "--dry-run"], deciders),
                (["quarantine", "discard"], [quarantined, "--why", "a test", "--dry-run"], deciders),
                (["young-people", "show"], [census], readers),
                (
                    ["young-people", "refer"], [census, "--sender", "c", "--describes", "2026-03-31", "--dry-run"],
                    senders
                ), (["people", "show"], [person.description], readers),
            ]
            #expect(gateway.service.ownVerbs == Set(calls.map(\.verb)))
            let before = try await gateway.service.everything()
            var access = AccessTable(rolesFor: "verbs of referral-gateway", of: "verb")
            for call in calls {
                let endings = try await gateway.service.endings(of: call.verb + call.rest)
                access.add(call.verb, endings)
                for (role, ending) in endings {
                    let isAllowed = role.map(call.may.contains) ?? false
                    // What is in quarantine cannot be replayed, and nothing can be written there.
                    let ended: ExitCode =
                        switch call.verb.last {
                        case "export": .failed
                        case "replay": .badInput
                        default: .success
                        }
                    #expect(
                        ending.exitCode == (isAllowed ? ended : .notAllowed),
                        "\(call.verb) as \(role?.rawValue ?? "nobody in particular"): \(ending.messages)")
                }
                #expect(try await gateway.service.run(call.verb + call.rest).exitCode == .notAllowed)
            }
            #expect(try await gateway.service.everything() == before)
            try access.requireOnPage()
        }
    }

    @Test("a message by file gets its receipt, a repeat the same, another content 65, and all can be looked up")
    func submitting() async throws {
        try await Gateway.with { gateway in
            let message = Gateway.notice().write()
            let first = try await submit(message, gateway)
            #expect(first.exitCode == .success, "\(first.messages)")
            #expect(try first.value("outcome") == "accepted")
            let again = try await submit(message, gateway)
            #expect(again.exitCode == .success)
            #expect(try again.value("receipt") == first.value("receipt"))
            #expect(try again.value("outcome") == "duplicate")
            let other = try await submit(message.replacing("washing", with: "cooking"), gateway)
            #expect(other.exitCode == .badInput)
            #expect(other.messages.contains(try #require(try first.value("receipt"))))
            let status = try await gateway.service.run(
                ["status", try #require(try first.value("receipt"))], as: gateway.team)
            #expect(try status.value("referralID") == first.value("referralID"))
            let rehearsed = try await submit(Gateway.notice("ref-2").write(), gateway, ["--dry-run"])
            #expect(rehearsed.exitCode == .success)
            #expect(try await gateway.service.count("select count(*) from referral") == 1)
        }
    }

    @Test("a quarantined message is 65 also when it comes again, is listed, and is shown with every finding")
    func quarantine() async throws {
        try await Gateway.with { gateway in
            let bad = Gateway.notice().write().replacing("1950-02-28", with: "1950-02-30")
                .replacing("2026-03-09", with: "2026-02-01")
            let first = try await submit(bad, gateway)
            #expect(first.exitCode == .badInput)
            let receipt = try #require(try first.value("receipt"))
            let again = try await submit(bad, gateway)
            #expect(again.exitCode == .badInput)
            #expect(try again.value("receipt") == receipt)
            let list = try await gateway.service.run(["quarantine", "list"], as: gateway.team)
            #expect(try list.rows().map { $0["receipt"] } == [receipt])
            let shown = try await gateway.service.run(["quarantine", "show", receipt], as: gateway.team)
            #expect(try shown.rows().filter { $0["severity"] == "error" }.count == 2)
        }
    }

    @Test("JSON, CSV and the table say the same")
    func formats() async throws {
        try await Gateway.with { gateway in
            let bad = try await gateway.send(Gateway.notice().write().replacing("1950-02-28", with: "1950-02-30"))
            let good = try await gateway.send(Gateway.notice())
            for words in [
                ["status", good.id.description], ["quarantine", "list"], ["quarantine", "show", bad.id.description],
            ] {
                #expect(try await gateway.service.disagreements(of: words, as: gateway.team) == [], "\(words)")
            }
        }
    }

    @Test("a file that is not there or empty, a receipt that nobody got and a list without end are bad input")
    func badInput() async throws {
        try await Gateway.with { gateway in
            let empty = try gateway.service.file("empty.xml", [])
            for words in [
                ["submit", "/nowhere/at/all.xml", "--sender", "RR8"], ["submit", empty, "--sender", "RR8"],
                ["submit", try gateway.service.file("a", Gateway.notice().write()), "--sender", ""],
                ["status", UUID().uuidString], ["quarantine", "show", UUID().uuidString],
                ["quarantine", "list", "--limit", "0"],
            ] {
                #expect(
                    try await gateway.service.run(words, as: gateway.team).exitCode == .badInput, "\(words)")
            }
            #expect(try await gateway.service.run(["submit", empty], as: gateway.team).exitCode == .usage)
        }
    }

    @Test("who somebody is can be shown, and is in no table in the clear")
    func people() async throws {
        try await Gateway.with { gateway in
            var notice = Gateway.notice()
            notice.patient.address.postcode = "LS9 9ZZ"
            _ = try await gateway.send(notice)
            let person = try await gateway.onlyPerson()
            let shown = try await gateway.service.run(["people", "show", person.description], as: gateway.team)
            let expected = [
                "familyName": "Hussain", "givenNames": "Zoë", "bornOn": "1950-02-28", "gender": "female",
                "nhsNumber": "9990000018", "postcode": "LS9 9ZZ",
            ]
            for (property, value) in expected { #expect(try shown.value(property) == value) }
            let stored = try await gateway.service.everything().values.joined().joined(separator: "\n")
            let dump = stored + gateway.service.plainText(of: stored)
            for value in expected.values where value != "female" { #expect(!dump.contains(value), "\(value)") }
            #expect(!dump.contains("washing"))
            let nobody = try await gateway.service.run(["people", "show", UUID().uuidString], as: gateway.team)
            #expect(nobody.exitCode == .badInput)
        }
    }

    @Test("a service without keys refuses to work and says what to do")
    func keyless() async throws {
        try await Gateway.with { gateway in
            let status = try await gateway.service.without("keys.folder").run(["quarantine", "list"], as: gateway.team)
            #expect(status.exitCode == .configuration)
            #expect(status.messages.contains("takeup keys create"))
        }
    }

    @Test("who was erased can be shown to nobody, and a notice about them is kept for somebody to decide")
    func erased() async throws {
        try await Gateway.with { gateway in
            _ = try await gateway.send(Gateway.notice())
            let person = try await gateway.onlyPerson()
            try await TestKeys.erase(person)
            let shown = try await gateway.service.run(["people", "show", person.description], as: gateway.team)
            #expect(shown.exitCode == .badInput)
            #expect(shown.messages.contains("erased"))
            let again = try await submit(Gateway.notice("ref-2").write(), gateway)
            #expect(again.exitCode == .badInput)
            #expect(again.output.contains("quarantined"))
            #expect(try await gateway.told().map(\.event) == ["received"])
            let (receipt, owner) = try await gateway.pool.query(
                "select receipt, sealed_for from submission where outcome = 'quarantined'"
            ).only().decode(UUID.self, UUID.self)
            #expect(receipt == owner)
            let findings = try await gateway.service.run(
                ["quarantine", "show", receipt.uuidString.lowercased()], as: gateway.team, format: .csv)
            #expect(findings.output.contains("person.erased"))

            let forgotten = try await gateway.service.run(
                ["erasure", "forget", person.description], as: TestPerson(.teamManager))
            #expect(forgotten.exitCode == .success, "\(forgotten.messages)")
            // Whoever comes under the number now is somebody new.
            #expect(try await submit(Gateway.notice("ref-3").write(), gateway).exitCode == .success)
            #expect(try await gateway.service.count("select count(*) from person") == 2)
        }
    }

    @Test("nobody is forgotten whose key is still there")
    func notErased() async throws {
        try await Gateway.with { gateway in
            _ = try await gateway.send(Gateway.notice())
            let words = ["erasure", "forget", try await gateway.onlyPerson().description]
            let refused = try await gateway.service.run(words, as: TestPerson(.teamManager))
            #expect(refused.exitCode == .failed)
            #expect(refused.messages.contains("takeup erase"))
            #expect(try await gateway.service.run(words, as: gateway.team).exitCode == .notAllowed)
            #expect(try await gateway.service.count("select count(*) from person where nhs_number_hash is null") == 0)
        }
    }
}
