import FoundationEssentials
import Messaging
import Postgres
import ServiceKit
import Telemetry

/// Databases with one service's schema in them.
enum ServiceDatabase {
    /// How long a test waits for a connection: many begin at once, and a busy machine is no reason to fail.
    static let waitMax: Duration = .seconds(120)

    static let quiet = Logger(label: "tests")

    /// The superuser's address of a new database that the service's own `migrate --provision` has prepared. The work is done
    /// once for each service; roles belong to the server, so no two tests make them at the same time.
    static func fresh(of service: ServiceDefinition) async throws -> String {
        let template = TestPostgres.Template(service.schema.name) { url in
            let folder = try TemporaryFolder.make(service.name + "-template").path
            let messages = KeptText()
            let code = await ServiceMain.perform(
                service.command, ["migrate", "--provision"] + (try words(for: url, in: folder, [:])),
                terminal: Terminal(output: KeptText(), messages: messages))
            guard code == .success else { throw TestPostgresError(sql: "migrate", message: messages.text) }
        }
        return try await TestPostgres.shared.freshDatabase(service.schema.name, from: template)
    }

    /// The words of a command line that point a service at a database. Without a user in the address each connection takes
    /// the role that fits its work.
    static func words(for url: String, in folder: String, _ settings: [String: String]) throws -> [String] {
        let secrets = folder + "/secrets"
        try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
        try Data(address(url).utf8).write(to: URL(filePath: secrets + "/database.url"))
        try Data(url.utf8).write(to: URL(filePath: secrets + "/database.admin-url"))
        var all = ["kafka.bootstrap-servers": "127.0.0.1:1"].merging(settings) { $1 }
        // A secret is never taken from a command line.
        if let keys = all.removeValue(forKey: "keys.url") {
            try Data(keys.utf8).write(to: URL(filePath: secrets + "/keys.url"))
        }
        return ["--secrets", secrets] + all.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    /// Runs `body` with a pool of the service's application role, the one that it works with.
    static func withPool(
        of service: ServiceDefinition, at url: String, _ body: (PostgresPool) async throws -> Void
    ) async throws {
        // Tests look into tables about people, in which nothing is found unless somebody acts.
        let address = address(url, as: service.schema.roleName(.app))
        let acting = (address.contains("?") ? "&" : "?") + "options=-c%20takeup.actor%3Dtests"
        var configuration = try PostgresConfiguration(url: address + acting)
        configuration.searchPath = [service.schema.name, "public"]
        try await withPool(
            PostgresPool(configuration, maximumConnections: 4, waitMax: waitMax, logger: quiet), body)
    }

    /// An address with another user, or with none.
    static func address(_ url: String, as role: String? = nil) -> String {
        let place = url.firstRange(of: "@").map { url[$0.upperBound...] } ?? url[...]
        return "postgresql://" + (role.map { $0 + "@" } ?? "") + place
    }

    /// Runs `body` while the pool runs.
    static func withPool(
        _ pool: PostgresPool, _ body: (PostgresPool) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            do {
                try await body(pool)
            } catch {
                await pool.stop()
                throw error
            }
            await pool.stop()
            try await group.waitForAll()
        }
    }
}
