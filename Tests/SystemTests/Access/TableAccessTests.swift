import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake
@testable import Engagement
@testable import Finance
@testable import KPI
@testable import ReferralGateway

private let services = Dictionary(
    uniqueKeysWithValues: [
        ReferralGateway.Main.service, CaseIntake.Main.service, Finance.Main.service, Engagement.Main.service,
        KPI.Main.service,
    ].map { ($0.name, $0) })
private let names = services.keys.sorted()

/// What a database role may do with a table, each tried in a transaction that is rolled back.
private enum Deed: String, CaseIterable {
    case read, insert, update, delete

    /// Each of them touches no row: PostgreSQL asks for the privilege before it looks for one. A role that may change one column
    /// may update.
    func statements(on table: StoredTable) -> [String] {
        switch self {
        case .read: ["select * from \(table.name) where false"]
        case .insert:
            [
                "insert into \(table.name) (\(table.columns.map(\.name).joined(separator: ", "))) select "
                    + table.columns.map { "null::\($0.type)" }.joined(separator: ", ") + " where false"
            ]
        case .update: table.columns.map { "update \(table.name) set \($0.name) = null::\($0.type) where false" }
        case .delete: ["delete from \(table.name) where false"]
        }
    }
}

/// A table or a view, with the columns that a statement may give values for.
private struct StoredTable {
    let name: String
    let columns: [(name: String, type: String)]
}

extension ServiceUnderTest {
    fileprivate func tables() async throws -> [StoredTable] {
        try await asDatabaseRole(nil) { superuser in
            try await superuser.query(
                """
                select c.relname::text, array_agg(quote_ident(a.attname) order by a.attnum),
                    array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum)
                from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    and a.attidentity <> 'a' and a.attgenerated = ''
                where c.relnamespace = \(service.schema.name)::regnamespace and c.relkind in ('r', 'v', 'p')
                group by 1 order by 1
                """
            ).map { row in
                let (name, columns, types) = try row.decode(String.self, [String].self, [String].self)
                return StoredTable(name: name, columns: Array(zip(columns, types)).map { (name: $0, type: $1) })
            }
        }
    }

    /// What the role may do with a table: whatever PostgreSQL does not refuse for want of a privilege, or by a trigger.
    fileprivate func deeds(of role: String, on tables: [StoredTable]) async throws -> [String: Set<Deed>] {
        try await asDatabaseRole(role) { connection in
            var found: [String: Set<Deed>] = [:]
            for table in tables {
                for deed in Deed.allCases {
                    for statement in deed.statements(on: table) where try await isAllowed(statement, connection) {
                        found[table.name, default: []].insert(deed)
                        break
                    }
                }
            }
            return found
        }
    }

    /// No privilege, a trigger that says no, and a view that cannot be written through: each is a no.
    private func isAllowed(_ statement: String, _ connection: PostgresConnection) async throws -> Bool {
        try await connection.execute(script: "begin")
        do {
            try await connection.execute(script: statement)
            try await connection.execute(script: "rollback")
            return true
        } catch let error as PostgresError where ["42501", "23001", "55000"].contains(error.sqlState) {
            try await connection.execute(script: "rollback")
            return false
        }
    }
}

@Suite("What the database's roles may do")
struct TableAccessTests {
    @Test("each role's deeds on each table, as tried, are those of docs/access.md", arguments: names)
    func matrix(_ name: String) async throws {
        try await ServiceUnderTest.with(try #require(services[name])) { service in
            let tables = try await service.tables()
            let roles = ServiceSchema.Role.allCases.map(service.service.schema.roleName) + [ServiceSchema.auditor]
            var access = AccessTable("tables of " + name, columns: ["table"] + roles)
            var all: [[String: Set<Deed>]] = []
            for role in roles { all.append(try await service.deeds(of: role, on: tables)) }
            for table in tables {
                access.add(
                    ["`\(table.name)`"]
                        + all.map { deeds in
                            Deed.allCases.filter { deeds[table.name]?.contains($0) == true }.map(\.rawValue)
                                .joined(separator: ", ")
                        })
            }
            for (role, deeds) in zip(roles, all) where role.hasSuffix("_reader") || role == ServiceSchema.auditor {
                #expect(deeds.values.allSatisfy { $0 == [.read] }, "\(role)")
            }
            #expect(!all.contains { $0.isEmpty })
            try access.requireOnPage()
        }
    }

    @Test("the columns that hold personal data, each sealed, are those of docs/access.md")
    func sealedColumns() async throws {
        var access = AccessTable("sealed columns", columns: ["service", "table", "sealed columns"])
        for name in names {
            try await ServiceUnderTest.with(try #require(services[name])) { service in
                for table in try await service.tables() {
                    let sealed = table.columns.filter { $0.type == "sealed_value" }.map { "`\($0.name)`" }
                    if !sealed.isEmpty { access.add([name, "`\(table.name)`", sealed.joined(separator: ", ")]) }
                }
            }
        }
        try access.requireOnPage()
    }

    @Test("a table with sealed values shows nobody unless somebody acts, and no view shows more", arguments: names)
    func guarded(_ name: String) async throws {
        try await ServiceUnderTest.with(try #require(services[name])) { service in
            try await service.asDatabaseRole(nil) { superuser in
                let unguarded = try await superuser.query(
                    """
                    select distinct c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                    where c.relnamespace = current_schema()::regnamespace and a.atttypid = 'sealed_value'::regtype
                        and not (c.relrowsecurity and c.relforcerowsecurity)
                    """)
                #expect(try unguarded.map { try $0.decode(String.self) } == [])
                let views = try await superuser.query(
                    """
                    select relname::text from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'v'
                        and not coalesce(reloptions, '{}') @> '{security_invoker=true}'
                    """)
                #expect(try views.map { try $0.decode(String.self) } == [])
                let policies = try await superuser.query(
                    """
                    select distinct roles::text || ' ' || cmd from pg_policies where schemaname = current_schema() order by 1
                    """)
                let found = try policies.map { try $0.decode(String.self) }
                let expected = ["{\(service.service.schema.roleName(.app))} ALL", "{\(ServiceSchema.auditor)} SELECT"]
                #expect(found == (service.service.sealsPersonalData ? expected : []))
            }
        }
    }

    @Test("no role of a service reads or writes another service's tables, makes tables, or is more than it seems")
    func apart() async throws {
        try await ServiceUnderTest.with(ReferralGateway.Main.service) { service in
            try await service.asDatabaseRole(nil) { superuser in
                for statement in [
                    "create schema other", "create table other.secret (a int)", "create table public.open (a int)",
                ] { try await superuser.execute(script: statement) }
            }
            for role in ServiceSchema.Role.allCases.map(service.service.schema.roleName) + [ServiceSchema.auditor] {
                try await service.asDatabaseRole(role) { connection in
                    for statement in [
                        "select * from other.secret", "create table public.mine (a int)", "create schema mine",
                        "create role mine", "set role postgres", "select pg_read_file('/etc/passwd')",
                        "copy (select 1) to program 'true'", "alter table public.open add b int",
                    ] {
                        await #expect(throws: PostgresError.self, "\(role): \(statement)") {
                            try await connection.execute(script: statement)
                        }
                    }
                }
            }
            try await service.asDatabaseRole(nil) { superuser in
                let more = try await superuser.query(
                    """
                    select rolname::text from pg_roles where rolname ~ '^(referral_gateway|takeup)_'
                        and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
                    """)
                #expect(try more.map { try $0.decode(String.self) } == [])
            }
        }
    }
}
