package import Postgres
package import Telemetry

/// Publishes what a service's transactions put into its outbox, in order per key, at least once.
///
/// Several relays may run for one outbox (a rolling upgrade): each shard is published by the one that holds its lock.
package final class Relay: Sendable {
    private let options: RelayOptions
    private let loops: [RelayLoop]
    private let log: RelayLog
    private let pool: PostgresPool?
    private let signal: WakeSignal
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: the service's database as its relay role. Each loop opens a connection of its own.
    ///   - pool: where the gauges are measured; nil measures none.
    package init(
        configuration: PostgresConfiguration, bus: any MessageBus, pool: PostgresPool? = nil,
        options: RelayOptions = RelayOptions(), logger: Logger
    ) {
        let retention = options.retention.map { RetentionGuard(retention: $0, bus: bus) }
        let log = RelayLog(bus: bus, retention: retention, logger: logger)
        let count = Int16(clamping: max(1, min(options.loops, Int(OutboxLimits.shards))))
        let signal = WakeSignal()
        self.signal = signal
        loops = (0..<count).map { index in
            RelayLoop(
                index: index, shards: (0..<OutboxLimits.shards).filter { $0 % count == index },
                configuration: configuration,
                bus: bus, options: options, log: log, retention: retention, signal: signal, logger: logger)
        }
        self.options = options
        self.log = log
        self.pool = pool
        self.logger = logger
    }

    private enum Ended { case loop, helper, grace }

    /// Returns when stopped.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Ended.self) { group in
            for loop in loops {
                group.addTask {
                    try await loop.run()
                    return .loop
                }
            }
            group.addTask { await self.checkRegularly() }
            if let pool { group.addTask { await self.measureRegularly(pool) } }
            group.addTask {
                await self.signal.stopped()
                // Cancelled means that the loops ended by themselves.
                try? await Task.sleep(for: self.options.stopGrace)
                return .grace
            }
            var running = loops.count
            while running > 0, let ended = try await group.next() {
                switch ended {
                case .loop: running -= 1
                case .helper: break
                case .grace: group.cancelAll()
                }
            }
            group.cancelAll()
        }
    }

    /// Lets the batches under way finish, for at most `RelayOptions.stopGrace`. What is not acknowledged then stays pending.
    package func stop() async { signal.stop() }

    /// There is something to publish: call it after a commit, so that nobody waits for the next look at the table.
    package func nudge() { signal.nudge() }

    private func checkRegularly() async -> Ended {
        while !signal.isStopped && !Task.isCancelled {
            await signal.wait(for: options.logCheckInterval)
            await log.requestCheck()
        }
        return .helper
    }

    private func measureRegularly(_ pool: PostgresPool) async -> Ended {
        let gauges = OutboxGauges()
        while !signal.isStopped && !Task.isCancelled {
            do {
                try await gauges.measure(pool)
            } catch {
                logger.debug("outbox gauges not measured", metadata: ["error": "\(error)"])
            }
            await signal.wait(for: options.gaugeInterval)
        }
        return .helper
    }
}
