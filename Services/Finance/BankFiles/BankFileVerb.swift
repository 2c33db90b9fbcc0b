import Domain
import FoundationEssentials
import ServiceKit

/// Writes the approved bank file to disk.
enum BankFileVerb {
    static func command(_ verbs: ServiceDefinition) -> Command {
        Command(
            "bank-file", abstract: "Write the bank file of a released run, exactly the approved bytes.",
            discussion: "The file appears under its name only when it is whole and on the disk."
        ) { line in
            let id = line.argument("run", PayRunID.self, "The run's id.")
            let path = line.requiredOption("out", FilePath.self, "Where to write it; an existing file is left alone.")
            return { call in
                let file = try await verbs.withContext(call) { context in
                    let person = try await context.signedInPerson()
                    try person.require(.releasePayRun)
                    let seals = try await PayRunSeals.fetch(for: call[id], context.vault, context.pool)
                    return try await context.act(as: person, .releasePayRun, readOnly: true) { act in
                        try await act.note(call[id])
                        return try await approved(call[id], seals, act)
                    }
                }
                // Only now: the audit knows who has it.
                try WholeFile.write(file.body, to: call[path].text)
                call.show(
                    Table(
                        title: "Bank file",
                        properties: [
                            ("path", .text(call[path].text)), ("bytes", .count(file.body.count)),
                            ("sha256", .text(file.sha256.description)),
                        ]))
                return .success
            }
        }
    }

    private static func approved(_ id: PayRunID, _ seals: PayRunSeals, _ act: Work) async throws -> BankFile {
        guard let stored = try await PayRunStore.load(id, in: act.transaction) else { throw PayRunError.noRun }
        guard [.released, .settled].contains(stored.run.status) else {
            throw PayRunError.wrongStatus(stored.run.status, needs: [.released, .settled])
        }
        return try await BankFileMaker(act.configuration).stored(of: stored.run, seals, in: act.transaction)
    }
}
