import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

@Suite("Schedules of payments")
struct ScheduleTests {
    @Test("a period is paid net of the contribution, each part rounded once")
    func net() async throws {
        try await Office.with { office in
            _ = try await office.sign(Pence(123_45), Pence(67_89))
            let line = try #require(try await office.draft().lines.first)
            #expect(line.amount == Pence(4 * 123_45 - 4 * 67_89))
            #expect(line.period.dayCount == 28)
            let told = try #require(try await office.told("schedule-set").first)
            for part in [#""grossPence":"49380""#, #""contributionPence":"27156""#, #""netPence":"22224""#] {
                #expect(told.contains(part), "\(told)")
            }
        }
    }

    @Test("who pays all of it themselves is paid nothing, and is in no run")
    func fullContribution() async throws {
        try await Office.with { office in
            _ = try await office.sign(Pence(100_00), Pence(100_00))
            #expect(try await office.draft().lines.isEmpty)
        }
    }

    @Test("what is overdue is paid with the next run, period by period, and what begins after its date is not")
    func overdue() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let lines = try await office.draft(on: Office.day(2026, 4, 27)).lines
            #expect(
                lines.map(\.period.first) == [
                    Office.day(2026, 3, 2), Office.day(2026, 3, 30), Office.day(2026, 4, 27),
                ])
            #expect(try await office.draft(on: Office.day(2026, 5, 22)).lines.isEmpty)
        }
    }

    @Test("events that come twice, or before their turn, change nothing")
    func repeats() async throws {
        try await Office.with { office in
            let signed = Signed()
            // The second signature overtakes the first and waits for it.
            try await office.tell(signed, version: 2, Pence(300_00))
            #expect(try await office.service.count("select count(*) from agreement") == 0)
            try await office.tell(signed, version: 1)
            let before = try await office.pool.query("select version, weekly_budget_pence from agreement").only()
                .decode(Int32.self, Int64.self)
            #expect(before == (2, 300_00))
            // Under new ids, as a sender that lost its memory would send them.
            try await office.tell(signed, version: 1)
            let after = try await office.pool.query("select version, weekly_budget_pence from agreement").only()
                .decode(Int32.self, Int64.self)
            #expect(after == before)
            #expect(try await office.told("schedule-set").count == 2)
        }
    }

    @Test("a budget that cannot be is put aside with its reason")
    func impossibleBudget() async throws {
        try await Office.with { office in
            try await office.tell(Signed(), version: 1, Pence(50_00), Pence(60_00))
            let (reason, error) = try await office.pool.query("select reason, error from dead_letter").only()
                .decode(String.self, String.self)
            #expect(reason == "rejected")
            #expect(error.contains("contribution"))
            #expect(try await office.service.count("select count(*) from agreement") == 0)
        }
    }
}
