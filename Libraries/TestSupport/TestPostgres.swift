import FoundationEssentials
import ServiceKit

/// The real PostgreSQL that tests use: one server per test process, one fresh database per test.
///
/// The server starts at the first use and goes with the process. TAKEUP_TEST_POSTGRES names another (a superuser's
/// libpq address whose database part is replaced); databases made there are dropped only by `withDatabase`.
package actor TestPostgres {
    /// A prepared database that fresh ones are copied from: migrating once and copying is faster than migrating each.
    package struct Template: Sendable {
        /// Letters, digits and underscores; one preparation per name and process.
        package let name: String
        let prepare: @Sendable (_ url: String) async throws -> Void

        /// `prepare` is given the superuser's address of an empty database.
        package init(_ name: String, prepare: @escaping @Sendable (_ url: String) async throws -> Void) {
            self.name = name
            self.prepare = prepare
        }
    }

    /// The one of this process.
    package static let shared = TestPostgres()

    private var server: Task<LocalPostgreSQL, any Error>?
    private var templates: [String: Task<String, any Error>] = [:]
    private var databaseCount = 0
    private let runID = String(UInt32.random(in: 0...UInt32.max), radix: 36)

    private init() {}

    /// The superuser's address of `database`.
    package func url(database: String = "postgres") async throws -> String {
        if let other = ProcessInfo.processInfo.environment["TAKEUP_TEST_POSTGRES"] {
            return try Self.replacingDatabase(of: other, with: database)
        }
        return try await localServer().url(database: database)
    }

    /// The superuser's address of a new database, empty or copied from `template`. It stays until the server goes.
    package func freshDatabase(_ label: String = "test", from template: Template? = nil) async throws -> String {
        let source: String
        if let template { source = try await prepared(template) } else { source = "template0" }
        let name = nextName(label)
        try await run("create database \(name) template \(source)")
        return try await url(database: name)
    }

    /// Runs `body` with the superuser's address of a new database, which is dropped afterwards.
    package func withDatabase<T: Sendable>(
        _ label: String = "test", from template: Template? = nil, _ body: (_ url: String) async throws -> T
    ) async throws -> T {
        let url = try await freshDatabase(label, from: template)
        let name = Self.database(of: url)
        do {
            let value = try await body(url)
            try await run("drop database \(name) with (force)")
            return value
        } catch {
            try await run("drop database if exists \(name) with (force)")
            throw error
        }
    }

    private func nextName(_ label: String) -> String {
        databaseCount += 1
        let plain = String(label.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        // PostgreSQL cuts names at 63 bytes.
        return "t_\(plain.prefix(30))_\(runID)_\(databaseCount)"
    }

    /// Two tests that start together wait for the same server.
    private func localServer() async throws -> LocalPostgreSQL {
        if let server { return try await server.value }
        let starting = Task { try await LocalPostgreSQL.start() }
        server = starting
        return try await starting.value
    }

    /// The superuser's address of a prepared database that all tests of the process share.
    func sharedDatabase(_ template: Template) async throws -> String { try await url(database: prepared(template)) }

    private func prepared(_ template: Template) async throws -> String {
        if let known = templates[template.name] { return try await known.value }
        let name = nextName("template_" + template.name)
        let preparing = Task {
            try await run("create database \(name) template template0")
            try await template.prepare(try await url(database: name))
            return name
        }
        templates[template.name] = preparing
        return try await preparing.value
    }

    /// By `psql`, so that the tests of our own client do not rest on it.
    private func run(_ sql: String) async throws {
        let arguments = [
            "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=\(try await url())", "--command=\(sql)",
        ]
        let result = try await ChildProcess.run(.init("psql", arguments))
        guard result.exit.isSuccess else { throw TestPostgresError(sql: sql, message: result.errorText) }
    }

    /// `postgresql://user@host:port/name?parameters`
    static func replacingDatabase(of url: String, with database: String) throws -> String {
        guard var parts = URLComponents(string: url), parts.scheme?.hasPrefix("postgres") == true else {
            throw TestPostgresError(sql: "", message: "TAKEUP_TEST_POSTGRES must be a postgresql:// address")
        }
        parts.path = "/" + database
        guard let replaced = parts.string else {
            throw TestPostgresError(sql: "", message: "TAKEUP_TEST_POSTGRES must be a postgresql:// address")
        }
        return replaced
    }

    static func database(of url: String) -> String {
        String(url.prefix { $0 != "?" }.split(separator: "/").last ?? "postgres")
    }
}

/// The test server refused a statement of ours.
package struct TestPostgresError: Error, CustomStringConvertible {
    let sql: String
    let message: String

    /// The server's own words and the statement.
    package var description: String { "\(message) (\(sql))" }
}
