package import Postgres
import Telemetry

/// A service's own corner of the database: a schema and four roles that can touch nothing else.
///
/// | role | may |
/// |---|---|
/// | `<schema>_owner` | change the tables (migrations) |
/// | `<schema>_app` | read and write rows, except where a migration takes that away |
/// | `<schema>_relay` | publish the outbox |
/// | `<schema>_reader` | read, but no rows about people |
///
/// One more role is the same for every service: ``auditor`` reads everything, rows about people as they are stored, and writes nothing.
package struct ServiceSchema: Sendable, Hashable {
    /// The schema's name, for example `case_intake`. Lower-case letters, digits and underscores, at most 40 characters.
    package let name: String
    /// The CloudEvents source of what the service publishes, for example `/case-intake`.
    package let source: String

    /// The four roles.
    package enum Role: String, Sendable, CaseIterable {
        case owner, app, relay, reader
    }

    /// The role of whoever audits, in every service of a server.
    package static let auditor = "takeup_auditor"

    /// PostgreSQL cuts names at 63 bytes; this leaves room for the roles' suffixes and for index names.
    package static let nameCharactersMax = 40

    /// Throws `MessagingError.invalidSchemaName` unless `name` can stand in SQL without quotes.
    package init(name: String, source: String) throws {
        guard Self.isPlainIdentifier(name) else { throw MessagingError(.invalidSchemaName) }
        self.name = name
        self.source = source
    }

    /// The database role that plays `role` here.
    package func roleName(_ role: Role) -> String { "\(name)_\(role.rawValue)" }

    private static func isPlainIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.count <= nameCharactersMax
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}

extension ServiceSchema {
    /// Makes the roles, the schema and its default privileges. Run as a superuser; running it again changes nothing.
    ///
    /// `passwords` are set for the roles named in it. A role without one can only log in where the server trusts the
    /// connection itself (a socket with peer authentication, a client certificate).
    package func provision(as superuser: PostgresConnection, passwords: [Role: String] = [:]) async throws {
        // Two first starts side by side: roles belong to the whole server, so "create if missing" needs a lock.
        try await superuser.execute(script: "begin")
        do {
            _ = try await superuser.query("select pg_advisory_xact_lock(hashtextextended('takeup.provision', 0))")
            for role in Role.allCases {
                try await createRole(roleName(role), password: passwords[role], on: superuser)
            }
            try await createRole(Self.auditor, password: nil, on: superuser)
            try await superuser.execute(script: privileges)
            try await superuser.execute(script: "commit")
        } catch {
            // The connection may be gone, which rolls back too; the first error is the one worth telling.
            try? await superuser.execute(script: "rollback")
            throw error
        }
    }

    private func createRole(_ roleName: String, password: String?, on superuser: PostgresConnection) async throws {
        // The lock is this database's; somebody may be making the role from another one.
        try await superuser.execute(
            script: """
                do $role$ begin
                    if not exists (select from pg_roles where rolname = '\(roleName)') then
                        create role \(roleName) login nosuperuser nocreatedb nocreaterole noreplication;
                    end if;
                exception when duplicate_object or unique_violation then
                end $role$
                """)
        guard let password else { return }
        let statement = try await superuser.query(
            "select format('alter role %I password %L', \(roleName)::text, \(password)::text)")
        guard let row = statement.first else { throw MessagingError(.unexpectedAnswer) }
        try await superuser.execute(script: try row.decode(String.self))
    }

    /// The database name is read inside: `alter role ... in database` takes no parameter.
    private var privileges: String {
        let owner = roleName(.owner)
        let app = roleName(.app)
        let relay = roleName(.relay)
        let reader = roleName(.reader)
        let searchPaths = Role.allCases.map { role in
            "execute format('alter role \(roleName(role)) in database %I set search_path = \(name), pg_catalog', db);"
        }
        return """
            create schema if not exists \(name) authorization \(owner);
            alter schema \(name) owner to \(owner);
            revoke all on schema \(name) from public;
            grant usage on schema \(name) to \(app), \(relay), \(reader), \(Self.auditor);
            alter default privileges for role \(owner) in schema \(name)
                grant select, insert, update, delete on tables to \(app);
            alter default privileges for role \(owner) in schema \(name) grant usage, select on sequences to \(app);
            alter default privileges for role \(owner) in schema \(name) grant select on tables to \(reader), \(Self.auditor);
            grant select on all tables in schema \(name) to \(Self.auditor);
            alter default privileges for role \(owner) revoke execute on functions from public;
            alter default privileges for role \(owner) in schema \(name) grant execute on functions to \(app), \(reader);
            revoke create on schema public from public;
            do $provision$
            declare db text := current_database();
            begin
                \(searchPaths.joined(separator: "\n    "))
                execute format('revoke temporary on database %I from public', db);
            end
            $provision$;
            """
    }
}
