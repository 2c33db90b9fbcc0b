import Domain
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import Telemetry

extension ServiceDefinition {
    /// A service's part in `takeup erase`.
    var erasureCommand: Command {
        Command(
            "erasure", abstract: "A service's part in erasing a person; 'takeup erase' does all of it.",
            subcommands: [checkErasure, forget])
    }

    private var checkErasure: Command {
        Command(
            "check", abstract: "Say what stands in the way of erasing a person.",
            discussion: "Exit code 2 where something does."
        ) {
            line in
            let person = line.argument("person", PersonID.self, "The person's id.")
            return { call in
                let obstacles = try await withContext(call) { context in
                    try await context.act(as: await context.signedInPerson(), .erasePerson, readOnly: true) { work in
                        work.note("erasure checked", of: call[person])
                        return try await standing(inTheWayOf: call[person], work.transaction)
                    }
                }
                call.show(
                    Table(
                        title: "In the way of an erasure in \(name)", columns: [.init("obstacle", "Obstacle")],
                        rows: obstacles.map { [.text($0)] }))
                return obstacles.isEmpty ? .success : .foundProblems
            }
        }
    }

    private func standing(inTheWayOf person: PersonID, _ transaction: PostgresTransaction) async throws -> [String] {
        var obstacles = try await erasure.obstacles(person, transaction)
        let waiting = try await transaction.query("select count(*) from outbox_pending").only().decode(Int64.self)
        if waiting > 0 { obstacles.append("\(waiting) events wait to be published; is the service running?") }
        return obstacles
    }

    private var forget: Command {
        Command("forget", abstract: "Take away what still leads to a person whose key was destroyed.") { line in
            let person = line.argument("person", PersonID.self, "The person's id.")
            return changing(&line, .erasePerson) { call, context, _ in
                try await requireErased(call[person], context)
            } _: { call, work, _ in
                work.note("person forgotten", of: call[person])
                _ = try await erasure.forget?([call[person]], work.transaction)
                return Table(title: "Forgotten in \(name)", properties: [("personID", .id(call[person]))])
            }
        }
    }

    /// Nothing is forgotten of somebody who can still be read.
    private func requireErased(_ person: PersonID, _ context: ServiceContext) async throws {
        guard let vault = context.keyVault else { return }
        guard try await !vault.isErased(person) else { return }
        throw CommandFailure(
            .failed, "The person was not erased.", next: "Erase them with 'takeup erase', which does this too.")
    }
}

/// Erasing a person everywhere.
package enum ErasePersonVerb {
    /// `erase`. `runService` runs a verb of a service and gives its exit code.
    package static func command(
        services: [String], _ runService: @escaping @Sendable (_ name: String, _ words: [String]) async throws -> Int32
    ) -> Command {
        Command(
            "erase", abstract: "Erase a person: destroy their key, so that nothing about them can be read any more.",
            discussion: """
                Every service is asked first whether something stands in the way. What was paid stays, under an id that leads to
                nobody. It cannot be undone. Where it was interrupted, call it again.
                """
        ) { line in
            let person = line.argument("person", PersonID.self, "The person's id.")
            let reason = line.requiredOption("reason", String.self, "Why; it must not name the person.")
            return { call in
                let configuration = try KeysCommands.configuration(call)
                let actor = try await TokenFile.person(
                    at: TokenFile.path(configuration), verifier: IdentityVerifier(configuration), now: Date())
                try actor.require(.erasePerson)
                for name in services { try await require(name, "check", call[person], runService) }
                let erasure = try await destroy(call[person], call[reason], by: actor, configuration)
                for name in services { try await require(name, "forget", call[person], runService) }
                call.show(
                    Table(
                        title: "Erased",
                        properties: [
                            ("personID", .id(call[person])), ("number", .integer(erasure.number)),
                            ("erasedAt", .time(erasure.erasedAt)), ("reason", .text(erasure.reason)),
                        ]))
                call.terminal.say(
                    "Running services let go of the key within half a minute. Copy the register off this machine.")
                return .success
            }
        }
    }

    private static func require(
        _ name: String, _ verb: String, _ person: PersonID,
        _ runService: @Sendable (_ name: String, _ words: [String]) async throws -> Int32
    ) async throws {
        let code = try await runService(name, ["erasure", verb, person.description])
        guard code == 0 else {
            throw CommandFailure(
                ExitCode(rawValue: code) ?? .failed, "\(name) does not let the person be erased.",
                why: "What it said stands above.", next: "Settle that, and erase again.")
        }
    }

    private static func destroy(
        _ person: PersonID, _ reason: String, by actor: ActingPerson, _ configuration: Configuration
    ) async throws -> Erasure {
        let folder = try configuration.requireKeysFolder()
        return try await configuration.withKeyKeeper(of: folder, signer: folder.sealKey()) {
            try await $0.erase(person.uuid, reason: reason, actor: actor.id.uuidString.lowercased(), at: Date()) {}
        }
    }
}
