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
            ["young-people", header, episodes, "--on", "2026-03-31"] + words, as: person ?? gateway.team)
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
            let result = try await gateway.service.run(["young-people", file], as: gateway.team, format: .table)
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
