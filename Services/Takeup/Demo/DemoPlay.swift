import Domain
import Formats
import FoundationEssentials
import Scenario
import ServiceKit
import Synchronization

/// What happens in the demonstration, act by act.
struct DemoPlay: Sendable {
    let stack: DemoStack
    let scenario: Scenario
    let today: CivilDate
    let narrator: Narrator

    /// How many cases are walked through at once.
    private static let walkers = 3

    func perform() async throws {
        narrator.title("1. The hospital sends its notices, and each becomes a case")
        let referrals = try await sendNotices()
        let cases = try await waitForCases(referrals)

        narrator.title("2. Each case goes its way, with the verbs that people use")
        let agreements = try await walk(cases)

        narrator.title("3. Finance pays every four weeks, never the same person twice for a day")
        let paid = try await DemoPayRuns(stack: stack, narrator: narrator, today: today).pay(agreements)

        narrator.title("4. Champions and training")
        try await engage()

        narrator.title("5. The number")
        try await waitForMeasures(firstPayments: paid)

        narrator.title("6. Who did and who saw what")
        try await verifyAudit()
    }

    // MARK: Notices

    /// The referral of each story, by its place.
    private func sendNotices() async throws -> [Int: String] {
        let gateway = try stack.program("referral-gateway")
        let folder = stack.folder + "/notices"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let referrals = try await inParallel(scenario.stories) { story in
            let path = "\(folder)/\(story.fileName)"
            try Data(story.noticeXML).write(to: URL(filePath: path))
            let receipt = try await gateway.run(
                ["submit", path, "--sender", "st-james"], as: stack.staff.partner,
                at: story.notice.issuedAt.addingTimeInterval(60))
            return (story.index, try receipt.required("referralID"))
        }
        if let first = scenario.stories.first {
            let again = try await gateway.run(
                ["submit", "\(folder)/\(first.fileName)", "--sender", "st-james"], as: stack.staff.partner)
            narrator.say("\(referrals.count) notices taken in; the first one sent again: \(again["outcome"] ?? "?")")
        }
        return Dictionary(uniqueKeysWithValues: referrals)
    }

    /// The case of each story, once every referral has one.
    private func waitForCases(_ referrals: [Int: String]) async throws -> [Int: String] {
        let intake = try stack.program("case-intake")
        var byReferral: [String: String] = [:]
        try await Patience.wait(for: "every referral to become a case") {
            let list = try await intake.run(["cases", "list", "--limit", "10000"], as: stack.staff.socialWorker)
            byReferral = Dictionary(
                list.rows.compactMap { row in row["referralID"].flatMap { id in row["caseID"].map { (id, $0) } } },
                uniquingKeysWith: { first, _ in first })
            return byReferral.count == referrals.count
        }
        narrator.say("\(byReferral.count) cases are open, one for each referral")
        return referrals.compactMapValues { byReferral[$0] }
    }

    // MARK: Stories

    /// The agreements that were signed.
    private func walk(_ cases: [Int: String]) async throws -> [String] {
        let intake = try stack.program("case-intake")
        let end = LondonTime.instant(on: today, hour: 0, minute: 0)
        let shown = scenario.stories.first { $0.isAccepted && $0.supportEnd == nil }?.index
        let walked = try await inParallel(scenario.stories) { story -> String? in
            guard let caseID = cases[story.index] else { return nil }
            let driver = StoryDriver(cases: intake, staff: stack.staff) { line in
                if story.index == shown { narrator.say("  \(line)") }
            }
            return try await driver.drive(story, caseID: caseID, until: end)
        }
        let agreements = walked.compactMap { $0 }
        narrator.say("(that was one case of \(cases.count); \(agreements.count) led to an agreement)")
        return agreements
    }

    // MARK: Engagement

    private func engage() async throws {
        let engagement = try stack.program("engagement")
        var random = SystemRandomNumberGenerator()
        let now = Date()
        try await engagement.run(
            [
                "champions", "recruit", StaffID.v7(at: now, using: &random).description, "--directorate",
                "Adults and Health",
                "--team", "East North East", "--on", today.adding(days: -200).description,
            ], as: stack.staff.championLead)
        let path = stack.folder + "/attendance.csv"
        let lines = (0..<12).map { _ in "\(StaffID.v7(at: now, using: &random)),social-worker,East North East" }
        try Data((["staff,role,team"] + lines).joined(separator: "\n").utf8).write(to: URL(filePath: path))
        try await engagement.run(
            [
                "training", "record", "--title", "Direct payments, quarterly", "--on",
                today.adding(days: -30).description,
                "--attendees", path,
            ], as: stack.staff.championLead)
        narrator.say("one champion recruited, \(lines.count) social workers trained")
    }

    // MARK: Measures

    private func waitForMeasures(firstPayments: Int) async throws {
        let kpi = try stack.program("kpi")
        try await Patience.wait(for: "the measures to have every referral and every first payment") {
            let list = try await kpi.run(["measures", "show"], as: stack.staff.analyst)
            func value(_ measure: String, _ column: String) -> String? {
                list.rows.first { $0["measure"] == measure }?[column]
            }
            let waits = value("Days from referral to first payment, median", "numerator")
            return value("Referrals received", "value") == String(scenario.stories.count)
                && value("Social workers trained", "value") == "12"
                && (waits == String(firstPayments) || (firstPayments < 5 && waits == "suppressed"))
        }
    }

    // MARK: Audit

    /// Seals the audit of each service and has an auditor check all of it.
    private func verifyAudit() async throws {
        var entries = 0
        for name in ServicePrograms.names {
            let service = try stack.program(name)
            try await service.run(["audit", "seal"], as: stack.staff.operator)
            let report = try await service.run(["audit", "verify"], as: stack.staff.auditor)
            entries += Int(try report.required("entries")) ?? 0
        }
        narrator.say(
            "\(entries) entries in the audits of \(ServicePrograms.names.count) services, sealed and proven unchanged")
    }

    /// A few at a time, results in no order.
    private func inParallel<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: Result.self) { group in
            var results: [Result] = []
            var waiting = elements[...]
            for element in waiting.prefix(Self.walkers) { group.addTask { try await body(element) } }
            waiting = waiting.dropFirst(Self.walkers)
            while let result = try await group.next() {
                results.append(result)
                if let next = waiting.popFirst() { group.addTask { try await body(next) } }
            }
            return results
        }
    }
}
