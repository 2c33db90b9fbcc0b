import Events
import FoundationEssentials
import Glibc
import HTTP
import Kafka
import Postgres
import ServiceKit
import Telemetry

/// Everything the demonstration starts, in a private folder, and ends again.
final class DemoStack: Sendable {
    let programs: [String: Program]
    let staff: DemoStaff
    /// Where the measures are shown.
    let pageURL: String
    let folder: String
    let postgres: LocalPostgreSQL
    /// The services' processes, in the order of `ServicePrograms.names`.
    let services: [ChildProcess]
    private let broker: DemoBroker

    private init(
        programs: [String: Program], staff: DemoStaff, pageURL: String, folder: String, postgres: LocalPostgreSQL,
        broker: DemoBroker, services: [ChildProcess]
    ) {
        self.programs = programs
        self.staff = staff
        self.pageURL = pageURL
        self.folder = folder
        self.postgres = postgres
        self.broker = broker
        self.services = services
    }

    /// The program of a service.
    func program(_ name: String) throws -> Program {
        guard let program = programs[name] else { throw CommandFailure(.internalBug, "There is no program \(name).") }
        return program
    }

    /// Starts the servers, makes the database, and starts the services; `tell` hears of each in plain words.
    static func start(
        on startBroker: () async throws -> DemoBroker = { try await DemoBroker.start() },
        by transport: DemoTransport = DemoTransport(), tell: @Sendable (String) -> Void
    ) async throws -> DemoStack {
        tell("Starting PostgreSQL, in a private folder, as an ordinary user")
        let postgres = try await LocalPostgreSQL.start(
            .init(durable: true, loopback: transport.isOverTCP, settings: transport.databaseSettings))
        var broker: DemoBroker?
        var services: [ChildProcess] = []
        do {
            let started = try await startBroker()
            broker = started
            tell("Using \(started.description)")
            let folder = postgres.folder + "/demo"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let staff = try DemoStaff(in: folder + "/identity", at: Date())
            try KeysFolder(folder + "/keys").create()
            let layout = try DemoLayout(postgres: postgres, broker: started, folder: folder, transport: transport)
            tell("Making the database: a schema and four roles for each service")
            try await layout.makeDatabase()
            for name in ServicePrograms.names { services.append(try layout.serve(name)) }
            try await layout.waitUntilReady()
            tell("Five services are ready")
            return DemoStack(
                programs: layout.programs, staff: staff, pageURL: layout.address(of: "kpi") + "/",
                folder: folder, postgres: postgres, broker: started, services: services)
        } catch {
            await end(services)
            await broker?.stop()
            await postgres.stop()
            throw error
        }
    }

    /// Ends everything in reverse and waits until it is gone.
    func stop() async {
        await Self.end(services)
        await broker.stop()
        await postgres.stop()
    }

    private static func end(_ services: [ChildProcess]) async {
        for service in services { service.signal(SIGTERM) }
        for service in services { _ = await service.exit(killedAfter: .seconds(30)) }
    }
}
