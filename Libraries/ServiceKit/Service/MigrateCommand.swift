import Messaging
import Postgres
import Telemetry

extension ServiceDefinition {
    var migrateCommand: Command {
        Command(
            "migrate", abstract: "Bring the database to this version.",
            discussion: """
                Forward only, one step at a time, each proven to be what was applied before. Runs as the owner role, or as
                the superuser of database.admin-url.
                """
        ) { line in
            let provision = line.flag("provision", "First make the schema and its roles; needs database.admin-url.")
            let onlyStatus = line.flag("status", "Only show which steps were applied.")
            let dryRun = line.flag("dry-run", "Run the steps and roll them back.")
            return { call in
                let configuration = try configuration(call)
                let log = LogOutput.begin(configuration, quieterThan: .warning)
                defer { log.flush() }
                let logger = Logger(label: name)
                if call[provision] { try requireAdmin(configuration) }
                let steps = try await PostgresConnection.with(
                    configuration.postgresForMigrations(schema), logger: logger
                ) { connection in
                    if call[provision] { try await makeCorner(as: connection) }
                    let migrator = Migrator(schema: schema, components: migrations, logger: logger)
                    return call[onlyStatus]
                        ? try await migrator.status(on: connection)
                        : try await migrator.run(on: connection, dryRun: call[dryRun])
                }
                call.show(table(steps, isStatus: call[onlyStatus], isDryRun: call[dryRun]))
                return .success
            }
        }
    }

    private func makeCorner(as superuser: PostgresConnection) async throws {
        try await schema.provision(as: superuser)
        for name in databaseExtensions {
            _ = try await superuser.query("create extension if not exists \(ident: name) with schema public")
        }
    }

    private func requireAdmin(_ configuration: Configuration) throws(CommandFailure) {
        guard configuration[CommonSettings.databaseAdminURL].isEmpty else { return }
        throw CommandFailure(
            .configuration, "Roles can only be made by a superuser.",
            next: "Set database.admin-url (TAKEUP_DATABASE_ADMIN_URL).")
    }

    private func table(_ steps: [MigrationStatus], isStatus: Bool, isDryRun: Bool) -> Table {
        var table = Table(
            title: isStatus ? "Migrations of \(name)" : isDryRun ? "Would be applied to \(name)" : "Applied to \(name)",
            columns: [
                .init("component", "Component"), .init("version", "Version"), .init("name", "Name"),
                .init("state", "State"),
            ])
        for step in steps {
            table.append([.text(step.component), .count(step.version), .text(step.name), .text(step.state.rawValue)])
        }
        return table
    }
}
