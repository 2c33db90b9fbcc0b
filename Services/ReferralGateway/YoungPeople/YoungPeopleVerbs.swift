import Domain
import Formats
import ServiceKit

/// Shows who of a return of children's services will turn 18 and may need adult care, and refers them.
enum YoungPeopleVerbs {
    static func command(_ service: ServiceDefinition) -> Command {
        Command(
            "young-people", abstract: "Find who of a return will turn 18 and may need adult care.",
            subcommands: [show(service), refer(service)])
    }

    private static func show(_ service: ServiceDefinition) -> Command {
        Command(
            "show", abstract: "Show who would be referred. Nothing of the return is stored.",
            discussion:
                "Takes a children in need census (XML), a daily feed to the DfE (JSON), or the files of an SSDA903 return together (CSV or XML). Planning begins at "
                + "sixteen and a half; who arrives late is shown until 19. Exit code 65 where something in the return is wrong: "
                + "whoever could be read is shown, with every finding."
        ) { line in
            let files = line.arguments("file", FilePath.self, isRequired: true, "The files of one return.")
            let day = line.option("on", CivilDate.self, "The day for which it is asked; today where it is not given.")
            let isAll = line.flag("all", "Also those who are not to be referred, with the reason.")
            return { call in
                let reading = try read(call[files])
                let table = try await service.withContext(call) { context in
                    let person = try await context.signedInPerson()
                    return try await context.act(as: person, .readReferrals, readOnly: true) { work in
                        work.note("young people of a return", of: [])
                        return YoungPeopleTable.table(of: reading, on: call[day] ?? work.today, isAll: call[isAll])
                    }
                }
                call.show(table)
                return reading.report.hasErrors ? .badInput : .success
            }
        }
    }

    private static func refer(_ service: ServiceDefinition) -> Command {
        Command(
            "refer", abstract: "Refer who will turn 18 and may need adult care; take back who has left.",
            discussion:
                "One referral for each young person, however often a return is read: what has changed amends it, and leaving care, "
                + "moving away, a death or adult care taking over takes it back. Of the others nothing is stored. Exit code 65 where "
                + "something in the return is wrong; whoever could be read is referred all the same."
        ) { line in
            let files = line.arguments("file", FilePath.self, isRequired: true, "The files of one return.")
            let sender = line.requiredOption(
                "sender", String.self, "Who made the return; a child's id is theirs alone.")
            let day = line.option(
                "describes", CivilDate.self,
                "The day that the return describes; a census says so itself, SSDA903 does not.")
            let dryRun = line.flag("dry-run", "Do everything, show the result, and take it back.")
            return { call in
                let reading = try read(call[files])
                guard let described = call[day] ?? reading.describedDay else {
                    throw CommandFailure(
                        .usage, "The return does not say which day it describes.", next: "Give it with --describes.")
                }
                let outcomes = try await service.withContext(call) { context in
                    let person = try await context.signedInPerson()
                    try person.require(.submitReferral)
                    return try await TransitionReferrals(
                        reading: reading, sender: call[sender], describedDay: described, isRehearsal: call[dryRun]
                    ).refer(context, as: person)
                }
                call.show(YoungPeopleTable.table(of: outcomes, reading), isRehearsal: call[dryRun])
                return reading.report.hasErrors ? .badInput : .success
            }
        }
    }

    private static func read(_ paths: [FilePath]) throws -> YoungPeopleReading {
        YoungPeopleReading.read(
            try paths.map { (name: $0.name, bytes: try InputFile.read($0.text, upTo: CINCensus.limits.bytesMax)) })
    }
}

extension FilePath {
    /// The last part of the path.
    fileprivate var name: String { text.split(separator: "/").last.map(String.init) ?? text }
}
