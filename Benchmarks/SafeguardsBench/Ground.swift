import Domain
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import Scenario
import ServiceKit
import Telemetry

/// A durable PostgreSQL with the tables of the way in twice, sealed and in the clear, and a database of keys.
struct Ground: Sendable {
    private static let schema = "bench"
    private static let connections = 8
    private static let logger = Logger(label: "bench")

    private let admin: PostgresConnection
    private let pool: PostgresPool
    private let vault: PersonVault

    static func with(_ body: @Sendable (Ground) async throws -> Void) async throws {
        let server = try await LocalPostgreSQL.start(
            .init(durable: true, settings: ["max_wal_size": "8GB", "shared_buffers": "512MB"]))
        do {
            try await measure(on: server, body)
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    private static func measure(on server: LocalPostgreSQL, _ body: @Sendable (Ground) async throws -> Void)
        async throws
    {
        let keys = KeysFolder(server.folder + "/keys")
        try keys.create()
        var configuration = try PostgresConfiguration(url: server.url())
        configuration.searchPath = [schema]
        try await PostgresConnection.with(configuration, logger: logger) { admin in
            try await admin.execute(script: "create database keys")
            try await KeysCommands.provisionKeyDatabase(at: server.url(database: "keys"))
            let service = try ServiceSchema(name: schema, source: "/bench")
            try await service.provision(as: admin)
            _ = try await Migrator(schema: service, components: [safeguards, tables], logger: logger).run(on: admin)
            let ring = try keys.ring()
            let pool = try self.pool(server.url(role: service.roleName(.app)))
            let keyPool = try self.pool(server.url(database: "keys", role: KeyDatabase.appRole))
            let vault = PersonVault(keys: PersonKeys(pool: keyPool, ring: ring), ring: ring, schema: schema)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for pool in [pool, keyPool] { group.addTask { try await pool.run() } }
                try await body(Ground(admin: admin, pool: pool, vault: vault))
                for pool in [pool, keyPool] { await pool.stop() }
                try await group.waitForAll()
            }
        }
    }

    private static func pool(_ url: String) throws -> PostgresPool {
        PostgresPool(try PostgresConfiguration(url: url), maximumConnections: connections, logger: logger)
    }

    private static let safeguards = MigrationComponent(
        SafeguardsSchema.component,
        SafeguardsSchema.steps.map { Migration(version: $0.version, name: $0.name, utf8: $0.sql) })

    /// What `referral-gateway` stores of a notice, with columns of one kind or the other.
    private static let tables = MigrationComponent(
        "bench",
        [
            Migration(
                version: 1, name: "0001_notices",
                sql: ["sealed": "sealed_value", "clear": "bytea"].map { name, type in
                    """
                    create table person_\(name) (
                        person_id uuid primary key, nhs_number_hash bytea unique, nhs_number \(type), family_name \(type),
                        given_names \(type), born_on \(type), gender \(type), postcode \(type));
                    create table submission_\(name) (
                        receipt uuid primary key, sender text not null, message_id text not null, person_id uuid not null,
                        input \(type) not null, unique (sender, message_id));
                    """
                }.joined() + "select guard_people('person_sealed'), guard_people('submission_sealed');")
        ])

    /// Takes so many notices in, each about somebody new, and returns how many a second.
    func take(_ notices: Int, batch: Int, guarded: Bool) async throws -> Double {
        try await admin.execute(
            script: "truncate person_sealed, person_clear, submission_sealed, submission_clear; checkpoint")
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            let share = notices / batch / Self.connections
            for _ in 0..<Self.connections {
                group.addTask {
                    for _ in 0..<share {
                        let batch = (0..<batch).map { _ in Notice() }
                        try await guarded ? takeGuarded(batch) : takeInTheClear(batch)
                    }
                }
            }
            try await group.waitForAll()
        }
        let taken = ContinuousClock.now - started
        let seconds = Double(taken.components.seconds) + Double(taken.components.attoseconds) / 1e18
        return Double(notices / batch / Self.connections * batch * Self.connections) / seconds
    }

    private func takeInTheClear(_ notices: [Notice]) async throws {
        try await pool.transaction { transaction in
            let fields = Notice.personalFields.indices.map { field in notices.map { $0.personal[field] } }
            try await store(
                notices, "clear", hashes: notices.map(\.hash), fields, notices.map(\.input), in: transaction)
        }
    }

    /// As the gateway does it: keys first, then everything in one transaction, with its audit.
    private func takeGuarded(_ notices: [Notice]) async throws {
        var (fields, inputs) = (Notice.personalFields.map { _ in [[UInt8]]() }, [[UInt8]]())
        var notices = notices
        for place in notices.indices {
            let seal = try await vault.newcomer(at: Date())
            let row = seal.owner
            notices[place].person = PersonID(row)
            let notice = notices[place]
            for (place, column) in Notice.personalFields.enumerated() {
                fields[place].append(try seal.close(notice.personal[place], column, row: row).bytes)
            }
            inputs.append(try seal.close(notice.input, Notice.inputColumn, row: row).bytes)
        }
        let hashes = try notices.map {
            try vault.searchHash(String(decoding: $0.personal[0], as: UTF8.self), in: Notice.personalFields[0])
        }
        let entries = try notices.map { notice in
            try AuditEntry(
                id: newID(), stream: .person(notice.person.uuid), at: Date(), action: "referrals.submit",
                purpose: "direct-care", record: "submission \(notice.receipt)")
        }
        let sealed = (notices, fields, inputs)
        try await pool.transaction { transaction in
            try await transaction.setActor("bench")
            try await store(sealed.0, "sealed", hashes: hashes, sealed.1, sealed.2, in: transaction)
            try await AuditChain().commit(after: entries, in: transaction)
        }
    }

    private func store(
        _ notices: [Notice], _ kind: String, hashes: [[UInt8]], _ fields: [[[UInt8]]], _ inputs: [[UInt8]],
        in transaction: PostgresTransaction
    ) async throws {
        let (people, messages) = (notices.map(\.person.uuid), notices.map { $0.receipt.uuidString })
        _ = try await transaction.pipeline([
            """
            insert into \(ident: "person_" + kind)
            select * from unnest(\(people)::uuid[], \(hashes)::bytea[], \(fields[0])::bytea[], \(fields[1])::bytea[],
                \(fields[2])::bytea[], \(fields[3])::bytea[], \(fields[4])::bytea[], \(fields[5])::bytea[])
            """,
            """
            insert into \(ident: "submission_" + kind) (receipt, sender, message_id, person_id, input)
            select r, 'st-james', m, p, i
            from unnest(\(notices.map(\.receipt))::uuid[], \(messages)::text[], \(people)::uuid[], \(inputs)::bytea[])
                as t (r, m, p, i)
            """,
        ])
    }
}

/// A hospital's notice, as the demonstration sends them, about somebody new.
private struct Notice: Sendable {
    private static let inputs = Scenario(seed: 1, people: 64).stories.map(\.noticeXML)
    static let inputColumn = SealedColumn("submission_sealed", "input")
    static let personalFields = [
        SealedColumn("person_sealed", "nhs_number"), SealedColumn("person_sealed", "family_name"),
        SealedColumn("person_sealed", "given_names"), SealedColumn("person_sealed", "born_on"),
        SealedColumn("person_sealed", "gender"), SealedColumn("person_sealed", "postcode"),
    ]

    var person = PersonID(newID())
    let receipt = newID()
    let input: [UInt8]
    let personal: [[UInt8]]
    var hash: [UInt8] { Array(receipt.uuidString.utf8.prefix(32)) }

    init() {
        input = Self.inputs[Int.random(in: Self.inputs.indices)]
        personal = [
            receipt.uuidString, "Hussain", "Zoë", "1950-02-28", "female",
            "LS1 1UR",
        ].map { Array($0.utf8) }
    }
}

/// As everything in Takeup gets its id.
private func newID() -> UUID {
    var random = SystemRandomNumberGenerator()
    return .v7(at: Date(), using: &random)
}
