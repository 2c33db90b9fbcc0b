import Events
import Kafka
import Messaging
import Postgres
import Telemetry

extension ServiceDefinition {
    var doctorCommand: Command {
        Command(
            "doctor", abstract: "Check everything the service needs, and say how to mend it.",
            discussion: "Exits with 2 when something is wrong."
        ) { _ in
            { call in
                let configuration = try configuration(call)
                let log = LogOutput.begin(configuration, quieterThan: .critical)
                defer { log.flush() }
                let findings = await Doctor(definition: self, configuration: configuration).examine()
                call.show(Doctor.table(name, findings))
                return findings.allSatisfy(\.isGood) ? .success : .foundProblems
            }
        }
    }
}

/// What `doctor` looks at.
private struct Doctor {
    struct Finding: Sendable {
        let what: String
        let isGood: Bool
        let detail: String
        let next: String
    }

    let definition: ServiceDefinition
    let configuration: Configuration
    private let logger: Logger

    init(definition: ServiceDefinition, configuration: Configuration) {
        self.definition = definition
        self.configuration = configuration
        logger = Logger(label: definition.name)
    }

    func examine() async -> [Finding] {
        var findings: [Finding] = []
        findings += await database()
        findings.append(
            await check(
                "relay's database role", "Set database.relay-url, or run '\(definition.name) migrate --provision'."
            ) {
                try await connect(.relay) { _ in "connects" }
            })
        if definition.sealsPersonalData {
            findings.append(
                await check("keys", "See keys.folder and keys.url, and 'takeup keys'.") {
                    let keys = try KeyConnections(definition, configuration, maximumConnections: 1)
                    try await keys?.requireErasuresInForce(logger)
                    return "people's keys can be read, erasures are in force"
                })
        }
        findings += await broker()
        findings.append(
            await check("who may act", "Run 'takeup identity create', or set identity.oidc.*.") {
                _ = try IdentityVerifier(configuration)
                let isNobody =
                    configuration[CommonSettings.identityFolder].isEmpty
                    && configuration[CommonSettings.oidcIssuer].isEmpty
                guard !isNobody else {
                    throw CommandFailure(.configuration, "neither a local identity nor a provider is set")
                }
                return "tokens can be verified"
            })
        return findings
    }

    private func database() async -> [Finding] {
        let reachable = await check("database", "Is PostgreSQL running, and is database.url right?") {
            try await connect(.app) { _ in "connects as \(definition.schema.roleName(.app))" }
        }
        guard reachable.isGood else { return [reachable] }
        let name = definition.name
        return [
            reachable,
            await check("tables", "Run '\(name) migrate'.") {
                try await connect(.app) { connection in
                    try await Migrator(schema: definition.schema, components: definition.migrations, logger: logger)
                        .requireCurrent(on: connection)
                    return "at this version"
                }
            },
            await check("outbox", "Is '\(name) serve' running, and does the broker answer?") {
                try await connect(.app) { connection in
                    let waiting = try await OutboxStatus.read(connection)
                    guard waiting.oldestAge < OutboxStatus.oldestAgeMax else {
                        throw CommandFailure(
                            .failed, "\(waiting.count) events wait, the oldest for \(Int(waiting.oldestAge)) s")
                    }
                    return "\(waiting.count) events wait"
                }
            },
            await check("dead letters", "Look at them: '\(name) dead-letters list'.") {
                try await connect(.app) { connection in
                    let row = try await connection.query("select count(*) from dead_letter where state = 'open'").first
                    let count = try row?.decode(Int64.self) ?? 0
                    guard count == 0 else { throw CommandFailure(.failed, "\(count) open") }
                    return "none open"
                }
            },
        ]
    }

    private func broker() async -> [Finding] {
        [
            await check("broker", "Is the broker running, and is kafka.bootstrap-servers right?") {
                let admin = try KafkaAdmin(configuration.kafka(clientID: "\(definition.name)-doctor"), logger: logger)
                let topics = try await admin.topics()
                // A cluster with access rules tells of no other topics.
                let own = Topic.allCases.filter {
                    $0.producer == definition.name || $0.consumerGroups.contains(definition.name)
                }
                let missing = own.map(\.rawValue).filter { topics[$0] == nil }
                guard missing.isEmpty else {
                    throw CommandFailure(.failed, "topics are missing: \(missing.joined(separator: ", "))")
                }
                return "answers, its topics are there"
            }
        ]
    }

    private func connect(
        _ role: ServiceSchema.Role, _ body: (PostgresConnection) async throws -> String
    ) async throws -> String {
        try await PostgresConnection.with(
            configuration.postgres(definition.schema, as: role), logger: logger, body)
    }

    private func check(_ what: String, _ next: String, _ body: () async throws -> String) async -> Finding {
        do {
            return Finding(what: what, isGood: true, detail: try await body(), next: "")
        } catch {
            return Finding(what: what, isGood: false, detail: CommandFailure(describing: error).what, next: next)
        }
    }

    static func table(_ name: String, _ findings: [Finding]) -> Table {
        var table = Table(
            title: "Health of \(name)",
            columns: [
                .init("check", "Check"), .init("good", "Good"), .init("detail", "What was found"),
                .init("next", "What to do"),
            ])
        for finding in findings {
            table.append([.text(finding.what), .bool(finding.isGood), .text(finding.detail), .text(finding.next)])
        }
        return table
    }
}
