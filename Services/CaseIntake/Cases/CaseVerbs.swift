import Domain
import FoundationEssentials
import ServiceKit

/// The verbs that take a case from assessment to the answer.
enum CaseVerbs {
    static func all(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> [Command] {
        [
            Command("cases", abstract: "Look at cases.", subcommands: [list(verbs), show(verbs)]),
            assess(verbs, cases), offer(verbs, cases), answer(verbs, cases), close(verbs, cases),
        ]
    }

    private static func list(_ verbs: ServiceDefinition) -> Command {
        Command("list", abstract: "List cases, the longest waiting first.") { line in
            let phase = line.option("phase", CasePhase.self, "Only cases that stand there.")
            let limit = line.option("limit", default: CaseList.pageSize, "How many at most.")
            return verbs.looking(.readCases) { call, act in
                try await CaseList.table(phase: call[phase], limit: call[limit], act)
            }
        }
    }

    private static func show(_ verbs: ServiceDefinition) -> Command {
        Command("show", abstract: "Show one case and its history.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            return verbs.looking(at: caseID) { call, act, seal in
                CaseList.history(
                    of: call[caseID], try await CaseStore.history(of: call[caseID], seal, in: act.transaction))
            }
        }
    }

    private static func assess(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command("assess", abstract: "Record the outcome of a Care Act assessment.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let eligible = line.flag(
                "eligible", default: true, invertible: true,
                "Whether the person has eligible needs (Care Act 2014, s13).")
            let reason = line.requiredOption("support-reason", SupportReason.self, "The main reason for support.")
            return verbs.changing(&line, .assess, caseID) { call, act, seal in
                let command = CaseCommand.recordAssessment(isEligible: call[eligible], supportReason: call[reason])
                return try await cases.carryOut(command, on: call[caseID], seal, act)
            }
        }
    }

    private static func offer(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command("offer", abstract: "Record that a direct payment was offered.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            return verbs.changing(&line, .offerDirectPayment, caseID) { call, act, seal in
                try await cases.carryOut(.offerDirectPayment(by: act.staffID), on: call[caseID], seal, act)
            }
        }
    }

    private static func answer(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        let reasons =
            "declined: " + DeclineReason.allCases.map(\.rawValue).joined(separator: ", ")
            + "; deferred: " + DeferralReason.allCases.map(\.rawValue).joined(separator: ", ")
            + "; not-suitable: " + UnsuitableReason.allCases.map(\.rawValue).joined(separator: ", ")
        return Command(
            "answer", abstract: "Record the answer to an offer.", discussion: "Reasons for \(reasons)."
        ) { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            let word = line.argument("answer", String.self, "accepted, declined, deferred or not-suitable.")
            let reason = line.option("reason", String.self, "Why; needed unless accepted.")
            return verbs.changing(&line, .recordOfferAnswer, caseID) { call, act, seal in
                guard let answer = OfferAnswer(word: call[word], reasonCode: call[reason]) else {
                    throw CommandFailure(
                        .badInput, "'\(call[word])' with this reason is no answer.", why: "Reasons for \(reasons).",
                        next: "Give one of them with --reason, and none with 'accepted'.")
                }
                return try await cases.carryOut(.answerOffer(answer), on: call[caseID], seal, act)
            }
        }
    }

    private static func close(_ verbs: ServiceDefinition, _ cases: CaseHandler) -> Command {
        Command("close", abstract: "Close a case in which no support runs.") { line in
            let caseID = line.argument("case", CaseID.self, "The case's id.")
            return verbs.changing(&line, .closeCase, caseID) { call, act, seal in
                try await cases.carryOut(.close, on: call[caseID], seal, act)
            }
        }
    }
}

extension CaseHandler {
    /// What a verb does with a case: the command, and the case after it.
    func carryOut(
        _ command: CaseCommand, on caseID: CaseID, _ seal: PersonSeal, _ act: Work
    ) async throws -> Table {
        let after = try await handle(command, on: caseID, seal, by: act.decider, at: act.now, in: act.transaction)
        return CaseList.summary(of: after)
    }
}

extension CasePhase: CommandLineChoice {}
extension SupportReason: CommandLineChoice {}
