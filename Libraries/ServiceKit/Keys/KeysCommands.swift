import Crypto
import Postgres
import Safeguards
import Telemetry

/// The verbs of `takeup` that make and keep the council's keys.
package enum KeysCommands {
    /// `keys`.
    package static let command = Command(
        "keys", abstract: "Make and keep the keys under which people's data is sealed.",
        subcommands: [create, provision, rotate, rewrap, applyErasures])

    private static let create = Command(
        "create", abstract: "Make new keys in a folder that has none.",
        discussion:
            "Whoever loses the folder loses every person's data. Keep a copy in a safe place that is not the data's back-up."
    ) { line in
        let folder = line.argument("folder", FilePath.self, "Where; it is made for you alone.")
        return { call in
            try KeysFolder(call[folder].text).create()
            call.terminal.say("Made \(call[folder].text). Name it to every service: TAKEUP_KEYS_FOLDER.")
            return .success
        }
    }

    private static let provision = Command(
        "provision", abstract: "Make the roles and tables of the key database; again changes nothing.",
        discussion: "The database itself is made before, with createdb. Needs keys.admin-url."
    ) { _ in
        { call in
            let url = try configuration(call)[CommonSettings.keysAdminURL]
            guard !url.isEmpty else {
                throw CommandFailure(
                    .configuration, "Roles can only be made by a superuser.",
                    next: "Set keys.admin-url (TAKEUP_KEYS_ADMIN_URL).")
            }
            try await provisionKeyDatabase(at: url)
            call.terminal.say("The key database is ready.")
            return .success
        }
    }

    /// Makes the roles and tables of the key database at `url`, which names a superuser.
    package static func provisionKeyDatabase(at url: String) async throws {
        try await PostgresConnection.with(PostgresConfiguration(url: url), logger: Logger(label: "takeup.keys")) {
            try await KeyDatabase.provision(as: $0)
        }
    }

    private static let rotate = Command(
        "rotate", abstract: "Make a new key that wraps people's keys from now on; the one before still opens.",
        discussion:
            "First of two steps, while services run. Copy ring.json to the keys folder of every other machine, then run 'takeup keys rewrap'."
    ) { _ in
        { call in
            let folder = try configuration(call).requireKeysFolder()
            try folder.addWrappingKey()
            call.terminal.say(
                "The new wrapping key is \(try folder.ring().current.id). Copy \(folder.folder)/ring.json to every other machine, "
                    + "then run 'takeup keys rewrap'.")
            return .success
        }
    }

    private static let rewrap = Command(
        "rewrap", abstract: "Wrap every person's key again by the newest wrapping key, and take the older ones out.",
        discussion:
            "Second of two steps, while services run: they read ring.json again by themselves. Afterwards copy it to every other "
            + "machine once more. Old copies of the key database still open with old copies of the ring: keep neither."
    ) { _ in
        { call in
            let configuration = try configuration(call)
            let folder = try configuration.requireKeysFolder()
            let older = try folder.ring().keyIDs.count - 1
            let rewrapped = try await configuration.withKeyKeeper(of: folder) { try await $0.rewrapAll() }
            try folder.removeOlderWrappingKeys()
            call.show(
                Table(
                    title: "Wrapped again",
                    properties: [
                        ("wrappingKey", .text(try folder.ring().current.id)), ("keys", .count(rewrapped)),
                        ("olderKeysTakenOut", .count(older)),
                    ]))
            return .success
        }
    }

    private static let applyErasures = Command(
        "apply-erasures", abstract: "Bring the register of erasures into force again, after something was restored.",
        discussion:
            "Until then no service starts. Register and key database become one, and who was erased stays erased."
    ) { _ in
        { call in
            let configuration = try configuration(call)
            let folder = try configuration.requireKeysFolder()
            let applied = try await configuration.withKeyKeeper(of: folder) { try await $0.applyRegister() }
            call.show(
                Table(
                    title: "Erasures in force",
                    properties: [
                        ("erasures", .count(applied.erasures)), ("destroyedAgain", .count(applied.destroyedAgain)),
                        ("takenFromFile", .count(applied.takenFromFile)), ("addedToFile", .count(applied.addedToFile)),
                    ]))
            return .success
        }
    }

    static func configuration(_ call: Invocation) throws -> Configuration {
        // Other settings may stand in the same file; they are no business of these verbs.
        try ConfigurationLoader(
            CommonSettings.keys.adding(CommonSettings.identity).adding(CommonSettings.list.allOptional)
        ).load(call.common)
    }
}
