import Crypto
import Foundation
import Messaging
import Postgres
import Safeguards
import Telemetry
import TestSupport

let quiet = Logger(label: "safeguards-tests")
let moment = Date(timeIntervalSince1970: 1_790_000_000.125)

/// One service's database with the audit's tables and a table of people, and the key database beside it, on a real
/// PostgreSQL.
struct Vault: Sendable {
    let schema: ServiceSchema
    var dataURL: String
    var keysURL: String
    let ringFile: KeyRingFile
    let signer: SigningKey
    let registerPath: String

    /// Makes both, runs `body`, and takes the roles away again.
    static func with<T: Sendable>(_ body: (Vault) async throws -> T) async throws -> T {
        let suffix = String(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(12))
        let folder = try TemporaryFolder.make("safeguards")
        let vault = Vault(
            schema: try ServiceSchema(name: "s_\(suffix)", source: "/gateway"),
            dataURL: try await TestPostgres.shared.freshDatabase("data"),
            keysURL: try await TestPostgres.shared.freshDatabase("keys"), ringFile: KeyRingFile(newKey: "k1"),
            signer: try SigningKey(generating: .edDSA, id: "signer"),
            registerPath: folder.appending(path: "erasures.register").path)
        try await vault.prepare()
        do {
            let result = try await body(vault)
            try await vault.drop()
            return result
        } catch {
            try await vault.drop()
            throw error
        }
    }

    private func prepare() async throws {
        try await connected(keysURL) { try await KeyDatabase.provision(as: $0) }
        try await connected(dataURL) { connection in
            try await schema.provision(as: connection)
            let steps = SafeguardsSchema.steps.map { Migration(version: $0.version, name: $0.name, utf8: $0.sql) }
            let people = Migration(
                version: 1, name: "0001_people",
                sql: "create table person (person_id uuid primary key, family_name bytea not null);")
            _ = try await Migrator(
                schema: schema,
                components: [
                    MigrationComponent(SafeguardsSchema.component, steps), MigrationComponent("people", [people]),
                ], logger: quiet
            ).run(on: connection)
        }
    }

    private func drop() async throws {
        try await connected(TestPostgres.shared.url()) { admin in
            for url in [dataURL, keysURL] {
                let name = url.prefix { $0 != "?" }.split(separator: "/").last ?? ""
                try await admin.execute(script: "drop database if exists \(name) with (force)")
            }
            // A restored copy still belongs to these roles, and goes with the server.
            for role in ServiceSchema.Role.allCases {
                try? await admin.execute(script: "drop role if exists \(schema.roleName(role))")
            }
        }
    }

    // MARK: - Connections

    @discardableResult
    func connected<T>(_ url: String, _ body: (PostgresConnection) async throws -> T) async throws -> T {
        var configuration = try PostgresConfiguration(url: url)
        configuration.searchPath = [schema.name, "pg_catalog"]
        return try await PostgresConnection.with(configuration, logger: quiet, body)
    }

    /// The test server trusts local connections, whoever one says one is.
    static func url(_ url: String, role: String) -> String {
        let authority = url.firstRange(of: "@").map { url[$0.upperBound...] } ?? url[...]
        return "postgresql://\(role)@\(authority)"
    }

    @discardableResult
    func data<T>(_ role: ServiceSchema.Role, _ body: (PostgresConnection) async throws -> T) async throws -> T {
        try await connected(Self.url(dataURL, role: schema.roleName(role)), body)
    }

    /// As a superuser, to whom no grant and, where `isUnchecked`, no trigger says no: somebody who broke in.
    @discardableResult
    func asIntruder<T>(_ body: (PostgresConnection) async throws -> T) async throws -> T {
        try await connected(dataURL) { connection in
            try await connection.execute(script: "set session_replication_role = replica")
            return try await body(connection)
        }
    }

    /// A transaction of the service in which somebody acts.
    @discardableResult
    func acting<T: Sendable>(
        _ actor: String? = "somebody", _ body: (PostgresTransaction) async throws -> T
    ) async throws -> T {
        try await data(.app) { connection in
            try await connection.transaction { transaction in
                if let actor { try await transaction.setLocal("takeup.actor", to: actor) }
                return try await body(transaction)
            }
        }
    }

    // MARK: - Keys

    /// Keys that were ever made.
    func keyCount() async throws -> Int64 {
        try await connected(keysURL) {
            try await $0.query("select count(*) from keys.person_key").only().decode(Int64.self)
        }
    }

    /// People's keys, as one process of the service has them.
    @discardableResult
    func withKeys<T: Sendable>(
        ring: KeyRing? = nil, readRingAgain: (@Sendable () throws -> KeyRing)? = nil,
        limits: PersonKeyLimits = PersonKeyLimits(), _ body: (PersonKeys) async throws -> T
    ) async throws -> T {
        let pool = PostgresPool(
            try PostgresConfiguration(url: Self.url(keysURL, role: KeyDatabase.appRole)), maximumConnections: 4,
            logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            do {
                let result = try await body(
                    PersonKeys(
                        pool: pool, ring: ring ?? ringFile.ring(), readRingAgain: readRingAgain, limits: limits))
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

    @discardableResult
    func withKeeper<T: Sendable>(ring: KeyRing? = nil, _ body: (KeyKeeper) async throws -> T) async throws -> T {
        try await connected(Self.url(keysURL, role: KeyDatabase.keeperRole)) { connection in
            try await body(
                KeyKeeper(
                    connection: connection, ring: ring ?? ringFile.ring(), registerPath: registerPath, signer: signer,
                    keys: verificationKeys))
        }
    }

    var verificationKeys: VerificationKeys {
        get throws { VerificationKeys([try signer.verificationKey]) }
    }

    // MARK: - A person in a table

    func place(_ person: UUID) -> FieldPlace {
        FieldPlace(table: "\(schema.name).person", column: "family_name", row: person)
    }

    func store(_ name: String, of person: UUID) async throws {
        try await withKeys { keys in
            let key = try await keys.key(of: person)
            let sealed = try SealedField(name, at: place(person), under: key)
            try await data(.app) { connection in
                _ = try await connection.query("insert into person values (\(person), \(sealed))")
            }
        }
    }

    func read(_ person: UUID) async throws -> String {
        try await withKeys { keys in
            let key = try await keys.existingKey(of: person)
            return try await data(.app) { connection in
                let rows = try await connection.query("select family_name from person where person_id = \(person)")
                return try rows.only().decode(SealedField.self).openText(at: place(person), under: key).reveal()
            }
        }
    }
}

/// The code of the error that `body` throws; nil where it throws none.
func code(_ body: () async throws -> Void) async throws -> SafeguardsError.Code? {
    do {
        try await body()
        return nil
    } catch let error as SafeguardsError {
        return error.code
    }
}
