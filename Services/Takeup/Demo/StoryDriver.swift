import Domain
import FoundationEssentials
import Scenario
import ServiceKit

/// Walks one case through what its story says, verb by verb.
struct StoryDriver: Sendable {
    let cases: Program
    let staff: DemoStaff
    /// Called with each thing done, in plain words.
    let tell: @Sendable (String) -> Void

    /// Takes every step up to `end` and returns the agreement, if there is one.
    func drive(_ story: Story, caseID: String, until end: Date) async throws -> String? {
        var agreementID: String?
        for step in story.steps where step.at <= end {
            if case .agreementDrafted(let budget, let startsOn) = step.event {
                let answer = try await cases.run(
                    ["agreement", "draft", caseID, "--starts-on", startsOn.description], as: staff.paymentsTeam,
                    at: step.at)
                agreementID = try answer.required("agreementID")
                tell("drafted an agreement over \(budget.budget) a week, from \(startsOn.spelledOut)")
            } else {
                try await take(step, caseID)
            }
        }
        return agreementID
    }

    private func take(_ step: StoryStep, _ caseID: String) async throws {
        switch step.event {
        case .assessed(let isEligible, let reason):
            try await cases.run(
                ["assess", caseID, isEligible ? "--eligible" : "--no-eligible", "--support-reason", reason.rawValue],
                as: staff.socialWorker, at: step.at)
            tell("assessed: \(isEligible ? "eligible needs" : "no eligible needs")")
        case .offered:
            try await cases.run(["offer", caseID], as: staff.socialWorker, at: step.at)
            tell("offered a direct payment")
        case .answered(let answer):
            let reason = answer.reasonCode.map { ["--reason", $0] } ?? []
            try await cases.run(["answer", caseID, answer.word] + reason, as: staff.socialWorker, at: step.at)
            tell("answer: \(answer.word)")
        case .tookStep(let setUp, let owner):
            try await cases.run(
                words(of: setUp, caseID) + ["--owner", owner.rawValue], as: staff.paymentsTeam, at: step.at)
            tell("set-up: \(setUp.stage.rawValue)")
        case .conditionsRecorded(let checklist):
            try await record(checklist, caseID, at: step.at)
        case .agreementDrafted:
            break
        case .agreementSigned(let role):
            try await sign(role, caseID, at: step.at)
        case .agreementCountersigned:
            try await cases.run(["agreement", "countersign", caseID], as: staff.teamManager, at: step.at)
            tell("signed for the council")
        case .supportStarted(let start):
            try await cases.run(
                [
                    "support", "start", caseID, "--mechanism", start.mechanism.rawValue, "--setting",
                    start.setting.rawValue,
                    "--on", start.startedOn.description,
                ], as: staff.socialWorker, at: step.at)
            tell("support from \(start.startedOn.spelledOut): \(start.mechanism.rawValue)")
        case .supportEnded(let end):
            try await cases.run(
                ["support", "end", caseID, "--on", end.endedOn.description, "--reason", end.reason.rawValue],
                as: staff.socialWorker, at: step.at)
            tell("support ended on \(end.endedOn.spelledOut)")
        }
    }

    private func record(_ checklist: ConditionChecklist, _ caseID: String, at time: Date) async throws {
        let met = DirectPaymentCondition.required(under: checklist.section).flatMap { condition in
            ["--met", "\(condition.rawValue)=\(checklist.findings[condition]?.evidence ?? "seen at the visit")"]
        }
        try await cases.run(
            ["conditions", caseID, "--section", checklist.section.rawValue] + met, as: staff.paymentsTeam, at: time)
        tell("all conditions of \(checklist.section.rawValue) are met")
    }

    /// The hash that is signed is the one of the text that was shown, taken from the page as a person would see it.
    private func sign(_ role: SignerRole, _ caseID: String, at time: Date) async throws {
        let shown = try await cases.run(["agreement", "show", caseID], as: staff.paymentsTeam)
        let hash = try shown.required("textSHA256")
        try await cases.run(
            [
                "agreement", "sign", caseID, "--signer", role.rawValue, "--name", "as on the signed page",
                "--text-sha256",
                hash,
            ], as: staff.paymentsTeam, at: time)
        tell("signed (\(role.rawValue)); the text's SHA-256 begins \(hash.prefix(12))")
    }

    private func words(of step: SetUpStep, _ caseID: String) -> [String] {
        switch step {
        case .supportPlanAgreed: ["set-up", "support-plan", caseID]
        case .budgetAgreed(let budget):
            [
                "set-up", "budget", caseID, "--weekly-budget", budget.budget.plainPounds, "--weekly-contribution",
                budget.contribution.plainPounds,
            ]
        case .routeChosen(let route): ["set-up", "route", caseID, route.rawValue]
        case .payeeDetailsCollected: ["set-up", "payee-details", caseID]
        case .agreementSent: ["set-up", "agreement-sent", caseID]
        }
    }
}
