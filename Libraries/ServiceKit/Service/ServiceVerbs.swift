import FoundationEssentials
import Messaging
import Postgres
import Telemetry

extension Invocation {
    /// Writes a result to standard output, in the format that was asked for.
    package func show(_ table: Table, isRehearsal: Bool = false) {
        var table = table
        if isRehearsal { table.notes.append("This was a rehearsal: nothing was stored and nothing will be published.") }
        terminal.output.write(table.rendered(as: common.format))
    }
}

extension ServiceDefinition {
    /// The configuration of a call, or everything that is wrong with it.
    package func configuration(_ call: Invocation) throws -> Configuration {
        try ConfigurationLoader(settings).load(call.common)
    }

    /// Opens what a verb needs, runs `body`, and closes it again.
    package func withContext<Result: Sendable>(
        _ call: Invocation, _ body: @escaping @Sendable (ServiceContext) async throws -> Result
    ) async throws -> Result {
        let configuration = try configuration(call)
        let log = LogOutput.begin(configuration, quieterThan: .warning)
        defer { log.flush() }
        let pool = PostgresPool(try configuration.postgres(schema, as: .app), maximumConnections: 2)
        let keys = try KeyConnections(self, configuration, maximumConnections: 1)
        let context = ServiceContext(
            configuration: configuration, pool: pool, outbox: Outbox(source: schema.source),
            verifier: try IdentityVerifier(configuration), logger: Logger(label: name), health: HealthRegistry(),
            quotas: RequestQuotas(configuration), relay: nil, keyVault: keys?.vault)
        return try await running([pool] + (keys.map { [$0.pool] } ?? [])) {
            try await keys?.requireErasuresInForce(context.logger)
            return try await body(context)
        }
    }

    /// Runs `body` while the pools run, and stops them behind it.
    func running<Result: Sendable>(
        _ pools: [PostgresPool], _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        @Sendable func stop() async { for pool in pools { await pool.stop() } }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            for pool in pools {
                group.addTask {
                    try await pool.run()
                    return nil
                }
            }
            group.addTask { try await body() }
            do {
                while let ended = try await group.next() {
                    guard let result = ended else { continue }
                    await stop()
                    try await group.waitForAll()
                    return result
                }
                throw CancellationError()
            } catch {
                await stop()
                throw error
            }
        }
    }

    /// A verb's whole work: the person who signed in acts, in one transaction as the application role; the table is shown.
    /// With `dryRun` everything is done and rolled back.
    package func act(
        _ call: Invocation, _ permission: Permission, dryRun: Bool = false,
        _ body: @escaping @Sendable (Work) async throws -> Table
    ) async throws -> ExitCode {
        try await perform(call, permission, dryRun: dryRun, preparing: { _ in }, { work, _ in try await body(work) })
    }

    /// The same for a verb that only looks.
    package func look(
        _ call: Invocation, _ permission: Permission, _ body: @escaping @Sendable (Work) async throws -> Table
    ) async throws -> ExitCode {
        try await perform(call, permission, readOnly: true, preparing: { _ in }, { work, _ in try await body(work) })
    }

    /// Both, for whom something has to be fetched before the transaction, in which nobody but the database is asked.
    func perform<Prepared: Sendable>(
        _ call: Invocation, _ permission: Permission, dryRun: Bool = false, readOnly: Bool = false,
        preparing prepare: @escaping @Sendable (ServiceContext) async throws -> Prepared,
        _ body: @escaping @Sendable (Work, Prepared) async throws -> Table
    ) async throws -> ExitCode {
        let table = try await withContext(call) { context in
            let person = try await context.signedInPerson()
            try person.require(permission)
            let prepared = try await prepare(context)
            return try await context.act(as: person, permission, dryRun: dryRun, readOnly: readOnly) { work in
                try await body(work, prepared)
            }
        }
        call.show(table, isRehearsal: dryRun)
        return .success
    }
}

/// The log of a process, from its settings.
struct LogOutput {
    private let sink: JSONLogSink

    /// Logs go to standard error. A verb that a person watches only shows what is at least `quietest`, unless a lower level
    /// was asked for.
    static func begin(_ configuration: Configuration, quieterThan quietest: Logger.Level = .trace) -> LogOutput {
        let sink = JSONLogSink()
        sink.start()
        let asked = configuration[CommonSettings.logLevel]
        LoggingSystem.bootstrap(sink, level: asked < .info ? asked : max(asked, quietest))
        return LogOutput(sink: sink)
    }

    func flush() { sink.flush() }
}
