import Messaging
package import Postgres
package import ServiceKit
import Telemetry

/// A database with one service's schema in it, as its `migrate` leaves it.
package enum ServiceDatabase {
    private static let quiet = Logger(label: "tests")

    /// Runs `body` with a pool of the service's own role, the one that it works with, on a database of its own.
    package static func with(
        _ service: ServiceDefinition, extensions: [String] = [], _ body: (PostgresPool) async throws -> Void
    ) async throws {
        // Roles belong to the server: prepared once, so that no two tests make them at the same time.
        let template = TestPostgres.Template(service.schema.name) { url in
            let superuser = try await PostgresConnection.connect(PostgresConfiguration(url: url), logger: quiet)
            try await service.schema.provision(as: superuser)
            for name in extensions { try await superuser.execute(script: "create extension if not exists \(name)") }
            _ = try await Migrator(schema: service.schema, components: service.migrations, logger: quiet)
                .run(on: superuser)
            await superuser.close()
        }
        let url = try await TestPostgres.shared.freshDatabase(service.schema.name, from: template)
        let place = url.firstRange(of: "@").map { url[$0.upperBound...] } ?? url[...]
        var configuration = try PostgresConfiguration(url: "postgresql://\(service.schema.roleName(.app))@\(place)")
        configuration.searchPath = [service.schema.name, "public"]
        try await running(PostgresPool(configuration, maximumConnections: 4, logger: quiet), body)
    }

    private static func running(_ pool: PostgresPool, _ body: (PostgresPool) async throws -> Void) async throws {
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
