import Domain
import Formats
import FoundationEssentials
import Postgres
import ServiceKit

/// Sending a message by hand, and looking at what became of messages.
enum SubmissionVerbs {
    static func all(_ service: ServiceDefinition) -> [Command] {
        [
            submit(service), status(service), tally(service),
        ]
    }

    private static func submit(_ service: ServiceDefinition) -> Command {
        Command(
            "submit", abstract: "Submit a message from a file.",
            discussion:
                "Exit code 65 where the message is quarantined; every finding is shown. Sending the same message again "
                + "gives the first receipt."
        ) { line in
            let file = line.argument(
                "file", FilePath.self, "The message: an ADW notice, a FHIR R4 bundle in XML or JSON, or HL7 version 2.")
            let sender = line.requiredOption("sender", String.self, "Who sends it; a message id is theirs alone.")
            let dryRun = line.flag("dry-run", "Do everything, show the result, and take it back.")
            return { call in
                let input = try InputFile.read(call[file].text, upTo: Submission.inputBytesMax)
                let submission = Submission(sender: call[sender], channel: .commandLine, input: input)
                let receipt = try await service.withContext(call) { context in
                    try await context.take(submission, as: await context.signedInPerson(), dryRun: call[dryRun]).receipt
                }
                call.show(ReceiptTable.table(of: receipt), isRehearsal: call[dryRun])
                // A repeat of a message that is in quarantine is still not taken in.
                return receipt.referralID == nil ? .badInput : .success
            }
        }
    }

    private static func status(_ service: ServiceDefinition) -> Command {
        Command("status", abstract: "Show what became of a message.") { line in
            let receipt = line.argument("receipt", SubmissionID.self, "The receipt.")
            return service.looking(.readReferrals) { call, work in
                guard let found = try await SubmissionList.receipt(call[receipt], in: work.transaction) else {
                    throw CommandFailure(.badInput, "There is no receipt \(call[receipt]).")
                }
                try await work.note(found)
                return ReceiptTable.table(of: found)
            }
        }
    }

    private static func tally(_ service: ServiceDefinition) -> Command {
        Command("tally", abstract: "Count what was received and what became of it.") { _ in
            service.looking(.readReferrals) { _, work in
                work.note("tally of submissions", of: [])
                return try await SubmissionList.tally(in: work.transaction)
            }
        }
    }
}

extension SubmissionRefusal: ExitCodeProviding {
    var exitCode: ExitCode { .badInput }
}

extension ServiceContext {
    /// Takes a submission in for the person who sends it.
    func take(_ submission: Submission, as person: ActingPerson, dryRun: Bool = false) async throws
        -> TakenSubmission
    {
        try await take(submission, ReferralReading.read(submission.input), as: person, dryRun: dryRun)
    }

    /// The same for a message that was read.
    func take(
        _ submission: Submission, _ reading: ReferralReading, as person: ActingPerson, dryRun: Bool = false
    ) async throws -> TakenSubmission {
        try person.require(.submitReferral)
        let preparation = SubmissionPreparation(pool: pool, vault: try vault, isRehearsal: dryRun)
        return try await preparation.prepare(submission, reading, at: now()) { prepared in
            try await act(as: person, .submitReferral, dryRun: dryRun) { work in
                let receipt = try await SubmissionHandler().take(
                    prepared, by: person.id.uuidString.lowercased(), at: work.now, in: work.transaction)
                try await work.note(receipt)
                return TakenSubmission(receipt: receipt, reading: prepared.reading)
            }
        }
    }
}
