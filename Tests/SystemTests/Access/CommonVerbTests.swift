import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

@Suite("The verbs that every service has")
struct CommonVerbTests {
    @Test("each is for its roles alone, as docs/access.md shows")
    func whoMay() async throws {
        try await ServiceUnderTest.with(CaseIntake.Main.service) { service in
            let content = try service.file("content.json", Array("{}".utf8))
            let person = "0197a5f0-0000-7000-8000-000000000001"
            let calls: [(verb: [String], rest: [String], may: Set<Role>)] = [
                (["dead-letters", "list"], [], [.operator, .auditor]),
                (["dead-letters", "show"], ["1"], [.operator, .auditor]),
                (["dead-letters", "fix"], ["1", "--payload", content, "--why", "a test"], [.operator]),
                (["dead-letters", "replay"], ["1"], [.operator]),
                (["dead-letters", "discard"], ["1", "--why", "a test"], [.operator]),
                (["replay"], ["--all", "--dry-run"], [.operator]),
                (["audit", "verify"], [], [.auditor, .operator]), (["audit", "who-saw"], [person], [.auditor]),
                (["audit", "changes"], [person], [.auditor]),
                (["audit", "seal"], [], [.operator]),
                (["erasure", "check"], [person], [.teamManager]),
                (["erasure", "forget"], [person, "--dry-run"], [.teamManager]),
            ]
            var access = AccessTable(rolesFor: "verbs of every service", of: "verb")
            for call in calls {
                let endings = try await service.endings(of: call.verb + call.rest)
                access.add(call.verb, endings)
                for (role, ending) in endings {
                    let isAllowed = role.map(call.may.contains) ?? false
                    #expect(
                        (ending.exitCode != .notAllowed) == isAllowed,
                        "\(call.verb) as \(role?.rawValue ?? "nobody in particular"): \(ending.messages)")
                    #expect(ending.exitCode != .usage, "\(ending.messages)")
                }
                #expect(try await service.run(call.verb + call.rest).exitCode == .notAllowed)
            }
            try access.requireOnPage()
        }
    }
}
