import Domain
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import Engagement

private let readers: Set<Role> = [.championLead, .teamManager, .performanceAnalyst, .auditor]

@Suite("engagement's verbs")
struct VerbTests {
    @Test("every verb is for its roles alone, and a rehearsal of it changes nothing")
    func whoMay() async throws {
        try await Programme.with { programme in
            let list = try programme.service.file("list.csv", "staff,role,team\n\(UUID()),finance,East".utf8)
            let calls: [(verb: [String], rest: [String], may: Set<Role>)] = [
                (["champions", "list"], [], readers), (["training", "list"], [], readers),
                (
                    ["champions", "recruit"],
                    [UUID().uuidString, "--directorate", "D", "--team", "T", "--on", "2026-03-02", "--dry-run"],
                    [.championLead]
                ),
                (
                    ["training", "record"],
                    ["--title", "T", "--on", "2026-03-02", "--attendees", list, "--dry-run"], [.championLead]
                ),
            ]
            #expect(programme.service.ownVerbs == Set(calls.map(\.verb)))
            let before = try await programme.service.everything()
            var access = AccessTable(rolesFor: "verbs of engagement", of: "verb")
            for call in calls {
                let endings = try await programme.service.endings(of: call.verb + call.rest)
                access.add(call.verb, endings)
                for (role, ending) in endings {
                    let isAllowed = role.map(call.may.contains) ?? false
                    #expect(
                        ending.exitCode == (isAllowed ? .success : .notAllowed),
                        "\(call.verb) as \(role?.rawValue ?? "nobody in particular"): \(ending.messages)")
                }
                #expect(try await programme.service.run(call.verb + call.rest).exitCode == .notAllowed)
            }
            #expect(try await programme.service.everything() == before)
            try access.requireOnPage()
        }
    }

    @Test("JSON, CSV and the table say the same")
    func formats() async throws {
        try await Programme.with { programme in
            for team in ["East", "West, \"outer\"", "=SUM(A1)"] {
                let ending = try await programme.service.run(
                    [
                        "champions", "recruit", UUID().uuidString, "--directorate", "D", "--team", team, "--on",
                        "2026-03-02",
                    ], as: programme.lead)
                #expect(ending.exitCode == .success, "\(ending.messages)")
            }
            _ = try await programme.record("staff,role,team\n\(UUID()),finance,East")
            let list = try await programme.service.run(["champions", "list"], as: programme.lead, format: .csv)
            // A spreadsheet must not take a name for a formula.
            #expect(list.output.contains("'=SUM(A1)"))
            for words in [["training", "list"], ["training", "list", "--limit", "1"]] {
                #expect(try await programme.service.disagreements(of: words, as: programme.lead) == [], "\(words)")
            }
        }
    }
}
