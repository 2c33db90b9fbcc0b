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
            return verbs.looking(.releasePayRun) { call, act in
                guard let stored = try await PayRunStore.load(call[id], in: act.transaction) else {
                    throw PayRunError.noRun
                }
                guard [.released, .settled].contains(stored.run.status) else {
                    throw PayRunError.wrongStatus(stored.run.status, needs: [.released, .settled])
                }
                let file = try await BankFileMaker(act.configuration).stored(of: stored.run, in: act.transaction)
                try WholeFile.write(file.body, to: call[path].text)
                return Table(
                    title: "Bank file",
                    properties: [
                        ("path", .text(call[path].text)), ("bytes", .count(file.body.count)),
                        ("sha256", .text(file.sha256.description)),
                    ])
            }
        }
    }
}
