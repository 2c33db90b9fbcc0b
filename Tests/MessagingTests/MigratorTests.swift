import Messaging
import Postgres
import Testing

@Suite("Migrations on a real PostgreSQL", .serialized)
struct MigratorTests {
    private func migrator(_ database: TestDatabase, _ migrations: [Migration]) -> Migrator {
        Migrator(schema: database.schema, components: [MigrationComponent("tests", migrations)], logger: quiet)
    }

    private let first = Migration(version: 1, name: "0001_one", sql: "create table one (id integer primary key);")
    private let second = Migration(
        version: 2, name: "0002_two", sql: "create table two (id integer); insert into one values (1);")

    @Test("messaging comes first, everything runs once, and a second run finds nothing to do")
    func runsOnce() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                let done = try await migrator(database, [first]).run(on: connection)
                #expect(done.map(\.label) == ["messaging 0001_outbox", "messaging 0002_inbox", "tests 0001_one"])
                #expect(try await migrator(database, [first]).run(on: connection).isEmpty)
                #expect(
                    try await migrator(database, [first, second]).run(on: connection).map(\.label) == ["tests 0002_two"]
                )
                let status = try await migrator(database, [first, second]).status(on: connection)
                #expect(status.allSatisfy { $0.state == .applied })
            }
        }
    }

    @Test("the owner can migrate without being a superuser")
    func ownerMigrates() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { try await database.schema.provision(as: $0) }
            try await database.connected(.owner) { connection in
                let done = try await migrator(database, [first]).run(on: connection)
                #expect(done.count == 3)
            }
        }
    }

    @Test("an edited file is refused, before anything else runs")
    func editedFile() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                _ = try await migrator(database, [first]).run(on: connection)
                let edited = Migration(version: 1, name: first.name, sql: first.sql + " ")
                let error = try await #require(throws: MessagingError.self) {
                    try await migrator(database, [edited, second]).run(on: connection)
                }
                #expect(error.code == .migrationChanged)
                #expect(try await database.count("select count(*) from pg_tables where tablename = 'two'") == 0)
                let states = try await migrator(database, [edited]).status(on: connection).map(\.state)
                #expect(states == [.applied, .applied, .changed])
                await #expect(throws: MessagingError.self) {
                    try await migrator(database, [edited]).requireCurrent(on: connection)
                }
            }
        }
    }

    @Test("a dry run says what it would do, runs it, and leaves no trace")
    func dryRun() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                let listed = try await migrator(database, [first, second]).run(on: connection, dryRun: true)
                #expect(listed.count == 4)
                #expect(listed.allSatisfy { $0.state == .pending })
                let schema = database.schema.name
                #expect(
                    try await database.count(
                        "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = '\(schema)'"
                    ) == 0)
                let broken = Migration(version: 3, name: "0003_broken", sql: "create table one (id integer);")
                await #expect(throws: PostgresError.self) {
                    try await migrator(database, [first, second, broken]).run(on: connection, dryRun: true)
                }
            }
        }
    }

    @Test("a step that fails leaves nothing of itself, and the steps before it stay")
    func failingStep() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                let broken = Migration(
                    version: 2, name: "0002_broken", sql: "create table half (id integer); select 1/0;")
                await #expect(throws: PostgresError.self) {
                    try await migrator(database, [first, broken]).run(on: connection)
                }
                #expect(try await database.count("select count(*) from pg_tables where tablename = 'half'") == 0)
                #expect(
                    try await migrator(database, [first, second]).run(on: connection).map(\.label) == ["tests 0002_two"]
                )
            }
        }
    }

    @Test("a step marked so runs outside a transaction")
    func withoutTransaction() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                let index = Migration(
                    version: 2, name: "0002_index",
                    sql: "-- migrate: no-transaction\ncreate index concurrently one_by_id on one (id);")
                #expect(try await migrator(database, [first, index]).run(on: connection).count == 4)
                #expect(try await database.count("select count(*) from pg_indexes where indexname = 'one_by_id'") == 1)
            }
        }
    }

    @Test("a run gives the connection back as it was, whether it did its work, rehearsed it or failed")
    func leavesTheSessionAlone() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                try await connection.execute(script: "set search_path = public; set lock_timeout = '7s'")
                let before = try await session(connection)
                _ = try await migrator(database, [first]).run(on: connection, dryRun: true)
                #expect(try await session(connection) == before)
                _ = try await migrator(database, [first]).run(on: connection)
                #expect(try await session(connection) == before)
                let broken = Migration(version: 2, name: "0002_broken", sql: "select 1/0;")
                await #expect(throws: PostgresError.self) {
                    try await migrator(database, [first, broken]).run(on: connection)
                }
                #expect(try await session(connection) == before)
            }
        }
    }

    private func session(_ connection: PostgresConnection) async throws -> [String] {
        let names = ["role", "search_path", "lock_timeout"]
        return try await connection.query("select current_setting(name) from unnest(\(names)::text[]) as t (name)")
            .map { try $0.decode(String.self) }
            + connection.query("select current_user::text").map { try $0.decode(String.self) }
    }

    @Test("two runs side by side: one does the work, the other finds it done")
    func sideBySide() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { try await database.schema.provision(as: $0) }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await database.asSuperuser {
                            try await migrator(database, [first, second]).run(on: $0).count
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 4])
        }
    }

    @Test("gaps and repeated numbers are refused")
    func numbering() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                for wrong in [[second], [first, first], [second, first]] {
                    let error = try await #require(throws: MessagingError.self) {
                        try await migrator(database, wrong).status(on: connection)
                    }
                    #expect(error.code == .migrationsMisnumbered)
                }
            }
        }
    }

    @Test("a program refuses a schema that is behind, and accepts one that is ahead")
    func requireCurrent() async throws {
        try await TestDatabase.with(migrated: false) { database in
            try await database.asSuperuser { connection in
                try await database.schema.provision(as: connection)
                _ = try await migrator(database, [first]).run(on: connection)
            }
            try await database.connected(.app) { connection in
                let error = try await #require(throws: MessagingError.self) {
                    try await migrator(database, [first, second]).requireCurrent(on: connection)
                }
                #expect(error.code == .migrationsPending)
                try await migrator(database, [first]).requireCurrent(on: connection)
                try await migrator(database, []).requireCurrent(on: connection)
            }
        }
    }
}

@Suite("A service's corner of the database")
struct ServiceSchemaTests {
    @Test(
        "names that need quotes are refused",
        arguments: ["", "A", "1a", "a-b", "a b", "a;drop", String(repeating: "a", count: 41)])
    func names(_ name: String) {
        #expect(throws: MessagingError.self) { try ServiceSchema(name: name, source: "/x") }
    }

    @Test("a name of forty characters is the longest")
    func longestName() throws {
        #expect(throws: Never.self) { try ServiceSchema(name: String(repeating: "a", count: 40), source: "/x") }
    }

    @Test("provisioning twice changes nothing")
    func twice() async throws {
        try await TestDatabase.with { database in
            try await database.asSuperuser { try await database.schema.provision(as: $0) }
            let rows = try await database.connected(.app) { try await $0.query("select count(*) from outbox_event") }
            #expect(rows.count == 1)
        }
    }

    /// What each role tries and is refused.
    private static let refused: [(ServiceSchema.Role, String)] = [
        (.app, "update outbox_event set topic = 'x'"), (.app, "delete from outbox_event"),
        (.app, "delete from outbox_pending"), (.app, "update outbox_pending set bytes = 1"),
        (.app, "delete from inbox_event"), (.app, "update inbox_event set topic = 'x'"),
        (.app, "delete from dead_letter"), (.app, "delete from aggregate_cursor"),
        (.app, "update schema_migration set name = 'x'"), (.app, "create table mine (id integer)"),
        (.app, "truncate outbox_event"), (.app, "insert into relay_position values ('a', 0, 0, 'c', 1)"),
        (.relay, "select * from effect"), (.relay, "select * from inbox_event"),
        (.relay, "insert into effect (note) values ('x')"),
        (.relay, "update outbox_event set topic = 'x'"), (.relay, "delete from outbox_event"),
        (.relay, "select * from dead_letter"), (.reader, "insert into effect (note) values ('x')"),
        (.reader, "delete from outbox_pending"), (.reader, "update dead_letter set error = 'x'"),
        (.reader, "create table mine (id integer)"),
    ]

    @Test("a role that reaches beyond its work is refused by the database", arguments: refused)
    func refusals(_ role: ServiceSchema.Role, _ statement: String) async throws {
        try await TestDatabase.with { database in
            try await database.connected(role) { connection in
                let error = try await #require(throws: PostgresError.self) {
                    try await connection.query(Query(unescaped: statement))
                }
                #expect(error.sqlState == "42501", "\(error)")
            }
        }
    }

    @Test("one service's roles cannot see another's schema")
    func strangers() async throws {
        try await TestDatabase.with { database in
            let other = try ServiceSchema(name: "\(database.schema.name)_b", source: "/other")
            try await database.asSuperuser { connection in
                try await other.provision(as: connection)
                _ = try await Migrator(schema: other, components: [TestDatabase.effects], logger: quiet).run(
                    on: connection)
            }
            for role in ServiceSchema.Role.allCases {
                _ = try await database.connected(role) { connection in
                    await #expect(throws: PostgresError.self) {
                        try await connection.query(Query(unescaped: "select * from \(other.name).effect"))
                    }
                }
            }
            try await database.asSuperuser { connection in
                try await connection.execute(script: "drop schema \(other.name) cascade")
                for role in ServiceSchema.Role.allCases {
                    try await connection.execute(
                        script: "drop owned by \(other.roleName(role)); drop role \(other.roleName(role))")
                }
            }
        }
    }
}
