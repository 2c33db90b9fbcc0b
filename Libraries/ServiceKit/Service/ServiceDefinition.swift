package import Events
package import HTTP
package import Messaging
import Safeguards

/// What makes one service different from the others; everything else they do the same way.
///
/// ```swift
/// @main enum CaseIntake {
///     static func main() { ServiceMain.run(service.command) }
///
///     static let service = ServiceDefinition(
///         name: "case-intake", abstract: "Take a referral to a first payment.", schemaName: "case_intake", httpPort: 8081,
///         migrations: [MigrationComponent("case_intake", [...])],
///         consumers: { context in [ConsumerDefinition("case-intake", [.referrals, .payments], ReferralHandler())] },
///         routes: { router, context in addCaseRoutes(&router, context) },
///         verbs: { service in [casesCommand(service)] })
/// }
/// ```
package struct ServiceDefinition: Sendable {
    /// The executable's name, and the consumer's by custom.
    package let name: String
    /// One sentence for its help.
    package let abstract: String
    /// Its corner of the database, and the source of its events.
    package let schema: ServiceSchema
    /// Where it listens.
    package let httpPort: Setting<Int>
    /// Its tables, after those of the audit; Messaging's own come first by themselves.
    package let migrations: [MigrationComponent]
    /// PostgreSQL's own extensions that its tables need.
    let databaseExtensions: [String]
    /// Whether its tables hold what is about people, sealed: then it needs keys.
    package let sealsPersonalData: Bool
    let erasure: ErasureDuties
    /// All settings that it understands.
    package let settings: SettingList

    let consumers: @Sendable (ServiceContext) throws -> [ConsumerDefinition]
    let routes: @Sendable (inout Router, ServiceContext) throws -> Void
    let members: @Sendable (ServiceContext) throws -> [ServiceGroup.Member]
    let verbs: @Sendable (ServiceDefinition) -> [Command]

    /// A service whose events come from `/name`.
    ///
    /// - Parameters:
    ///   - schemaName: a plain SQL name; anything else is a mistake of the programmer.
    ///   - databaseExtensions: what comes with PostgreSQL, such as `btree_gist`; made when the schema is provisioned.
    ///   - settings: beside the common ones.
    ///   - members: whatever else must run while it serves.
    package init(
        name: String, abstract: String, schemaName: String, httpPort: Int, migrations: [MigrationComponent] = [],
        databaseExtensions: [String] = [], sealsPersonalData: Bool = false,
        erasure: ErasureDuties = ErasureDuties(), settings: SettingList = SettingList(),
        consumers: @escaping @Sendable (ServiceContext) throws -> [ConsumerDefinition] = { _ in [] },
        routes: @escaping @Sendable (inout Router, ServiceContext) throws -> Void = { _, _ in },
        members: @escaping @Sendable (ServiceContext) throws -> [ServiceGroup.Member] = { _ in [] },
        verbs: @escaping @Sendable (ServiceDefinition) -> [Command] = { _ in [] }
    ) {
        do {
            schema = try ServiceSchema(name: schemaName, source: "/" + name)
        } catch {
            preconditionFailure("\(schemaName) is no plain SQL name")
        }
        self.name = name
        self.abstract = abstract
        self.httpPort = Setting("http.port", default: httpPort, "The port to listen on; 0 for any free one.")
        self.migrations = [Self.audit] + migrations
        self.databaseExtensions = databaseExtensions
        self.sealsPersonalData = sealsPersonalData
        self.erasure = erasure
        var own = SettingList()
        own.add(self.httpPort)
        self.settings = CommonSettings.list.adding(own).adding(settings)
        self.consumers = consumers
        self.routes = routes
        self.members = members
        self.verbs = verbs
    }

    /// The whole command line of the service: what every service can do, and its own verbs.
    package var command: Command {
        Command(
            name, abstract: abstract,
            subcommands: [
                serveCommand, migrateCommand, doctorCommand, configCommand, outboxCommand, replayCommand,
                deadLettersCommand, auditCommand, erasureCommand,
            ] + verbs(self))
    }
}

extension ServiceDefinition {
    private static let audit = MigrationComponent(
        SafeguardsSchema.component,
        SafeguardsSchema.steps.map { Migration(version: $0.version, name: $0.name, utf8: $0.sql) })
}

/// One reader of events.
package struct ConsumerDefinition: Sendable {
    /// The name its progress is kept under; changing it reads everything again.
    package let name: String
    /// What it reads.
    package let topics: [Topic]
    /// What it does.
    package let handler: any EventHandler

    /// A consumer.
    package init(_ name: String, _ topics: [Topic], _ handler: any EventHandler) {
        self.name = name
        self.topics = topics
        self.handler = handler
    }
}
