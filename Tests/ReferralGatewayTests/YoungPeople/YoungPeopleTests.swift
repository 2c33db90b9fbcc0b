import Domain
import Foundation
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("Young people who turn 18")
struct YoungPeopleTests {
    private static let header = """
        CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
        early,2,05/11/2011,APKN,,,
        soon,1,20/06/2008,WBRI,,,
        late,1,20/01/2008,WBRI,,,
        none,1,20/06/2008,WBRI,,,
        gone,1,20/06/2008,WBRI,,,
        unborn,1,,WBRI,,,

        """
    private static let episodes = """
        CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
        early,01/02/2024,S,C2,N2,U1,PR1,,,,,,
        soon,01/02/2024,S,V3,N2,U1,PR1,,,,,,
        late,01/02/2024,S,C2,N2,U1,PR1,,,,,,
        none,01/02/2024,S,C2,N1,U1,PR1,,,,,,
        gone,01/02/2024,S,C2,N2,U1,PR1,01/01/2026,E7,,,,
        unborn,01/02/2024,S,C2,N2,U1,PR1,,,,,,

        """

    private func run(_ gateway: Gateway, _ words: [String], as person: TestPerson? = nil) async throws -> VerbResult {
        let header = try gateway.service.file("header.csv", Array(Self.header.utf8))
        let episodes = try gateway.service.file("episodes.csv", Array(Self.episodes.utf8))
        return try await gateway.service.run(
            ["young-people", "show", header, episodes, "--on", "2026-03-31"] + words, as: person ?? gateway.team)
    }

    @Test("who is to be referred stands there by birthday, with the days that are left and why; nothing is stored")
    func shown() async throws {
        try await Gateway.with { gateway in
            let before = try await gateway.service.everything()
            let result = try await run(gateway, [])
            #expect(result.exitCode == .success, "\(result.messages)")
            let rows = try result.rows()
            #expect(rows.map { $0["child"] } == ["late", "soon", "unborn"])
            #expect(rows.map { $0["daysLeft"] } == ["-70", "81", nil])
            #expect(rows[1]["eighteenOn"] == "2026-06-20" && rows[1]["signs"] == "came with a disability; short breaks")
            #expect(rows[2]["standing"] == "birth unknown")
            #expect(try await gateway.service.everything() == before)
        }
    }

    @Test("all are shown where all are asked for, each with the reason")
    func all() async throws {
        try await Gateway.with { gateway in
            let rows = try await run(gateway, ["--all"]).rows()
            let standings = Dictionary(uniqueKeysWithValues: rows.map { ($0["child"] ?? "", $0["standing"] ?? "") })
            #expect(
                standings == [
                    "early": "later", "soon": "refer", "late": "refer, late", "none": "no sign",
                    "gone": "with adult care",
                    "unborn": "birth unknown",
                ])
        }
    }

    @Test("where something in the return is wrong it says what, shows the others, and ends with 65")
    func wrong() async throws {
        try await Gateway.with { gateway in
            let file = try gateway.service.file(
                "wrong.csv", Array(Self.header.replacingOccurrences(of: "20/06/2008", with: "31/06/2008").utf8))
            let result = try await gateway.service.run(
                ["young-people", "show", file], as: gateway.team, format: .table)
            #expect(result.exitCode == .badInput)
            #expect((result.output + result.messages).contains("wrong.csv row 3, DOB"))
        }
    }

    @Test("a look at a return is in the audit")
    func audited() async throws {
        try await Gateway.with { gateway in
            _ = try await run(gateway, [])
            #expect(
                try await gateway.service.count(
                    "select count(*) from audit_entry where record = 'young people of a return'") == 1)
        }
    }
}

@Suite("Young people are referred")
struct TransitionReferralTests {
    private static let header = """
        CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
        7001,1,20/06/2008,WBRI,,,
        7002,2,11/08/2008,APKN,,,
        7003,1,11/08/2008,WBRI,,,

        """
    private static let episodes = """
        CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
        7001,01/02/2024,S,V3,N2,U1,PR1,,,,,,
        7002,01/02/2024,S,C2,N2,U1,PR1,,,,,,
        7003,01/02/2024,S,C2,N1,U1,PR1,,,,,,

        """

    private func refer(
        _ gateway: Gateway, describes day: String = "2026-03-31", at time: String = "2026-04-10T09:00:00Z",
        _ changes: [String: String] = [:], _ more: [String] = []
    ) async throws -> VerbResult {
        var files: [String] = []
        for text in [Self.header, Self.episodes] {
            let changed = changes.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
            files.append(try gateway.service.file(UUID().uuidString + ".csv", Array(changed.utf8)))
        }
        return try await gateway.service.run(
            ["young-people", "refer"] + files + ["--sender", "children", "--describes", day] + more, as: gateway.team,
            at: time)
    }

    private func outcomes(_ result: VerbResult) throws -> [String: String] {
        #expect(result.exitCode == .success, "\(result.messages)")
        return Dictionary(uniqueKeysWithValues: try result.rows().map { ($0["child"] ?? "", $0["outcome"] ?? "") })
    }

    @Test("each who is to be referred has one referral, however often the return is read; the others leave no trace")
    func once() async throws {
        try await Gateway.with { gateway in
            let first = try await refer(gateway)
            #expect(try outcomes(first) == ["7001": "accepted", "7002": "accepted"])
            for _ in 1...3 {
                #expect(try outcomes(await refer(gateway)) == ["7001": "duplicate", "7002": "duplicate"])
            }
            let told = try await gateway.told()
            #expect(told.map(\.event) == ["received", "received"])
            #expect(
                told.allSatisfy { $0.payload.contains(#""source":"children""#) })
            #expect(try await gateway.service.count("select count(*) from person") == 2)
            let stored = try await gateway.service.everything().values.joined().joined(separator: "\n")
            #expect(!stored.contains("7003") && !stored.contains("2008-"))
            #expect(!gateway.service.plainText(of: stored).contains("2008-"))
        }
    }

    @Test("a change amends the referral, and what is not changed is not told again")
    func amended() async throws {
        try await Gateway.with { gateway in
            _ = try await refer(gateway)
            let changed = try await refer(
                gateway, describes: "2026-04-30", ["7002,01/02/2024,S,C2,N2,U1": "7002,01/02/2024,S,C2,N2,S1"])
            #expect(try outcomes(changed) == ["7001": "duplicate", "7002": "accepted"])
            #expect(try await gateway.told().map(\.event) == ["received", "received", "amended"])
            #expect(try await gateway.service.count("select count(*) from referral") == 2)
        }
    }

    @Test(
        "leaving care, moving away, a death and adult care each take the referral back, and only one that is there",
        arguments: [("E3", "06"), ("E2", "08"), ("E7", "13"), ("E4A", "13")])
    func takenBack(reason: String, code: String) async throws {
        try await Gateway.with { gateway in
            let ended = ["7001,01/02/2024,S,V3,N2,U1,PR1,,": "7001,01/02/2024,S,V3,N2,U1,PR1,31/03/2026,\(reason)"]
            let first = try await refer(gateway, ended)
            #expect(try outcomes(first) == ["7002": "accepted"], "nothing to take back")
            #expect(try await gateway.told().count == 1)
        }
        try await Gateway.with { gateway in
            _ = try await refer(gateway)
            let ended = ["7001,01/02/2024,S,V3,N2,U1,PR1,,": "7001,01/02/2024,S,V3,N2,U1,PR1,20/04/2026,\(reason)"]
            let last = try await refer(gateway, describes: "2026-04-30", at: "2026-05-02T09:00:00Z", ended)
            #expect(try outcomes(last) == ["7001": "accepted", "7002": "duplicate"])
            let told = try await gateway.told()
            #expect(told.map(\.event) == ["received", "received", "withdrawn"])
            #expect(told.last?.payload.contains(#""reasonCode":"\#(code)""#) == true)

            // Read once more, the older return too, nothing happens.
            _ = try await refer(gateway, describes: "2026-04-30", at: "2026-05-03T09:00:00Z", ended)
            _ = try await refer(gateway, at: "2026-05-03T09:00:00Z")
            #expect(try await gateway.told().count == 3)
        }
    }

    @Test("a child who comes again has a referral of its own")
    func comesAgain() async throws {
        try await Gateway.with { gateway in
            _ = try await refer(gateway)
            let away = "7001,01/02/2024,S,V3,N2,U1,PR1,20/04/2026,E3"
            _ = try await refer(gateway, describes: "2026-04-30", ["7001,01/02/2024,S,V3,N2,U1,PR1,,": away])
            let back = try await refer(
                gateway, describes: "2026-06-30", at: "2026-07-02T09:00:00Z",
                ["7001,01/02/2024,S,V3,N2,U1,PR1,,,,,,": away + ",,,,\n7001,01/06/2026,S,C2,N2,U1,PR1,,,,,,"])
            #expect(try outcomes(back)["7001"] == "accepted")
            #expect(try await gateway.told().map(\.event) == ["received", "received", "withdrawn", "received"])
            #expect(try await gateway.service.count("select count(*) from referral") == 3)
        }
    }

    @Test("a rehearsal stores nothing, and a return that does not say its day needs one")
    func rehearsal() async throws {
        try await Gateway.with { gateway in
            let before = try await gateway.service.everything()
            #expect(try outcomes(await refer(gateway, [:], ["--dry-run"])) == ["7001": "accepted", "7002": "accepted"])
            #expect(try await gateway.service.everything() == before)
            let file = try gateway.service.file("h.csv", Array(Self.header.utf8))
            let result = try await gateway.service.run(
                ["young-people", "refer", file, "--sender", "children"], as: gateway.team)
            #expect(result.exitCode == .usage && result.messages.contains("--describes"))
        }
    }

    @Test("a young person whose receipt waits is not replayed but referred again")
    func quarantined() async throws {
        try await Gateway.with { gateway in
            _ = try await refer(gateway)
            let receipt = SubmissionID(UUID())
            _ = try await gateway.service.asDatabaseRole(nil) { superuser in
                try await superuser.query(
                    """
                    insert into submission (receipt, sender, message_id, channel, format, received_at, submitted_by, input_sha256,
                        input, sealed_for, outcome, findings)
                    select \(receipt), sender, 'another', channel, format, received_at, submitted_by, input_sha256, input,
                        sealed_for, 'quarantined', '[]' from submission limit 1
                    """)
            }
            let replayed = try await gateway.service.run(
                ["quarantine", "replay", receipt.description, "--why", "a test"], as: gateway.team)
            #expect(replayed.exitCode == .badInput && replayed.messages.contains("in a return"))
        }
    }

    @Test("who comes by the daily feed is referred with their name, which is sealed")
    func feed() async throws {
        try await Gateway.with { gateway in
            let feed = #"""
                [{"la_child_id":"LCS1","child_details":{"first_name":"Amna","surname":"Khan","date_of_birth":"2008-11-05",
                  "sex":"F","disabilities":["LD"],"postcode":"LS9 7TF"}}]
                """#
            let file = try gateway.service.file("feed.json", Array(feed.utf8))
            let words = ["young-people", "refer", file, "--sender", "children", "--describes", "2026-03-31"]
            let first = try await gateway.service.run(words, as: gateway.team, at: "2026-04-01T09:00:00Z")
            #expect(first.exitCode == .success, "\(first.messages)")
            let person = try await gateway.onlyPerson()
            let shown = try await gateway.service.run(["people", "show", person.description], as: gateway.team)
            #expect(try shown.value("familyName") == "Khan" && shown.value("postcode") == "LS9 7TF")
            let stored = try await gateway.service.everything().values.joined().joined(separator: "\n")
            #expect(!stored.contains("Khan") && !gateway.service.plainText(of: stored).contains("Khan"))
            #expect(try await gateway.service.count("select count(*) from submission where format = 'dfe'") == 1)
        }
    }
}
