import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

@Suite("Pay runs on a real PostgreSQL")
struct PayRunTests {
    @Test("a run goes from draft to settled through three people, and every payment is told once, the first as first")
    func wholeLife() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let first = try await office.pay()
            #expect(try first.computeTotals() == ControlTotals(lineCount: 1, total: Pence(600_00)))
            let second = try await office.pay(on: Office.day(2026, 3, 30))
            #expect(second.lines.map(\.period.first) == [Office.day(2026, 3, 30)])
            #expect(try await office.told("run-approved").count == 2)
            let paid = try await office.told("paid")
            #expect(paid.map { $0.contains(#""isFirst":true"#) } == [true, false])
            #expect(paid.allSatisfy { $0.contains(#""amountPence":"60000""#) })
        }
    }

    @Test("whoever prepared a run cannot approve it, and whoever approved it cannot release it")
    func threePeople() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let run = try await office.lock(try await office.draft())
            await #expect(throws: PayRunError.samePersonTwice) { try await office.approve(run, by: office.preparer) }
            let approved = try await office.approve(run)
            for person in [office.preparer, office.approver] {
                await #expect(throws: PayRunError.samePersonTwice) { try await office.release(approved, by: person) }
            }
        }
    }

    @Test("one person with every role still cannot approve or release what they prepared")
    func everyRole() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let person = TestPerson(.financeOfficer, .financeApprover, .financeReleaser)
            func run(_ words: String...) async throws -> VerbResult {
                try await office.service.run(["pay-runs"] + words, as: person, at: Office.time)
            }
            let id = try #require(try await run("draft", "--payment-date", "2026-03-06").value("runID"))
            #expect(try await run("lock", id).exitCode == .success)
            let refused = try await run("approve", id, "--lines", "1", "--total", "600")
            #expect(refused.exitCode == .failed)
            #expect(refused.messages.contains("No one acts twice"))
        }
    }

    @Test("the database itself refuses an approver who prepared and a releaser who prepared or approved")
    func threePeopleInSQL() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let run = try await office.approve(try await office.lock(try await office.draft()))
            func refusal(_ sql: Query) async throws -> String? { try await office.service.refusal(of: sql) }
            #expect(
                try await refusal("update pay_run set approver = \(office.preparer.id) where run_id = \(run.id)")
                    == "23514")
            for person in [office.preparer, office.approver] {
                #expect(
                    try await refusal(
                        "update pay_run set status = 'released', releaser = \(person.id) where run_id = \(run.id)")
                        == "23514")
            }
            #expect(try await refusal("update pay_run set status = 'released' where run_id = \(run.id)") == "23514")
            #expect(
                try await refusal("update pay_run set status = 'approved', approver = null where run_id = \(run.id)")
                    == "23514")
        }
    }

    @Test("the figures that are approved are the run's own, and within the limit")
    func figures() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let run = try await office.lock(try await office.draft())
            await #expect(throws: PayRunError.aboveLimit(Pence(599_99))) {
                try await office.approve(run, limit: Pence(599_99))
            }
            for words in [["--lines", "2", "--total", "600"], ["--lines", "1", "--total", "600.01"]] {
                let refused = try await office.service.run(
                    ["pay-runs", "approve", run.id.description] + words, as: office.approver, at: Office.time)
                #expect(refused.exitCode == .failed)
                #expect(refused.messages.contains("1 lines of £600.00"), "\(refused.messages)")
            }
            #expect(try await office.approve(run, limit: Pence(600_00)).status == .approved)
        }
    }

    @Test("the database refuses a second payment of one person for a day, and days without an end")
    func paidOnce() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            _ = try await office.draft()
            func payment(_ period: String, _ gross: Int = 100, _ net: Int = 100) async throws -> String? {
                try await office.service.refusal(
                    of: """
                        insert into payment (payment_id, agreement_id, case_id, person_id, payee_id, run_id, period,
                            gross_pence, contribution_pence, amount_pence, reference)
                        select \(UUID()), agreement_id, case_id, person_id, payee_id, run_id, \(unescaped: period),
                            \(Int64(gross)), 0, \(Int64(net)), 'DP2' from payment
                        """)
            }
            #expect(try await payment("daterange(upper(period) - 1, upper(period) + 1)") == "23P01")
            #expect(try await payment("period") == "23P01")
            #expect(try await payment("daterange('2026-05-01', null)") == "23514")
            #expect(try await payment("daterange('2026-05-01', '2026-05-01')") == "23514")
            #expect(try await payment("daterange('2026-05-01', '2026-05-02')", 100, 99) == "23514")
            #expect(try await payment("daterange('2026-05-01', '2026-05-02')", 0, 0) == "23514")
            #expect(try await payment("daterange('2026-05-01', '2026-05-02')") == nil)
        }
    }

    @Test("two drafts at once share nothing: every due payment is in one of them")
    func twoDrafts() async throws {
        try await Office.with { office in
            for _ in 0..<5 { _ = try await office.sign() }
            async let one = office.draft()
            async let other = office.draft(on: Office.day(2026, 3, 9))
            let lines = try await (one.lines + other.lines)
            #expect(lines.count == 5)
            #expect(Set(lines.map(\.personID)).count == 5)
        }
    }

    @Test("a held payment is left out of the run and its days are due again; a cancelled run frees all of its days")
    func heldAndCancelled() async throws {
        try await Office.with { office in
            for _ in 0..<2 { _ = try await office.sign() }
            let draft = try await office.draft()
            let held = try #require(draft.lines.first)
            let hold = PaymentHold(
                reason: .query, owner: StaffID(office.preparer.id), reviewBy: Office.day(2026, 3, 20))
            let run = try await office.ask(draft, .hold(held.paymentID, hold, by: StaffID(office.preparer.id)))
            #expect(try await office.draft().lines.isEmpty)
            let released = try await office.release(try await office.approve(try await office.lock(run)))
            try await office.settle(released)
            #expect(try await office.told("paid").count == 1)
            let next = try await office.draft()
            #expect(next.lines.map(\.personID) == [held.personID])
            let handler = try office.handler()
            _ = try await office.pool.transaction {
                try await handler.cancel(next.id, by: StaffID(office.preparer.id), at: Office.now, in: $0)
            }
            #expect(try await office.draft().lines.map(\.personID) == [held.personID])
        }
    }

    @Test("the history of a run can be neither changed nor deleted, and nothing of a run is deleted")
    func onlyAddedTo() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            _ = try await office.approve(try await office.lock(try await office.draft()))
            for sql in [
                "update bank_file set made_at = now()", "delete from bank_file",
                "update pay_run_history set happened_at = now()", "delete from pay_run_history", "delete from pay_run",
                "delete from payment", "delete from payee", "delete from agreement",
            ] {
                #expect(try await office.service.refusal(of: Query(unescaped: sql)) == "42501", "\(sql)")
            }
        }
    }

    @Test("money that is on its way stands in the way of an erasure; once it is in the ledger nothing does")
    func erasureObstacles() async throws {
        try await Office.with { office in
            let signed = try await office.sign()
            let words = ["erasure", "check", signed.personID.description]
            let released = try await office.release(
                try await office.approve(try await office.lock(try await office.draft())))
            func isUnderWay() async throws -> Bool {
                let check = try await office.service.run(words, as: TestPerson(.teamManager))
                #expect(check.exitCode == .foundProblems, "no relay runs here, so what was told still waits")
                return check.output.contains("is under way")
            }
            #expect(try await isUnderWay())
            try await office.settle(released)
            #expect(try await !isUnderWay())
        }
    }
}
