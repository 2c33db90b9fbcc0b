import Domain
import FoundationEssentials
import ServiceKit

/// The verbs of a pay run, one for each step of its life.
enum PayRunVerbs {
    static func all(_ verbs: ServiceDefinition) -> [Command] {
        [
            Command(
                "pay-runs", abstract: "Draft, check, approve, release and settle pay runs.",
                discussion:
                    "No one acts twice on a run: whoever prepared it cannot approve it, and neither can release it.",
                subcommands: [
                    list(verbs), show(verbs), draft(verbs), hold(verbs), lift(verbs),
                    step("lock", "Fix the lines and the totals.", .draftPayRun, verbs) { id, act in
                        try await PayRunHandler(act).lock(id, by: act.staffID, at: act.now, in: act.transaction)
                    },
                    step(
                        "unlock", "Open a locked or approved run again for changes; it needs approval again.",
                        .draftPayRun, verbs
                    ) { id, act in
                        try await PayRunHandler(act).handle(
                            .unlock(by: act.staffID), on: id, by: act.staffID, at: act.now, in: act.transaction)
                    },
                    approve(verbs),
                    release(verbs),
                    step("settle", "Record that the bank has paid.", .releasePayRun, verbs) { id, act in
                        try await PayRunHandler(act).settle(id, by: act.staffID, at: act.now, in: act.transaction)
                    },
                    step("cancel", "Give a run up; its days are free to be paid again.", .draftPayRun, verbs) {
                        id, act in
                        try await PayRunHandler(act).cancel(id, by: act.staffID, at: act.now, in: act.transaction)
                    },
                    redate(verbs),
                ])
        ]
    }

    private static func list(_ verbs: ServiceDefinition) -> Command {
        Command("list", abstract: "List pay runs, the newest first.") { line in
            let limit = line.option("limit", default: 50, "How many at most.")
            return verbs.looking(.readPayments) { call, act in
                act.note("list of pay runs", of: [])
                return try await PayRunList.table(limit: call[limit], in: act.transaction)
            }
        }
    }

    private static func show(_ verbs: ServiceDefinition) -> Command {
        Command("show", abstract: "Show a run's lines.") { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            return verbs.looking(.readPayments) { call, act in
                try await act.note(call[id])
                return try await PayRunList.lines(of: call[id], in: act.transaction)
            }
        }
    }

    private static func draft(_ verbs: ServiceDefinition) -> Command {
        Command("draft", abstract: "Make a run of every payment that is due by a day.") { line in
            let day = line.requiredOption("payment-date", CivilDate.self, "The working day on which the money arrives.")
            return verbs.changing(&line, .draftPayRun) { _, context, isRehearsal in
                try await context.vault.newcomer(at: context.now(), isRehearsal: isRehearsal)
            } _: { call, act, seal in
                let id = PayRunID(seal.owner)
                let run = try await act.noteChange(to: id, under: seal) {
                    try await PayRunHandler(act).draft(
                        id, paymentDate: call[day], by: act.staffID, at: act.now, in: act.transaction)
                }
                return try PayRunList.summary(of: run)
            }
        }
    }

    private static func hold(_ verbs: ServiceDefinition) -> Command {
        Command("hold", abstract: "Keep one payment out of a draft run.") { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            let payment = line.argument("payment", PaymentID.self, "The payment's id.")
            let reason = line.requiredOption("reason", HoldReason.self, "Why.")
            let day = line.requiredOption("review-by", CivilDate.self, "When somebody must look at it again.")
            return verbs.changing(&line, .draftPayRun, id) { call, act in
                let hold = PaymentHold(reason: call[reason], owner: act.staffID, reviewBy: call[day])
                return try await PayRunHandler(act).handle(
                    .hold(call[payment], hold, by: act.staffID), on: call[id], by: act.staffID, at: act.now,
                    in: act.transaction)
            }
        }
    }

    private static func lift(_ verbs: ServiceDefinition) -> Command {
        Command("lift-hold", abstract: "Let a held payment be paid.") { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            let payment = line.argument("payment", PaymentID.self, "The payment's id.")
            return verbs.changing(&line, .draftPayRun, id) { call, act in
                try await PayRunHandler(act).handle(
                    .liftHold(call[payment], by: act.staffID), on: call[id], by: act.staffID, at: act.now,
                    in: act.transaction)
            }
        }
    }

    private static func approve(_ verbs: ServiceDefinition) -> Command {
        Command(
            "approve", abstract: "Approve a locked run: its figures and its bank file.",
            discussion: "Give the figures you have checked; the run is approved only if its lines say the same."
        ) { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            let lines = line.requiredOption("lines", Int.self, "How many payments it makes.")
            let total = line.requiredOption("total", Pence.self, "What they come to.")
            return verbs.changing(&line, .approvePayRun, id) { call, act, seals in
                let totals = ControlTotals(lineCount: call[lines], total: call[total])
                return try await PayRunHandler(act).approve(
                    call[id], totals: totals, limit: act.configuration[BankSettings.approvalLimit], seals,
                    by: act.staffID, at: act.now, in: act.transaction)
            }
        }
    }

    private static func release(_ verbs: ServiceDefinition) -> Command {
        Command("release", abstract: "Send the approved file on.") { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            return verbs.changing(&line, .releasePayRun, id) { call, act, seals in
                try await PayRunHandler(act).release(
                    call[id], seals, by: act.staffID, at: act.now, in: act.transaction)
            }
        }
    }

    private static func redate(_ verbs: ServiceDefinition) -> Command {
        Command("redate", abstract: "Give a run that missed its slot another day; it needs approval again.") { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            let day = line.requiredOption("payment-date", CivilDate.self, "The working day on which the money arrives.")
            return verbs.changing(&line, .draftPayRun, id) { call, act in
                try await PayRunHandler(act).handle(
                    .redate(call[day], by: act.staffID), on: call[id], by: act.staffID, at: act.now,
                    in: act.transaction)
            }
        }
    }

    private static func step(
        _ name: String, _ abstract: String, _ permission: Permission, _ verbs: ServiceDefinition,
        _ take: @escaping @Sendable (PayRunID, Work) async throws -> PayRun
    ) -> Command {
        Command(name, abstract: abstract) { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            return verbs.changing(&line, permission, id) { call, act in try await take(call[id], act) }
        }
    }
}

extension HoldReason: CommandLineChoice {}

extension PayRunHandler {
    /// The handler of one piece of work, with the council's account as it is configured.
    init(_ work: Work) throws {
        outbox = work.outbox
        bank = try BankFileMaker(work.configuration)
    }
}
