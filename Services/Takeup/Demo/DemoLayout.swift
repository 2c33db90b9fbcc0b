import FoundationEssentials
import HTTP
import Postgres
import ServiceKit
import Telemetry

/// Where each service of the demonstration runs, and with what settings.
struct DemoLayout: Sendable {
    let programs: [String: Program]
    private let ports: [String: Int]
    private let postgres: LocalPostgreSQL
    private let folder: String
    private let transport: DemoTransport

    init(postgres: LocalPostgreSQL, broker: DemoBroker, folder: String, transport: DemoTransport) throws {
        self.transport = transport
        self.postgres = postgres
        self.folder = folder
        var programs: [String: Program] = [:]
        var ports: [String: Int] = [:]
        for name in ServicePrograms.names {
            let port = try FreePort.find()
            ports[name] = port
            var environment = [
                "PATH": "/usr/bin:/bin",
                "TAKEUP_DATABASE_URL": transport.databaseURL(name, "takeup", postgres),
                "KAFKA_BOOTSTRAP_SERVERS": broker.servers,
                "TAKEUP_KAFKA_EMBEDDED": broker.isEmbedded ? "true" : "false",
                "TAKEUP_HTTP_PORT": String(port),
                "TAKEUP_IDENTITY_FOLDER": folder + "/identity", "TAKEUP_KEYS_FOLDER": folder + "/keys",
                "TAKEUP_KEYS_URL": transport.databaseURL(name, "takeup_keys", postgres),
            ]
            environment.merge(transport.environment(name)) { _, new in new }
            if name == "dp-finance" { environment.merge(Self.bank) { _, new in new } }
            programs[name] = Program(path: try ServicePrograms.path(name), environment: environment)
        }
        self.programs = programs
        self.ports = ports
    }

    /// Where a service answers.
    func address(of name: String) -> String { "\(transport.scheme)://127.0.0.1:\(ports[name] ?? 0)" }

    /// An account that no bank has.
    private static let bank = [
        "TAKEUP_BACS_SERVICE_USER_NUMBER": "999999", "TAKEUP_BACS_SORT_CODE": "000000",
        "TAKEUP_BACS_ACCOUNT_NUMBER": "00000000", "TAKEUP_BACS_ACCOUNT_NAME": "LEEDS CITY COUNCIL",
    ]

    func makeDatabase() async throws {
        try await PostgresConnection.with(
            PostgresConfiguration(url: postgres.url()), logger: Logger(label: "demo")
        ) { connection in
            _ = try await connection.query("create database takeup")
            _ = try await connection.query("create database takeup_keys")
        }
        try await KeysCommands.provisionKeyDatabase(at: postgres.url(database: "takeup_keys"))
        for name in ServicePrograms.names {
            guard let program = programs[name] else { continue }
            var environment = program.environment
            environment["TAKEUP_DATABASE_ADMIN_URL"] = postgres.url(database: "takeup")
            try await Program(path: program.path, environment: environment).run(["migrate", "--provision"])
        }
    }

    /// Starts a service, which ends when this process does; its log goes to a file of its own.
    func serve(_ name: String) throws -> ChildProcess {
        guard let program = programs[name] else { throw CommandFailure(.internalBug, "There is no program \(name).") }
        return try ChildProcess.start(
            .init(program.path, ["serve", "--until-input-ends"], environment: program.environment), input: .untilWeEnd,
            output: .discard, error: .file("\(folder)/\(name).log"))
    }

    /// Returns when every service says that it is ready; throws with the end of its log where one does not become so.
    func waitUntilReady() async throws {
        let client = HTTPClient(transport.client)
        for name in ServicePrograms.names {
            try await Patience.wait(for: "\(name) to be ready, see \(folder)/\(name).log") {
                // No answer at all is what a service that is still starting gives.
                let answer = try? await client.send(
                    HTTPClientRequest(.get, address(of: name) + "/readyz", timeout: .seconds(2)))
                return answer?.status.rawValue == 200
            }
        }
        await client.stop()
    }
}

/// Waiting for something that another process does.
enum Patience {
    static let limit: Duration = .seconds(90)

    /// Asks again until `isDone`; throws after a minute and a half.
    static func wait(for what: String, _ isDone: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !isDone() {
            guard ContinuousClock.now < end else {
                throw CommandFailure(.failed, "Waited too long for \(what).")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
