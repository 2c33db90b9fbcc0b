import Domain
import FoundationEssentials
import ServiceKit

/// The stages between a yes and an agreement, each reached by a verb of its own, and the conditions of section 31 or 32.
enum SetUpVerbs {
    static func all(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> [Command] {
        [
            Command(
                "set-up", abstract: "Record a stage of the set-up.",
                discussion: "Stages are reached in this order: "
                    + SetUpStage.allCases.map(\.rawValue).joined(separator: ", ") + ".",
                subcommands: [
                    step("support-plan", "The support plan is agreed.", .supportPlanAgreed, verbs, cases),
                    budget(verbs, cases), route(verbs, cases),
                    step(
                        "payee-details", "The payee's bank details were collected.", .payeeDetailsCollected, verbs,
                        cases),
                    step("agreement-sent", "The agreement was sent to be signed.", .agreementSent, verbs, cases),
                ]),
            conditions(verbs, cases),
        ]
    }

    private static func step(
        _ name: String, _ abstract: String, _ step: SetUpStep, _ verbs: ServiceDefinition, _ cases: CaseHandler
    ) -> Command {
        Command(name, abstract: abstract) { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let owner = line.option("owner", default: OwnerRole.directPaymentsTeam, "Who carried the stage.")
            return verbs.changing(&line, .setUp, caseID) { call, act, seal in
                try await cases.carryOut(.takeStep(step, owner: call[owner]), on: call[caseID], seal, act)
            }
        }
    }

    private static func budget(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command("budget", abstract: "The weekly budget is agreed.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let weekly = line.requiredOption("weekly-budget", Pence.self, "What a week of support costs.")
            let contribution = line.option("weekly-contribution", default: Pence.zero, "What the person pays of it.")
            let owner = line.option("owner", default: OwnerRole.socialWorker, "Who carried the stage.")
            return verbs.changing(&line, .setUp, caseID) { call, act, seal in
                let budget = try WeeklyBudget(budget: call[weekly], contribution: call[contribution])
                return try await cases.carryOut(
                    .takeStep(.budgetAgreed(budget), owner: call[owner]), on: call[caseID], seal, act)
            }
        }
    }

    private static func route(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command("route", abstract: "How the money will be held is chosen.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let route = line.argument("route", PaymentRoute.self, "Where the money goes.")
            let owner = line.option("owner", default: OwnerRole.directPaymentsTeam, "Who carried the stage.")
            return verbs.changing(&line, .setUp, caseID) { call, act, seal in
                try await cases.carryOut(
                    .takeStep(.routeChosen(call[route]), owner: call[owner]), on: call[caseID], seal, act)
            }
        }
    }

    private static func conditions(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command(
            "conditions", abstract: "Record the conditions of section 31 or 32 of the Care Act 2014.",
            discussion:
                "Give every condition with its evidence, as --met CONDITION=EVIDENCE or --unmet CONDITION=EVIDENCE. "
                + CareActSection.allCases.map { section in
                    "\(section.rawValue): "
                        + DirectPaymentCondition.required(under: section).map(\.rawValue).joined(separator: ", ")
                }.joined(separator: ". ") + "."
        ) { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let section = line.option("section", default: CareActSection.adultWithCapacity, "Under which section.")
            let met = line.options("met", Finding.self, "A condition that holds, and on what that rests.")
            let unmet = line.options("unmet", Finding.self, "A condition that does not hold, and on what that rests.")
            return verbs.changing(&line, .setUp, caseID) { call, act, seal in
                var checklist = ConditionChecklist(section: call[section])
                for finding in call[met] {
                    checklist.findings[finding.condition] = .init(isMet: true, evidence: finding.evidence)
                }
                for finding in call[unmet] {
                    checklist.findings[finding.condition] = .init(isMet: false, evidence: finding.evidence)
                }
                return try await cases.carryOut(.recordConditions(checklist), on: call[caseID], seal, act)
            }
        }
    }
}

/// `condition=evidence` on a command line.
private struct Finding: CommandLineValue {
    let condition: DirectPaymentCondition
    let evidence: String

    init?(commandLine word: String) {
        let parts = word.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let condition = DirectPaymentCondition(rawValue: String(parts[0])) else { return nil }
        self.condition = condition
        evidence = String(parts[1])
    }

    static var expectation: String { "a condition and its evidence, such as capable-of-managing=visit of 3 March" }
    var commandLineWord: String { "\(condition.rawValue)=\(evidence)" }
}

extension OwnerRole: CommandLineChoice {}
extension PaymentRoute: CommandLineChoice {}
extension CareActSection: CommandLineChoice {}

extension WeeklyBudgetError: ExitCodeProviding {
    var exitCode: ExitCode { .badInput }
}
