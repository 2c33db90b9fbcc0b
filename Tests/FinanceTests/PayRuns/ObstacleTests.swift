import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

/// What can happen to an agreement between the draft of a run and its release.
enum Change: CaseIterable {
    case closed, ended, redrafted, otherBudget, laterStart
}

@Suite("What changes while a run is under way")
struct ObstacleTests {
    private func make(_ change: Change, _ signed: Signed, _ office: Office) async throws {
        switch change {
        case .closed: try await office.close(signed, event: 2)
        case .ended: try await office.endSupport(signed, on: Office.day(2026, 3, 10), event: 2)
        case .redrafted: try await office.redraft(signed, event: 2)
        case .otherBudget: try await office.tell(signed, version: 2, Pence(200_01))
        case .laterStart: try await office.tell(signed, version: 2, from: Office.day(2026, 3, 3))
        }
    }

    @Test(
        "it stops the lock, the approval and the release of the run, with the payment named", arguments: Change.allCases
    )
    func stops(_ change: Change) async throws {
        try await Office.with { office in
            for reached in 0...2 {
                let signed = try await office.sign()
                var run = try await office.draft()
                if reached >= 1 { run = try await office.lock(run) }
                if reached >= 2 { run = try await office.approve(run) }
                try await make(change, signed, office)
                let payment = try #require(run.lines.first).paymentID
                let steps: [(PayRun) async throws -> PayRun] = [
                    { try await office.lock($0) }, { try await office.approve($0) }, { try await office.release($0) },
                ]
                let error = await #expect(throws: PayRunObstacles.self) { _ = try await steps[reached](run) }
                #expect(error?.commandFailure.why.contains(payment.description) == true)
                #expect(error?.commandFailure.next.contains("pay-runs hold") == true)
                // The way out that the message names.
                if reached > 0 { run = try await office.ask(run, .unlock(by: StaffID(office.preparer.id))) }
                let hold = PaymentHold(
                    reason: .supportEnded, owner: StaffID(office.preparer.id), reviewBy: Office.day(2026, 3, 20))
                run = try await office.ask(run, .hold(payment, hold, by: StaffID(office.preparer.id)))
                await #expect(throws: PayRunError.noLines) { try await office.lock(run) }
                let handler = try office.handler()
                _ = try await office.pool.transaction { [run] in
                    try await handler.cancel(run.id, by: StaffID(office.preparer.id), at: Office.now, in: $0)
                }
                let due = try await office.draft().lines
                // What is still due: nothing, or each part as it was agreed for its days.
                let parts = [Change.closed: 0, .redrafted: 0, .laterStart: 2][change] ?? 1
                #expect(due.map(\.personID) == Array(repeating: signed.personID, count: parts))
                // Nobody of this round is due in the next.
                _ = try await office.pool.query("update agreement set redrafted_at = now()")
            }
        }
    }

    @Test("an agreement that was drafted again is not paid until it is signed again")
    func redrafted() async throws {
        try await Office.with { office in
            let signed = try await office.sign()
            try await office.redraft(signed, event: 2)
            #expect(try await office.draft().lines.isEmpty)
            try await office.tell(signed, version: 2, event: 3)
            #expect(try await office.draft().lines.count == 1)
        }
    }

    @Test("support that ended is paid to its last day, by the day, also when the case is closed afterwards")
    func lastDays() async throws {
        try await Office.with { office in
            let signed = try await office.sign()
            try await office.endSupport(signed, on: Office.day(2026, 3, 10), event: 2)
            try await office.close(signed, event: 3)
            let lines = try await office.draft().lines
            #expect(lines.map(\.period.last) == [Office.day(2026, 3, 10)])
            // Nine days of £150 a week: £257.14 (257.142...) less £64.29 (64.285...).
            #expect(lines.map(\.amount) == [Pence(192_85)])
        }
    }

    @Test("a case that closes before support began is paid for nothing")
    func neverBegan() async throws {
        try await Office.with { office in
            let signed = try await office.sign()
            try await office.close(signed, event: 2)
            #expect(try await office.draft().lines.isEmpty)
            let list = try await office.service.run(["agreements", "list"], as: office.preparer)
            #expect(try list.rows().map { $0["state"] } == ["closed"])
        }
    }

    @Test("days before a new text's first are paid as they were agreed, also where they were not paid yet")
    func bothTerms() async throws {
        try await Office.with { office in
            let signed = try await office.sign(Pence(70_00), .zero)
            try await office.tell(signed, version: 2, Pence(140_00), Pence(7_00), from: Office.day(2026, 3, 16))
            let run = try await office.draft(on: Office.day(2026, 3, 16))
            #expect(run.lines.map(\.period.first) == [Office.day(2026, 3, 2), Office.day(2026, 3, 16)])
            #expect(run.lines.map(\.amount) == [Pence(140_00), Pence(4 * 133_00)])
            let released = try await office.release(try await office.approve(try await office.lock(run)))
            #expect(released.status == .released)
        }
    }

    @Test("a later text that begins on the same day leaves nothing of the earlier one")
    func replaced() async throws {
        try await Office.with { office in
            let signed = try await office.sign(Pence(70_00), .zero)
            try await office.tell(signed, version: 2, Pence(140_00), .zero)
            #expect(try await office.draft().lines.map(\.amount) == [Pence(4 * 140_00)])
        }
    }

    @Test("a new text that cuts across paid days is paid from the first day that is not paid, by the day")
    func cutsAcross() async throws {
        try await Office.with { office in
            let signed = try await office.sign(Pence(70_00), .zero)
            try await office.pay()
            // Paid to 29 March; from 16 March the budget is another.
            try await office.tell(signed, version: 2, Pence(140_00), .zero, from: Office.day(2026, 3, 16))
            let lines = try await office.draft(on: Office.day(2026, 4, 13)).lines
            #expect(lines.map(\.period.first) == [Office.day(2026, 3, 30), Office.day(2026, 4, 13)])
            #expect(lines.map(\.amount) == [Pence(280_00), Pence(560_00)])
        }
    }
}
