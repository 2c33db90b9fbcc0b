import Domain
import FoundationEssentials
import Postgres
import Scenario
import ServiceKit
import TestSupport
import Testing

@testable import Takeup

/// Tests that run the five services; one after the other, for each takes the machine.
@Suite("The five services together", .serialized)
enum SystemTests {}

extension SystemTests {
    @Suite("A broker that loses everything")
    struct BrokerLossTests {
        static let people = 16

        @Test("mid-run: every service ends where an undisturbed run ends, and so do the measures")
        func loss() async throws {
            let undisturbed = try await run(until: \.isAtRest) { _ in }
            let disturbed = try await run(until: { $0 == undisturbed.standing }) { council in
                // While cases are being opened, while they are walked, while payments go out.
                for moment in Moment.allCases {
                    #expect(try await eventually(within: .seconds(90)) { try await moment.hasCome(to: council) })
                    try await council.loseEverything()
                }
            }
            #expect(undisturbed.standing.isAtRest)
            let differences = disturbed.standing.differences(from: undisturbed.standing)
            #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
            #expect(disturbed.measures == undisturbed.measures)
            #expect(undisturbed.standing.rows["kpi.payment_fact", default: []].count >= Self.people / 2)
        }

        /// What a run left, and what `kpi` says of it.
        struct Ending: Sendable {
            let standing: Standing
            let measures: String
        }

        /// The same story each time, while `disturb` does its worst; waits for `isOver`, or for so long that something must be
        /// stuck.
        private func run(
            until isOver: @escaping (Standing) -> Bool, _ disturb: @escaping @Sendable (Council) async throws -> Void
        ) async throws -> Ending {
            try await Council.with { council in
                let today = LondonTime.date(of: Date())
                let scenario = Scenario(seed: 5, people: Self.people, firstDay: today.adding(days: -270), days: 150)
                let play = DemoPlay(
                    stack: council.stack, scenario: scenario, today: today,
                    narrator: Narrator(terminal: Terminal(output: KeptText(), messages: KeptText())))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await play.perform() }
                    group.addTask { try await disturb(council) }
                    try await group.waitForAll()
                }
                _ = try await eventually(within: .seconds(90)) {
                    guard try await hasToldEverything(council) else { return false }
                    return isOver(try await Standing.of(council))
                }
                let kpi = try council.stack.program("kpi")
                let measures = try await kpi.text(
                    ["measures", "show", "--format", "json"], as: council.stack.staff.analyst)
                return Ending(standing: try await Standing.of(council), measures: measures)
            }
        }

        /// Whether `kpi`, which reads everything, has heard all that the others have told.
        private func hasToldEverything(_ council: Council) async throws -> Bool {
            try await council.count(
                """
                select (select count(*) from kpi.inbox_event)
                    - (select count(*) from referral_gateway.outbox_event)
                    - (select count(*) from case_intake.outbox_event)
                    - (select count(*) from dp_finance.outbox_event)
                    - (select count(*) from engagement.outbox_event)
                """) == 0
        }
    }

    /// When the broker loses everything.
    enum Moment: CaseIterable {
        case noticesComeIn, casesAreWalked, paymentsGoOut

        func hasCome(to council: Council) async throws -> Bool {
            switch self {
            case .noticesComeIn:
                try await council.count("select count(*) from referral_gateway.referral") >= BrokerLossTests.people / 2
            case .casesAreWalked:
                try await council.count("select count(*) from case_intake.agreement_signature") >= 4
            case .paymentsGoOut:
                try await council.count(
                    "select count(*) from dp_finance.pay_run where status in ('released', 'settled')") >= 1
            }
        }
    }
}
