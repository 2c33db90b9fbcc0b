import Domain
import FoundationEssentials
import Safeguards
import ServiceKit

/// Looking at who somebody is.
enum PersonVerbs {
    static func command(_ service: ServiceDefinition) -> Command {
        Command("people", abstract: "Look at who somebody is.", subcommands: [show(service)])
    }

    private static func show(_ service: ServiceDefinition) -> Command {
        Command("show", abstract: "Show a person's name, birth, NHS number and postcode.") { line in
            let id = line.argument("person", PersonID.self, "The person's id.")
            return service.looking(.readReferrals) { call, context in
                try await seal(of: call[id], context.vault)
            } _: { call, work, seal in
                work.note("person", of: call[id])
                guard let details = try await PersonStore.details(of: call[id], seal, in: work.transaction) else {
                    throw unknown(call[id])
                }
                return shown(details, call[id])
            }
        }
    }

    private static func seal(of person: PersonID, _ vault: PersonVault) async throws -> PersonSeal {
        do {
            return try await vault.existingSeal(of: person.uuid)
        } catch let error as SafeguardsError where error.code == .erased {
            throw CommandFailure(.badInput, "This person was erased.", why: "Nobody can read what was stored any more.")
        } catch let error as SafeguardsError where error.code == .noKey {
            throw unknown(person)
        }
    }

    private static func unknown(_ person: PersonID) -> CommandFailure {
        CommandFailure(.badInput, "There is no person \(person).")
    }

    private static func shown(_ details: PersonDetails, _ person: PersonID) -> Table {
        Table(
            title: "Person",
            properties: [
                ("personID", .id(person)), ("familyName", .text(details.familyName.reveal())),
                ("givenNames", .text(details.givenNames.reveal().joined(separator: " "))),
                ("bornOn", .text(details.bornOn?.reveal())), ("gender", .text(details.gender.reveal())),
                ("nhsNumber", .text(details.nhsNumber?.reveal())), ("postcode", .text(details.postcode?.reveal())),
                ("firstSeenAt", .time(details.firstSeenAt)),
            ])
    }
}
