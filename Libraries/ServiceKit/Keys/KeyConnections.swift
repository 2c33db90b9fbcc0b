import Crypto
import Domain
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import Telemetry

/// Who connects to the key database.
enum KeyDatabaseRole {
    case app, keeper

    var name: String {
        switch self {
        case .app: KeyDatabase.appRole
        case .keeper: KeyDatabase.keeperRole
        }
    }
}

extension Configuration {
    /// The folder of keys, where one is set.
    var keysFolder: KeysFolder? {
        let folder = self[CommonSettings.keysFolder]
        return folder.isEmpty ? nil : KeysFolder(folder)
    }

    /// The folder of keys; throws where none is set.
    func requireKeysFolder() throws(CommandFailure) -> KeysFolder {
        guard let keysFolder else {
            throw CommandFailure(
                .configuration, "There are no keys.",
                why: "People's data is sealed under keys, and keys.folder is not set.",
                next: "Make them with 'takeup keys create FOLDER' and set keys.folder (TAKEUP_KEYS_FOLDER).")
        }
        return keysFolder
    }

    /// The key database as one of its roles.
    func keyDatabase(as role: KeyDatabaseRole) throws -> PostgresConfiguration {
        let url = self[CommonSettings.keysURL]
        guard !url.isEmpty else {
            throw CommandFailure(
                .configuration, "There is no database of people's keys.", why: "keys.url is not set.",
                next: "Make one, run 'takeup keys provision', and set keys.url (TAKEUP_KEYS_URL).")
        }
        let own = role == .keeper ? self[CommonSettings.keysKeeperURL] : ""
        if !own.isEmpty { return try PostgresConfiguration(url: own) }
        var configuration = try PostgresConfiguration(url: url)
        if configuration.parameters["user"] == nil {
            configuration = try PostgresConfiguration(url: Self.adding(user: role.name, to: url))
        } else if role == .keeper {
            throw CommandFailure(
                .configuration, "keys.keeper-url is missing.",
                why: "keys.url names a user, so it cannot serve the keeper too.",
                next: "Set keys.keeper-url, or leave the user out of keys.url.")
        }
        return configuration
    }
}

extension Configuration {
    /// Runs `body` with the keeper of the folder's keys. Who only applies erasures or wraps again needs no signer.
    func withKeyKeeper<Result: Sendable>(
        of folder: KeysFolder, signer: SigningKey? = nil, _ body: (KeyKeeper) async throws -> Result
    ) async throws -> Result {
        try await PostgresConnection.with(keyDatabase(as: .keeper), logger: Logger(label: "takeup.keys")) {
            connection in
            try await body(
                KeyKeeper(
                    connection: connection, ring: folder.ring(), registerPath: folder.registerPath, signer: signer,
                    keys: folder.believedSealKeys()))
        }
    }
}

/// The key database of a process, and the vault over it; nil where the service seals nothing.
struct KeyConnections: Sendable {
    let pool: PostgresPool
    let vault: PersonVault
    private let database: PostgresConfiguration
    private let check: ErasureCheck

    init?(_ definition: ServiceDefinition, _ configuration: Configuration, maximumConnections: Int) throws {
        guard definition.sealsPersonalData else { return nil }
        let folder = try configuration.requireKeysFolder()
        var database = try configuration.keyDatabase(as: .app)
        database.applicationName = definition.name + "/keys"
        self.database = database
        pool = PostgresPool(database, maximumConnections: maximumConnections)
        let ring = try folder.ring()
        vault = PersonVault(
            keys: PersonKeys(pool: pool, ring: ring, readRingAgain: folder.ring), ring: ring,
            schema: definition.schema.name)
        check = ErasureCheck(registerPath: folder.registerPath, keys: try folder.believedSealKeys())
    }

    /// Throws, with what to do, where an erasure is not in force: before anything is served or shown. Returns who was erased.
    @discardableResult
    func requireErasuresInForce(_ logger: Logger) async throws -> [PersonID] {
        do {
            return try await PostgresConnection.with(database, logger: logger) {
                try await check.requireInForce(on: $0).map(PersonID.init)
            }
        } catch let error as SafeguardsError where error.code == .registerNotApplied {
            throw CommandFailure(
                .configuration, "Erasures are not in force: \(error.detail ?? "").",
                why: "The key database or the register was restored.", next: "Run 'takeup keys apply-erasures'.")
        }
    }
}
