import Events
import FoundationEssentials
import HTTP
import Kafka
import Postgres
import ServiceKit
import Telemetry
import TestSupport
import Testing

@testable import Takeup

/// The five services as processes of their own, with the people of the demonstration, on a broker that a test may do anything to.
struct Council: Sendable {
    let stack: DemoStack
    let broker: TestBroker

    /// The broker of this process: Apache Kafka where KAFKA_HOME names it, else the embedded one. `tools/test` runs both.
    static let brokerKind: BrokerKind = BrokerKind.available.contains(.apacheKafka) ? .apacheKafka : .embedded
    static let topics = Topic.allCases.map { (name: $0.rawValue, partitions: Int(Topic.partitions)) }
    /// The schema of each service.
    static let schemas = ServicePrograms.names.map { $0.replacing("-", with: "_") }

    /// Starts everything, runs `body`, and ends everything.
    static func with<Result>(_ body: (Council) async throws -> Result) async throws -> Result {
        let broker = try await TestBroker.start(brokerKind)
        return try await ending({ await broker.stop() }) {
            for topic in topics { try await broker.makeTopic(named: topic.name, partitions: topic.partitions) }
            let address = DemoBroker(
                servers: broker.configuration.bootstrapServers, description: "\(brokerKind)",
                isEmbedded: brokerKind == .embedded, end: {})
            let stack = try await DemoStack.start(on: { address }, tell: { _ in })
            return try await ending({ await stack.stop() }) {
                let council = Council(stack: stack, broker: broker)
                do { return try await body(council) } catch {
                    throw Stranded(cause: error, account: await council.account())
                }
            }
        }
    }

    /// It dies, forgets every event and every offset, and comes back empty.
    func loseEverything() async throws {
        try await broker.loseEverything(topics: Self.topics)
    }

    /// Asks the database as its superuser, who sees every schema.
    func query(_ query: Query, in database: String = "takeup") async throws -> [Row] {
        try await PostgresConnection.with(
            PostgresConfiguration(url: stack.postgres.url(database: database)), logger: Logger(label: "tests")
        ) { Array(try await $0.query(query)) }
    }

    /// A count, by a statement that gives one number.
    func count(_ query: Query) async throws -> Int {
        guard let row = try await self.query(query).first else { return 0 }
        return Int(try row.decode(Int64.self))
    }
}

extension Council {
    /// Where a service listens.
    func url(of service: String) throws -> String {
        let port = try #require(try stack.program(service).environment["TAKEUP_HTTP_PORT"])
        return "http://127.0.0.1:\(port)"
    }

    /// A client of the services, which listen on this machine without TLS.
    static func client() -> HTTPClient {
        var configuration = HTTPClientConfiguration()
        configuration.allowsPlainHTTP = true
        return HTTPClient(configuration)
    }

    /// Somebody new, signed in.
    func signIn(_ handle: String, _ role: Role) throws -> DemoPerson {
        let identity = LocalIdentity(folder: stack.folder + "/identity")
        let secret = Array(UUID().uuidString.utf8)
        try identity.add(id: UUID(), handle: handle, name: handle, roles: [role], secret: secret)
        let file = "\(stack.folder)/identity/\(handle).token"
        try TokenFile.write(try identity.signIn(handle: handle, secret: secret, at: Date()), to: file)
        return DemoPerson(tokenFile: file)
    }

    /// Runs a verb that may fail.
    func run(_ program: Program, _ words: [String], as person: DemoPerson) async throws -> ChildProcess.Result {
        var environment = program.environment
        environment["TAKEUP_TOKEN_FILE"] = person.tokenFile
        return try await ChildProcess.run(
            .init(program.path, words, environment: environment), limit: Program.limit)
    }

    /// The processes that were started are those that run, and each says that it is alive and ready.
    func requireAllAlive() async throws {
        let client = Self.client()
        for (name, process) in zip(ServicePrograms.names, stack.services) {
            #expect(process.exitIfEnded == nil, "\(name) died")
            for path in ["/livez", "/readyz"] {
                let answer = try await client.send(HTTPClientRequest(.get, try url(of: name) + path))
                #expect(answer.status.rawValue == 200, "\(name)\(path)")
            }
        }
        await client.stop()
    }
}

/// Asks again until `isDone`; false where `limit` passed before.
func eventually(within limit: Duration, _ isDone: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await isDone() { return true }
        try await Task.sleep(for: .milliseconds(100))
    }
    return false
}
