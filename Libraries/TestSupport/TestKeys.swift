package import Domain
import FoundationEssentials
import Postgres
import Safeguards
package import ServiceKit

/// The keys of this process's tests: a folder of them, and a database of people's keys on the test server.
package enum TestKeys {
    private static let folder = Result {
        let folder = KeysFolder(try TemporaryFolder.make("keys").path + "/keys")
        try folder.create()
        return folder
    }

    private static let database = TestPostgres.Template("people_keys") { url in
        try await KeysCommands.provisionKeyDatabase(at: url)
    }

    /// Where a service finds them.
    static func settings() async throws -> [String: String] {
        let url = try await TestPostgres.shared.sharedDatabase(database)
        return ["keys.folder": try folder.get().folder, "keys.url": ServiceDatabase.address(url)]
    }

    /// Runs `body` with a vault as the service of `schema` has one.
    package static func withVault(of schema: String, _ body: (PersonVault) async throws -> Void) async throws {
        let ring = try folder.get().ring()
        let url = try await TestPostgres.shared.sharedDatabase(database)
        let configuration = try PostgresConfiguration(url: ServiceDatabase.address(url, as: KeyDatabase.appRole))
        try await ServiceDatabase.withPool(
            PostgresPool(configuration, maximumConnections: 4, waitMax: ServiceDatabase.waitMax)
        ) { pool in
            try await body(PersonVault(keys: PersonKeys(pool: pool, ring: ring), ring: ring, schema: schema))
        }
    }

    /// Erases a person: their key is destroyed. Processes that hold it let go of it within half a minute.
    package static func erase(_ person: PersonID) async throws {
        let folder = try folder.get()
        let url = try await TestPostgres.shared.sharedDatabase(database)
        let keeper = try PostgresConfiguration(url: ServiceDatabase.address(url, as: KeyDatabase.keeperRole))
        _ = try await PostgresConnection.with(keeper, logger: ServiceDatabase.quiet) { connection in
            try await KeyKeeper(
                connection: connection, ring: try folder.ring(), registerPath: folder.registerPath,
                signer: try folder.sealKey(), keys: try folder.believedSealKeys()
            ).erase(person.uuid, reason: "a test", actor: "a test", at: Date()) {}
        }
    }
}
