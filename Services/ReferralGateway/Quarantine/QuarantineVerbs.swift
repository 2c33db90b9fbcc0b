import Domain
import Formats
import FoundationEssentials
import Safeguards
import ServiceKit

/// Looking at messages that could not be taken in, and settling them.
enum QuarantineVerbs {
    static func command(_ service: ServiceDefinition) -> Command {
        Command(
            "quarantine", abstract: "Look at messages that could not be taken in, and settle them.",
            subcommands: [
                list(service), show(service), export(service), fix(service), replay(service), discard(service),
            ])
    }

    private static func list(_ service: ServiceDefinition) -> Command {
        Command("list", abstract: "List quarantined messages that wait, the newest first.") { line in
            let limit = line.option("limit", default: 50, "How many at most.")
            return service.looking(.readReferrals) { call, work in
                work.note("list of quarantined messages", of: [])
                return try await SubmissionList.quarantined(limit: call[limit], in: work.transaction)
            }
        }
    }

    private static func show(_ service: ServiceDefinition) -> Command {
        Command("show", abstract: "Show every finding of a quarantined message.") { line in
            let receipt = line.argument("receipt", SubmissionID.self, "The receipt.")
            return service.looking(.readReferrals) { call, work in
                guard let found = try await SubmissionList.receipt(call[receipt], in: work.transaction) else {
                    throw CommandFailure(.badInput, "There is no receipt \(call[receipt]).")
                }
                try await work.note(found)
                return ReceiptTable.findings(of: found)
            }
        }
    }

    private static func export(_ service: ServiceDefinition) -> Command {
        Command(
            "export", abstract: "Write a quarantined message to a file, exactly as it came, to correct it.",
            discussion: "Only who runs this can read the file. Remove it once the corrected message is taken in."
        ) { line in
            let receipt = line.argument("receipt", SubmissionID.self, "The receipt.")
            let path = line.requiredOption("out", FilePath.self, "Where to write it; an existing file is left alone.")
            return { call in
                let message = try await service.withContext(call) { context in
                    let person = try await context.signedInPerson()
                    try person.require(.decideReferral)
                    let message = try await QuarantineStore.open(call[receipt], context)
                    return try await context.act(as: person, .decideReferral, readOnly: true) { work in
                        work.note("quarantined message \(message.receipt)", of: [])
                        return message
                    }
                }
                // Only now: the audit knows who has it.
                let bytes = message.input.reveal()
                try WholeFile.write(bytes, to: call[path].text)
                call.show(
                    Table(
                        title: "Message",
                        properties: [("path", .text(call[path].text)), ("bytes", .count(bytes.count))]))
                return .success
            }
        }
    }

    private static func fix(_ service: ServiceDefinition) -> Command {
        Command(
            "fix", abstract: "Take in a quarantined message as somebody corrected it; what arrived is kept.",
            discussion: "Nothing is stored where the corrected message is still wrong: exit code 65, and every finding."
        ) { line in
            let receipt = line.argument("receipt", SubmissionID.self, "The receipt.")
            let file = line.requiredOption("message", FilePath.self, valueName: "file", "The corrected message.")
            let why = line.requiredOption("why", String.self, valueName: "reason", "Why it is right.")
            let dryRun = line.flag("dry-run", "Do everything, show the result, and take it back.")
            return { call in
                let input = try InputFile.read(call[file].text, upTo: Submission.inputBytesMax)
                return try await settle(
                    service, call, call[receipt], .fixed, why: call[why], correction: input, dryRun: call[dryRun])
            }
        }
    }

    private static func replay(_ service: ServiceDefinition) -> Command {
        Command(
            "replay", abstract: "Take in a quarantined message as it came, where what stood in its way no longer does.",
            discussion: "Nothing is stored where it is still in the way: exit code 65, and every finding."
        ) { line in
            let receipt = line.argument("receipt", SubmissionID.self, "The receipt.")
            let why = line.requiredOption("why", String.self, valueName: "reason", "What has changed.")
            let dryRun = line.flag("dry-run", "Do everything, show the result, and take it back.")
            return { call in
                try await settle(
                    service, call, call[receipt], .replayed, why: call[why], correction: nil, dryRun: call[dryRun])
            }
        }
    }

    private static func settle(
        _ service: ServiceDefinition, _ call: Invocation, _ receipt: SubmissionID, _ how: QuarantineSettling,
        why: String,
        correction: [UInt8]?, dryRun: Bool
    ) async throws -> ExitCode {
        try requireReason(why)
        let settled = try await service.withContext(call) { context in
            let person = try await context.signedInPerson()
            try person.require(.decideReferral)
            let message = try await QuarantineStore.open(receipt, context)
            let settlement = QuarantineSettlement(message: message, how: how, correction: correction, why: why)
            return try await settlement.settle(context, as: person, dryRun: dryRun)
        }
        call.show(ReceiptTable.table(of: settled), isRehearsal: dryRun)
        return settled.referralID == nil ? .badInput : .success
    }

    private static func discard(_ service: ServiceDefinition) -> Command {
        Command("discard", abstract: "Decide that a quarantined message is not taken in; what arrived is kept.") {
            line in
            let receipt = line.argument("receipt", SubmissionID.self, "The receipt.")
            let why = line.requiredOption("why", String.self, valueName: "reason", "Why not.")
            return service.changing(&line, .decideReferral) { call, work in
                try requireReason(call[why])
                try await QuarantineStore.lock(call[receipt], in: work.transaction)
                try await QuarantineStore.add(
                    .discarded, call[receipt], by: work.decider, why: call[why], at: work.now, in: work.transaction)
                work.note("quarantined message \(call[receipt])", of: [])
                return Table(
                    title: "Discarded", properties: [("receipt", .id(call[receipt])), ("reason", .text(call[why]))])
            }
        }
    }

    private static func requireReason(_ why: String) throws(CommandFailure) {
        guard (1...500).contains(why.count) else {
            throw CommandFailure(.badInput, "A reason has 1 to 500 characters.", next: "Give another --why.")
        }
    }
}
