import Domain
import FoundationEssentials
import ServiceKit

/// The pay runs of the demonstration, each done by three people.
struct DemoPayRuns: Sendable {
    let stack: DemoStack
    let narrator: Narrator
    let today: CivilDate

    /// Pays what is due up to today and returns how many people were paid for the first time.
    func pay(_ agreements: [String]) async throws -> Int {
        let finance = try stack.program("dp-finance")
        try await waitForAgreements(agreements.count, finance)
        try await recordPayees(agreements, finance)
        var payees: Set<String> = []
        var day = today.adding(days: -28 * 8).workingDayOnOrBefore
        while day <= today {
            payees.formUnion(try await payOnce(on: day, finance))
            day = day.adding(days: 28).workingDayOnOrBefore
        }
        return payees.count
    }

    private func waitForAgreements(_ count: Int, _ finance: Program) async throws {
        try await Patience.wait(for: "finance to hear of every agreement") {
            let list = try await finance.run(["agreements", "list", "--limit", "1000"], as: stack.staff.financeOfficer)
            return list.rows.count >= count
        }
    }

    /// Account details go in by file, never on a command line.
    private func recordPayees(_ agreements: [String], _ finance: Program) async throws {
        let known = try await finance.run(["agreements", "list", "--limit", "1000"], as: stack.staff.financeOfficer)
        for (index, row) in known.rows.enumerated() {
            guard let agreement = row["agreementID"] else { continue }
            let path = stack.folder + "/payee-\(index).txt"
            let number = String(index + 10_000_000)
            try Data("PAYEE \(index)\n00-00-00\n\(number)\n".utf8).write(to: URL(filePath: path))
            try await finance.run(["payees", "add", agreement, "--details", path], as: stack.staff.financeOfficer)
        }
        narrator.say("\(known.rows.count) agreements have a payee")
    }

    /// One run from draft to settled; returns the agreements it paid.
    private func payOnce(on day: CivilDate, _ finance: Program) async throws -> Set<String> {
        let staff = stack.staff
        let prepared = LondonTime.instant(on: day.adding(workingDays: -4), hour: 10, minute: 0)
        let run = try await finance.run(
            ["pay-runs", "draft", "--payment-date", day.description], as: staff.financeOfficer, at: prepared)
        let id = try run.required("runID")
        guard try run.required("lines") != "0" else {
            try await finance.run(["pay-runs", "cancel", id], as: staff.financeOfficer, at: prepared)
            return []
        }
        let locked = try await finance.run(["pay-runs", "lock", id], as: staff.financeOfficer, at: prepared)
        let lines = try locked.required("lines")
        guard let total = Int64(try locked.required("total")) else {
            throw CommandFailure(.internalBug, "The total is no number.")
        }
        let approved = try await finance.run(
            ["pay-runs", "approve", id, "--lines", lines, "--total", Pence(total).plainPounds],
            as: staff.financeApprover,
            at: prepared)
        try await finance.run(["pay-runs", "release", id], as: staff.financeReleaser, at: prepared)
        let path = stack.folder + "/bacs-\(day.description).txt"
        try await finance.run(["bank-file", id, "--out", path], as: staff.financeReleaser)
        try await finance.run(
            ["pay-runs", "settle", id], as: staff.financeReleaser, at: LondonTime.instant(on: day, hour: 12, minute: 0))
        narrator.say(
            "\(day.spelledOut): \(lines) payments of \(Pence(total)), file SHA-256 \(try approved.required("fileSHA256").prefix(12))..."
        )
        let shown = try await finance.run(["pay-runs", "show", id], as: staff.financeOfficer)
        return Set(shown.rows.compactMap { $0["agreementID"] })
    }
}
