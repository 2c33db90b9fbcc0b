import FoundationEssentials
import Messaging
import Postgres
import ServiceKit
import Synchronization
import Telemetry
import TestSupport

let quiet: Logger = {
    if ProcessInfo.processInfo.environment["TAKEUP_TEST_LOG"] != nil {
        LoggingSystem.bootstrap(Printed(), level: .trace)
    }
    return Logger(label: "messaging-tests")
}()

/// Prints what is logged, for whoever looks for a fault.
private struct Printed: LogSink {
    func log(_ record: LogRecord) { print(record.level, record.message, record.metadata.fields) }
}

/// A database of its own for one test, with one service's schema in it.
struct TestDatabase: Sendable {
    let schema: ServiceSchema
    let superuserURL: String

    /// Makes the database, the roles and the tables, runs `body` and drops it.
    static func with<T: Sendable>(
        migrations: [MigrationComponent] = [effects], migrated: Bool = true, _ body: (TestDatabase) async throws -> T
    ) async throws -> T {
        let suffix = String(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(12))
        let schema = try ServiceSchema(name: "t_\(suffix)", source: "/case-intake")
        let database = TestDatabase(
            schema: schema, superuserURL: try await TestPostgres.shared.freshDatabase("messaging"))
        do {
            if migrated {
                try await database.asSuperuser { connection in
                    try await schema.provision(as: connection)
                    _ = try await Migrator(schema: schema, components: migrations, logger: quiet).run(on: connection)
                }
            }
            let result = try await body(database)
            try await database.drop()
            return result
        } catch {
            try await database.drop()
            throw error
        }
    }

    /// Roles belong to the server, so they go too.
    private func drop() async throws {
        let admin = try await PostgresConnection.connect(
            PostgresConfiguration(url: try await TestPostgres.shared.url()), logger: quiet)
        let name = superuserURL.prefix { $0 != "?" }.split(separator: "/").last ?? ""
        try await admin.execute(script: "drop database if exists \(name) with (force)")
        for role in ServiceSchema.Role.allCases {
            try await admin.execute(script: "drop role if exists \(schema.roleName(role))")
        }
        await admin.close()
    }

    /// A table in which a handler leaves a trace of every event it applied.
    static let effects = MigrationComponent(
        "tests",
        [
            Migration(
                version: 1, name: "0001_effect",
                sql: """
                    create table effect (
                        n bigint generated always as identity primary key, event_id uuid not null, key uuid not null,
                        version bigint not null, note text);
                    """)
        ])

    func configuration(_ role: ServiceSchema.Role? = nil) throws -> PostgresConfiguration {
        guard let role else {
            var configuration = try PostgresConfiguration(url: superuserURL)
            configuration.searchPath = [schema.name]
            return configuration
        }
        // Local sockets and loopback are trusted in the test server, whoever one says one is.
        let authority = superuserURL.firstRange(of: "@").map { superuserURL[$0.upperBound...] } ?? superuserURL[...]
        return try PostgresConfiguration(url: "postgresql://\(schema.roleName(role))@\(authority)")
    }

    func asSuperuser<T>(_ body: (PostgresConnection) async throws -> T) async throws -> T {
        try await connected(nil, body)
    }

    func connected<T>(_ role: ServiceSchema.Role?, _ body: (PostgresConnection) async throws -> T) async throws -> T {
        try await PostgresConnection.with(configuration(role), logger: quiet, body)
    }

    /// A pool of the role, running for as long as `body`.
    func pool<T: Sendable>(
        _ role: ServiceSchema.Role = .app, connections: Int = 6, _ body: (PostgresPool) async throws -> T
    ) async throws -> T {
        let pool = PostgresPool(try configuration(role), maximumConnections: connections, logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            do {
                let result = try await body(pool)
                await pool.stop()
                try await group.waitForAll()
                return result
            } catch {
                await pool.stop()
                group.cancelAll()
                throw error
            }
        }
    }

    func count(_ sql: String) async throws -> Int64 {
        try await asSuperuser { connection in
            try await connection.query(Query(unescaped: sql)).only().decode(Int64.self)
        }
    }
}

/// A count that tasks share.
final class Tally: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add(_ amount: Int) { count.withLock { $0 += amount } }
}

/// The first column of every row.
func values<T: PostgresDecodable>(_ rows: Rows, _: T.Type = T.self) throws -> [T] {
    try rows.indices.map { try rows.decode(row: $0, column: 0) }
}

/// Waits until `condition` holds. Gives up after ten seconds with an error that names it.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(15))
    }
    throw NeverHappened(what: what)
}

struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    var description: String { "never happened: \(what)" }
}

func running<T: Sendable>(_ relay: Relay, _ body: () async throws -> T) async throws -> T {
    try await running({ try await relay.run() }, stop: { await relay.stop() }, body)
}

func running<T: Sendable>(_ consumer: EventConsumer, _ body: () async throws -> T) async throws -> T {
    try await running({ try await consumer.run() }, stop: { await consumer.stop() }, body)
}
