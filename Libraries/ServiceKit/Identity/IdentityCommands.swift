import FoundationEssentials
import Glibc

/// The verbs of `takeup` that say who is acting.
package enum IdentityCommands {
    /// `sign-in`, `sign-out`, `who-am-i` and `identity`.
    package static var all: [Command] { [signIn, signOut, whoAmI, identity] }

    private static func configuration(_ call: Invocation) throws -> Configuration {
        // Other settings may stand in the same file; they are no business of these verbs.
        try ConfigurationLoader(CommonSettings.identity.adding(CommonSettings.list.allOptional)).load(call.common)
    }

    private static func local(_ call: Invocation) throws -> LocalIdentity {
        let folder = try configuration(call)[CommonSettings.identityFolder]
        guard !folder.isEmpty else {
            throw CommandFailure(
                .configuration, "There is no local identity.", next: "Set identity.folder (TAKEUP_IDENTITY_FOLDER).")
        }
        return LocalIdentity(folder: folder)
    }

    private static var signIn: Command {
        Command(
            "sign-in", abstract: "Sign in on this machine, for fifteen minutes.",
            discussion:
                "The secret is asked for, or read from a file that only you may read; it is never a word of the command line."
        ) { line in
            let handle = line.argument("person", String.self, "Who you are.")
            let file = line.option("secret-file", FilePath.self, valueName: "file", "Where the secret is.")
            return { call in
                let identity = try local(call)
                let path = try TokenFile.path(configuration(call))
                let secret = try SecretPrompt.secret(file: call[file], prompt: "Secret: ", terminal: call.terminal)
                try TokenFile.write(try identity.signIn(handle: call[handle], secret: secret, at: Date()), to: path)
                call.terminal.say("You are signed in as \(call[handle]) for 15 minutes.")
                return .success
            }
        }
    }

    private static var signOut: Command {
        Command("sign-out", abstract: "Forget who is signed in.") { _ in
            { call in
                let path = try TokenFile.path(configuration(call))
                guard unlink(path) == 0 || errno == ENOENT else {
                    throw CommandFailure(.failed, "\(path) cannot be removed.")
                }
                call.terminal.say("Nobody is signed in now.")
                return .success
            }
        }
    }

    private static var whoAmI: Command {
        Command("who-am-i", abstract: "Show who is signed in.") { _ in
            { call in
                let configuration = try configuration(call)
                let person = try await TokenFile.person(
                    at: TokenFile.path(configuration), verifier: IdentityVerifier(configuration), now: Date())
                call.show(
                    Table(
                        title: "Signed in",
                        properties: [
                            ("id", .text(person.id.uuidString.lowercased())), ("name", .text(person.name)),
                            ("roles", .text(person.roles.map(\.rawValue).sorted().joined(separator: ", "))),
                        ]))
                return .success
            }
        }
    }

    private static var identity: Command {
        Command(
            "identity", abstract: "Say who may sign in on this machine, where there is no OpenID provider.",
            subcommands: [
                Command("create", abstract: "Make a signing key and an empty list of people.") { _ in
                    { call in
                        let identity = try local(call)
                        try identity.create()
                        call.terminal.say("Made \(identity.folder). Add people: takeup identity add PERSON --role ROLE")
                        return .success
                    }
                },
                addPerson,
                Command("list", abstract: "List the people who may sign in.") { _ in
                    { call in
                        var table = Table(
                            title: "People who may sign in",
                            columns: [
                                .init("person", "Person"), .init("id", "Id"), .init("name", "Name"),
                                .init("roles", "Roles"),
                            ])
                        for person in try local(call).people() {
                            table.append([
                                .text(person.handle), .text(person.id.uuidString.lowercased()), .text(person.name),
                                .text(person.roles.map(\.rawValue).joined(separator: ", ")),
                            ])
                        }
                        call.show(table)
                        return .success
                    }
                },
            ])
    }

    private static var addPerson: Command {
        Command("add", abstract: "Add a person.") { line in
            let handle = line.argument("person", String.self, "What the person types to sign in.")
            let name = line.option("name", String.self, "The person's name, for display.")
            let roles = line.options("role", Role.self, "What the person is; may be given many times.")
            let id = line.option("id", UUID.self, "The person's id, where there is one already.")
            let file = line.option("secret-file", FilePath.self, valueName: "file", "Where the person's secret is.")
            return { call in
                let secret = try SecretPrompt.secret(
                    file: call[file], prompt: "Secret of \(call[handle]): ", terminal: call.terminal)
                let id = call[id] ?? UUID()
                try local(call).add(
                    id: id, handle: call[handle], name: call[name] ?? call[handle], roles: call[roles], secret: secret)
                call.show(
                    Table(
                        title: "Added",
                        properties: [("person", .text(call[handle])), ("id", .text(id.uuidString.lowercased()))]))
                return .success
            }
        }
    }
}
