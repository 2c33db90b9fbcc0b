import Foundation
import Messaging
import Postgres
import Telemetry
import TestSupport

let quiet = Logger(label: "crash-tests")

/// A database with a producer's schema, the workers' schemas and the auditor's notes.
///
/// The migrated tables are copied from one template, so a scene costs a copy and no migration.
struct CrashDatabase: Sendable {
    /// The superuser's address.
    let url: String

    static let producer = "crash_producer"
    /// Schemas of workers, from 0.
    static let lanesMax = 16

    static func laneSchema(_ number: Int) -> String { "crash_lane_\(number)" }

    static func with<T: Sendable>(_ body: @Sendable (CrashDatabase) async throws -> T) async throws -> T {
        try await TestPostgres.shared.withDatabase("crash", from: template) { url in
            try await body(CrashDatabase(url: url))
        }
    }

    /// The address for one of a schema's roles: the test server trusts whoever reaches it.
    func url(_ schema: String, _ role: ServiceSchema.Role) throws -> String {
        var parts = try Self.components(url)
        parts.user = "\(schema)_\(role.rawValue)"
        parts.password = nil
        return try Self.text(parts)
    }

    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(PostgresConfiguration(url: url), logger: quiet)
    }

    func configuration(_ schema: String, _ role: ServiceSchema.Role) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: try url(schema, role))
        configuration.searchPath = [schema]
        return configuration
    }

    /// Not running yet.
    func pool(_ schema: String, _ role: ServiceSchema.Role) throws -> PostgresPool {
        PostgresPool(try configuration(schema, role), maximumConnections: 8, logger: quiet)
    }

    private static let template = TestPostgres.Template("crash") { url in
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: url), logger: quiet)
        let lanes = (0..<lanesMax).map(laneSchema)
        for name in [producer] + lanes {
            let schema = try ServiceSchema(name: name, source: "/" + name)
            try await schema.provision(as: connection)
            let components = name == producer ? [] : [effects]
            _ = try await Migrator(schema: schema, components: components, logger: quiet).run(on: connection)
        }
        try await connection.execute(script: notes)
        await connection.close()
    }

    /// No constraint here refuses what the auditor looks for.
    private static let effects = MigrationComponent(
        "crash-worker",
        [
            Migration(
                version: 1, name: "0001_effect",
                sql: """
                    create table effect (
                        n bigint generated always as identity primary key, cause uuid not null, key uuid not null,
                        version bigint not null, applied bigint not null, outgoing uuid not null,
                        made_at timestamptz not null default clock_timestamp());
                    create table case_counter (key uuid primary key, applied bigint not null);
                    """)
        ])

    /// What the auditor's own reader found in the log, and which events the writers know to be committed.
    private static let notes = """
        create schema audit;
        create table audit.record (
            topic text, partition integer, "offset" bigint, source text, event_id uuid, key text, version bigint);
        create table audit.promised (event_id uuid primary key);
        """

    private static func components(_ url: String) throws -> URLComponents {
        guard let parts = URLComponents(string: url) else { throw SceneError("the database has a strange address") }
        return parts
    }

    private static func text(_ parts: URLComponents) throws -> String {
        guard let text = parts.string else { throw SceneError("the database has a strange address") }
        return text
    }
}

/// Something the tests themselves stumbled over.
struct SceneError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
