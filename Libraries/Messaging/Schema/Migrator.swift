package import Postgres
package import Telemetry

/// Brings a service's schema forward, one file at a time, and proves that what was applied is what the files say.
package struct Migrator: Sendable {
    package let schema: ServiceSchema
    private let components: [MigrationComponent]
    private let logger: Logger

    /// Another migration run is waited for at most this long.
    package static let lockWaitSecondsMax = 60
    /// A step that cannot get a table lock within 5 seconds lets everyone else pass and tries again, this often.
    package static let lockAttemptsMax = 5
    package static let lockTimeoutMilliseconds = 5_000

    /// The messaging component is put first; do not pass it.
    package init(schema: ServiceSchema, components: [MigrationComponent], logger: Logger) {
        self.schema = schema
        self.components = [.messaging] + components
        self.logger = logger
    }

    /// Every known step and every applied one, in the order in which they run. Works for any role that may read the schema.
    package func status(on connection: PostgresConnection) async throws -> [MigrationStatus] {
        try checkNumbering()
        let applied = try await appliedSteps(on: connection)
        let digests = try await digests(on: connection)
        return status(applied: applied, digests: digests)
    }

    /// Throws `.migrationsPending` or `.migrationChanged` unless the schema is what this program was built for. Services
    /// call it when they start; they never migrate by themselves. Steps of a newer program are accepted (rolling upgrade).
    package func requireCurrent(on connection: PostgresConnection) async throws {
        let status = try await status(on: connection)
        try refuseChanged(status)
        let pending = status.filter { $0.state == .pending }
        guard pending.isEmpty else {
            throw MessagingError(.migrationsPending, detail: pending.map(\.label).joined(separator: ", "))
        }
    }

    /// Applies what is pending and returns it. `dryRun` runs the same statements in one transaction and rolls it back;
    /// steps that cannot run in a transaction are then only listed. `connection` belongs to a superuser or to the owner; its
    /// role and its settings are afterwards what they were.
    package func run(on connection: PostgresConnection, dryRun: Bool = false) async throws -> [MigrationStatus] {
        try checkNumbering()
        let settings = try await Settings.read(on: connection)
        do {
            try await connection.execute(
                script: "set role \(schema.roleName(.owner)); set search_path = \(schema.name), pg_catalog")
            let done = try await runLocked(on: connection, dryRun: dryRun)
            try await settings.restore(on: connection)
            return done
        } catch {
            // The first error is the one to report; a broken connection has no settings any more.
            try? await settings.restore(on: connection)
            throw error
        }
    }

    private func runLocked(on connection: PostgresConnection, dryRun: Bool) async throws -> [MigrationStatus] {
        try await takeLock(on: connection)
        do {
            let done = dryRun ? try await rehearse(on: connection) : try await apply(on: connection)
            try await releaseLock(on: connection)
            return done
        } catch {
            // A session lock outlives the failed transaction; a broken connection has lost it anyway.
            try? await releaseLock(on: connection)
            throw error
        }
    }
}

// MARK: - Running

extension Migrator {
    private func apply(on connection: PostgresConnection) async throws -> [MigrationStatus] {
        try await connection.execute(script: Self.history)
        var done: [MigrationStatus] = []
        for step in try await pendingSteps(on: connection) {
            try await applyOne(step, on: connection)
            done.append(step.status(.applied))
        }
        return done
    }

    private func rehearse(on connection: PostgresConnection) async throws -> [MigrationStatus] {
        try await connection.execute(script: "begin")
        do {
            try await connection.execute(script: Self.history)
            var listed: [MigrationStatus] = []
            for step in try await pendingSteps(on: connection) {
                if !step.migration.isWithoutTransaction { try await perform(step, on: connection) }
                listed.append(step.status(.pending))
            }
            try await connection.execute(script: "rollback")
            return listed
        } catch {
            // The first error is the one to report.
            try? await connection.execute(script: "rollback")
            throw error
        }
    }

    private func applyOne(_ step: Step, on connection: PostgresConnection) async throws {
        var attempt = 1
        while true {
            do {
                try await connection.execute(script: "set lock_timeout = \(Self.lockTimeoutMilliseconds)")
                if step.migration.isWithoutTransaction {
                    try await perform(step, on: connection)
                } else {
                    try await connection.execute(script: "begin")
                    try await perform(step, on: connection)
                    try await connection.execute(script: "commit")
                }
                logger.info("migration applied", metadata: ["migration": step.label])
                return
            } catch let error as PostgresError where error.sqlState == "55P03" && attempt < Self.lockAttemptsMax {
                // Without a transaction there is nothing to roll back, and that is only a notice.
                try await connection.execute(script: "rollback")
                logger.info(
                    "migration waits for a table lock", metadata: ["migration": step.label, "attempt": "\(attempt)"])
                try await Task.sleep(for: .milliseconds(200 * attempt))
                attempt += 1
            } catch {
                // The first error is the one to report.
                try? await connection.execute(script: "rollback")
                throw error
            }
        }
    }

    private func perform(_ step: Step, on connection: PostgresConnection) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try await connection.execute(script: step.migration.statements(for: schema))
        let milliseconds = (clock.now - start) / .milliseconds(1)
        _ = try await connection.query(
            """
            insert into schema_migration (component, version, name, sha256, duration_ms)
            values (\(step.component), \(Int32(step.migration.version)), \(step.migration.name),
                encode(sha256(\(Array(step.migration.sql.utf8))), 'hex'), \(milliseconds))
            """)
    }

    private static let history = """
        create table if not exists schema_migration (
            component text not null,
            version integer not null,
            name text not null,
            sha256 text not null check (length(sha256) = 64),
            applied_at timestamptz not null default now(),
            duration_ms double precision not null,
            primary key (component, version)
        );
        do $history$ begin
            execute format('revoke insert, update, delete on schema_migration from %I', current_schema() || '_app');
        end $history$;
        """
}

// MARK: - What is applied

extension Migrator {
    private struct Step {
        let component: String
        let migration: Migration

        var label: String { "\(component) \(migration.name)" }

        func status(_ state: MigrationStatus.State) -> MigrationStatus {
            MigrationStatus(component: component, version: migration.version, name: migration.name, state: state)
        }
    }

    private struct StepID: Hashable {
        let component: String
        let version: Int
    }

    private struct Applied {
        let name: String
        let sha256: String
    }

    private var steps: [Step] {
        components.flatMap { component in component.migrations.map { Step(component: component.name, migration: $0) } }
    }

    private func checkNumbering() throws {
        let names = components.map(\.name)
        guard Set(names).count == names.count else {
            throw MessagingError(.migrationsMisnumbered, detail: "two components share a name")
        }
        for component in components
        where component.migrations.map(\.version) != Array(1...max(1, component.migrations.count)) {
            guard !component.migrations.isEmpty else { continue }
            throw MessagingError(.migrationsMisnumbered, detail: "\(component.name) is not numbered 1, 2, 3 ...")
        }
    }

    private func pendingSteps(on connection: PostgresConnection) async throws -> [Step] {
        let applied = try await appliedSteps(on: connection)
        try refuseChanged(status(applied: applied, digests: try await digests(on: connection)))
        return steps.filter { applied[StepID(component: $0.component, version: $0.migration.version)] == nil }
    }

    private func refuseChanged(_ status: [MigrationStatus]) throws {
        let changed = status.filter { $0.state == .changed }
        guard changed.isEmpty else {
            throw MessagingError(
                .migrationChanged,
                detail: "already applied and edited since: \(changed.map(\.label).joined(separator: ", "))")
        }
    }

    private func status(applied: [StepID: Applied], digests: [String]) -> [MigrationStatus] {
        var rest = applied
        var result = zip(steps, digests).map { step, digest in
            guard
                let found = rest.removeValue(forKey: StepID(component: step.component, version: step.migration.version))
            else { return step.status(.pending) }
            return step.status(found.sha256 == digest ? .applied : .changed)
        }
        let unknown = rest.sorted { ($0.key.component, $0.key.version) < ($1.key.component, $1.key.version) }
        result += unknown.map { id, found in
            MigrationStatus(component: id.component, version: id.version, name: found.name, state: .unknown)
        }
        return result
    }

    private func appliedSteps(on connection: PostgresConnection) async throws -> [StepID: Applied] {
        let table = "\(schema.name).schema_migration"
        let found = try await connection.query("select 1 where to_regclass(\(table)) is not null")
        guard !found.isEmpty else { return [:] }
        let rows = try await connection.query(
            "select component, version, name, sha256 from \(ident: schema.name).schema_migration")
        var applied: [StepID: Applied] = [:]
        for row in rows {
            let (component, version, name, sha256) = try row.decode(String.self, Int32.self, String.self, String.self)
            applied[StepID(component: component, version: Int(version))] = Applied(name: name, sha256: sha256)
        }
        return applied
    }

    /// PostgreSQL has SHA-256; a cryptographic library only for this would be one more edge in the house.
    private func digests(on connection: PostgresConnection) async throws -> [String] {
        let files = steps.map { Array($0.migration.sql.utf8) }
        let rows = try await connection.query(
            """
            select encode(sha256(file), 'hex') from unnest(\(files)::bytea[]) with ordinality as t (file, n) order by n
            """)
        return try rows.map { try $0.decode(String.self) }
    }
}

// MARK: - One at a time

extension Migrator {
    /// A lock of the session, because steps run in transactions of their own. The key is the schema's own number.
    private static let lockKey = "(select (oid::bigint << 16) | 1 from pg_namespace where nspname = current_schema())"

    private func takeLock(on connection: PostgresConnection) async throws {
        for _ in 0..<(Self.lockWaitSecondsMax * 4) {
            let rows = try await connection.query("select pg_try_advisory_lock(\(unescaped: Self.lockKey))")
            guard let row = rows.first else { throw MessagingError(.unexpectedAnswer) }
            if try row.decode(Bool.self) { return }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw MessagingError(.migrationLocked, detail: "another migration of \(schema.name) has not finished")
    }

    private func releaseLock(on connection: PostgresConnection) async throws {
        _ = try await connection.query("select pg_advisory_unlock(\(unescaped: Self.lockKey))")
    }
}

/// What a run changes of its session, and gives back.
private struct Settings {
    let role: String
    let searchPath: String
    let lockTimeout: String

    static func read(on connection: PostgresConnection) async throws -> Settings {
        let rows = try await connection.query(
            "select current_setting('role'), current_setting('search_path'), current_setting('lock_timeout')")
        guard let row = rows.first else { throw MessagingError(.unexpectedAnswer) }
        let (role, searchPath, lockTimeout) = try row.decode(String.self, String.self, String.self)
        return Settings(role: role, searchPath: searchPath, lockTimeout: lockTimeout)
    }

    func restore(on connection: PostgresConnection) async throws {
        _ = try await connection.query(
            """
            select set_config('role', \(role), false), set_config('search_path', \(searchPath), false),
                set_config('lock_timeout', \(lockTimeout), false)
            """)
    }
}

extension MigrationStatus {
    /// For messages, for example `messaging 0001_outbox`.
    package var label: String { "\(component) \(name)" }
}
