import Events
import HTTP
import Kafka
import Messaging
import Postgres
import Telemetry

extension HTTPServer: LongRunning {}
extension PostgresPool: LongRunning {}
extension Relay: LongRunning {}
extension EventConsumer: LongRunning {}

extension ServiceDefinition {
    var serveCommand: Command {
        Command(
            "serve", abstract: "Run the service until SIGTERM or SIGINT.",
            discussion: """
                Stops gracefully: accepted requests are answered, batches in hand are finished, and after 25 seconds what is
                left is cancelled. A second SIGINT cancels at once.
                """
        ) { line in
            let untilInputEnds = line.flag(
                "until-input-ends", "Stop at the end of standard input too: for a program that starts services.")
            return { call in
                if call[untilInputEnds] { call.signals.terminateWhenInputEnds() }
                let configuration = try configuration(call)
                let log = LogOutput.begin(configuration)
                defer { log.flush() }
                return try await serve(call, configuration)
            }
        }
    }

    private func serve(_ call: Invocation, _ configuration: Configuration) async throws -> ExitCode {
        let logger = Logger(label: name)
        try await requireCurrentSchema(configuration, logger)
        let pool = PostgresPool(
            try configuration.postgres(schema, as: .app),
            maximumConnections: min(64, max(1, configuration[CommonSettings.databaseConnections])))
        let keys = try KeyConnections(self, configuration, maximumConnections: 4)
        if let keys { try await forgetAgain(try await keys.requireErasuresInForce(logger), configuration, logger) }
        let bus = try KafkaBus(configuration.kafka(clientID: name), logger: logger)
        let relay = Relay(
            configuration: try configuration.postgres(schema, as: .relay), bus: bus, pool: pool,
            options: relayOptions(configuration), logger: logger)
        let context = ServiceContext(
            configuration: configuration, pool: pool, outbox: Outbox(source: schema.source),
            verifier: try IdentityVerifier(configuration), logger: logger, health: HealthRegistry(),
            quotas: RequestQuotas(configuration), relay: relay, keyVault: keys?.vault)
        let consumers = try consumers(context).map { definition in
            EventConsumer(
                consumer: definition.name, topics: definition.topics, pool: pool, bus: bus, handler: definition.handler,
                logger: logger)
        }
        let server = try HTTPServer(
            configuration.httpServer(port: configuration[httpPort]), router: try router(context), logger: logger)
        addChecks(context, consumers)
        var members: [ServiceGroup.Member] = []
        if let exporter = OTLPExporter.configured(configuration, serviceName: name) {
            TracingSystem.bootstrap(exporter)
            members.append(.init("traces", exporter))
        }
        members += [.init("database", pool), .init("relay", relay)]
        if let keys { members.append(.init("key database", keys.pool)) }
        if let sealer = try sealer(configuration) {
            members.append(.init("audit seals", AuditSealing(sealer, pool: pool, logger: logger)))
        } else {
            logger.warning("the audit is not sealed, because keys.folder is not set")
        }
        members += consumers.map { .init("consumer " + $0.consumer, $0) }
        members += try self.members(context)
        members += [.init("http", server), .init("readiness", Readiness(health: context.health))]
        recordBuild()
        logger.notice("serving", metadata: ["http.port": String(server.port), "version": takeupVersion])
        let ending = await ServiceGroup(members, logger: logger).run(signals: call.signals)
        if case .failed(let member, let reason) = ending {
            logger.critical("a part of the service failed", metadata: ["member": member, "reason": reason])
            call.terminal.say("Error: \(member) failed: \(reason)")
        }
        return ending.exitCode
    }

    /// A service never migrates by itself: it refuses to run on tables that it was not built for.
    private func requireCurrentSchema(_ configuration: Configuration, _ logger: Logger) async throws {
        do {
            try await PostgresConnection.with(configuration.postgres(schema, as: .app), logger: logger) {
                try await Migrator(schema: schema, components: migrations, logger: logger).requireCurrent(on: $0)
            }
        } catch let error as MessagingError where error.code == .migrationsPending {
            throw CommandFailure(
                .configuration, "The database is not at the version that this program needs.", why: "\(error).",
                next: "Run: \(name) migrate")
        }
    }

    private func relayOptions(_ configuration: Configuration) -> RelayOptions {
        guard configuration[CommonSettings.kafkaEmbedded] else { return RelayOptions() }
        let groups = Topic.allCases.map { ($0.rawValue, $0.consumerGroups) }
        return .embedded(groups: Dictionary(groups) { first, _ in first })
    }

    private func router(_ context: ServiceContext) throws -> Router {
        var router = Router()
        router.add(context.quotas)
        router.addHealthRoutes(context.health)
        try routes(&router, context)
        return router
    }

    /// Without a broker the process is ready all the same: what it is told waits in the outbox.
    private func addChecks(_ context: ServiceContext, _ consumers: [EventConsumer]) {
        context.health.add("database", .ready) {
            _ = try await context.pool.query("select 1", deadline: .seconds(2))
            return .good
        }
        for consumer in consumers {
            context.health.add("consumer " + consumer.consumer, .live) {
                consumer.status?.isHealthy == false ? .bad("a handler hangs, or the loop stands still") : .good
            }
            context.health.add("consumer " + consumer.consumer, .ready) {
                consumer.status?.isRunning == true ? .good : .bad("not reading")
            }
        }
    }

    private func recordBuild() {
        MetricsRegistry.shared.describe("build_info", "The version that runs.")
        Gauge(label: "build_info", dimensions: [("service", name), ("version", takeupVersion)]).record(1)
    }
}

/// The first to stop: from then on `/readyz` says no, while everything else still works.
private final class Readiness: LongRunning {
    private let health: HealthRegistry
    private let gate = AsyncStream.makeStream(of: Void.self)

    init(health: HealthRegistry) { self.health = health }

    func run() async throws { for await _ in gate.stream {} }

    func stop() async {
        health.beginStopping()
        gate.continuation.finish()
    }
}

extension OTLPExporter {
    /// The exporter that the settings ask for, if any.
    static func configured(_ configuration: Configuration, serviceName: String) -> OTLPExporter? {
        let endpoint = configuration[CommonSettings.tracesURL]
        guard !endpoint.isEmpty else { return nil }
        var client = HTTPClientConfiguration()
        // A collector on the same machine speaks plain HTTP by custom; spans carry no personal data.
        client.allowsPlainHTTP = true
        return OTLPExporter(endpoint: endpoint, serviceName: serviceName, transport: .http(HTTPClient(client)))
    }
}

extension OTLPExporter.Transport {
    /// Over HTTP. The trace that happens to run is not carried along: sending spans is no part of it.
    static func http(_ client: HTTPClient) -> OTLPExporter.Transport {
        OTLPExporter.Transport(
            post: { url, json in
                let request = HTTPClientRequest(
                    .post, url, headers: [("Content-Type", "application/json")], body: json, timeout: .seconds(5))
                let response = try await TraceContext.$current.withValue(nil) { try await client.send(request) }
                return (200..<300).contains(Int(response.status.rawValue))
            },
            stop: { await client.stop() })
    }
}
