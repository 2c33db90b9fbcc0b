import Kafka
import Postgres
import Telemetry

/// One of the relay's loops: a connection, a publishing session and the shards it could lock.
///
/// A failure of either side throws away what it had in hand and starts again from the table, which is the only truth.
actor RelayLoop {
    private static let backoffMillisecondsMin = 100
    private static let backoffMillisecondsMax = 5_000
    private static let lockRetry: Duration = .seconds(1)

    private let index: Int16
    private let shards: [Int16]
    private let configuration: PostgresConfiguration
    private let bus: any MessageBus
    private let options: RelayOptions
    private let log: RelayLog
    private let retention: RetentionGuard?
    private let signal: WakeSignal
    private let logger: Logger
    private let published: Counter
    private let failures: Counter
    private let leader: Gauge
    private let batchTimer: Timer

    private var held: [Int16] = []
    private var lastLockTry: ContinuousClock.Instant?
    private var publisher: (any BusPublisher)?
    private var pause = IdlePause()
    /// The highest number seen. Only a planted fault looks at it.
    private var cursor: Int64 = 0

    init(
        index: Int16, shards: [Int16], configuration: PostgresConfiguration, bus: any MessageBus, options: RelayOptions,
        log: RelayLog, retention: RetentionGuard?, signal: WakeSignal, logger: Logger
    ) {
        self.index = index
        self.shards = shards
        self.configuration = configuration
        self.bus = bus
        self.options = options
        self.log = log
        self.retention = retention
        self.signal = signal
        self.logger = logger
        published = Counter(label: "relay_events_published_total")
        failures = Counter(label: "relay_failures_total", dimensions: [("loop", "\(index)")])
        leader = Gauge(label: "relay_leader", dimensions: [("loop", "\(index)")])
        batchTimer = Timer(label: "relay_batch_seconds")
    }

    /// Returns when stopped; throws only when cancelled.
    func run() async throws {
        var backoff = Self.backoffMillisecondsMin
        while !signal.isStopped {
            do {
                try await session { backoff = Self.backoffMillisecondsMin }
            } catch is CancellationError {
                break
            } catch {
                failures.increment()
                await log.requestCheck()
                logger.info(
                    "relay starts again from the table", metadata: ["error": "\(error)", "relay.loop": "\(index)"])
                await signal.wait(for: .milliseconds(backoff))
                backoff = min(backoff * 2, Self.backoffMillisecondsMax)
            }
        }
        await dropPublisher()
        // Given up at the end of the grace period is stopped too.
        if !signal.isStopped { try Task.checkCancellation() }
    }

    /// One connection's life.
    private func session(progress: () -> Void) async throws {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        defer {
            held = []
            lastLockTry = nil
            leader.record(0)
        }
        do {
            try await connection.execute(script: OutboxReader.session)
            let reader = OutboxReader(connection: connection)
            while !signal.isStopped {
                try Task.checkCancellation()
                let nudges = signal.nudges
                if try await isReady(reader), try await publishBatch(reader) {
                    progress()
                    pause.didWork()
                } else {
                    let milliseconds = held.isEmpty ? IdlePause.millisecondsMax : pause.milliseconds
                    await signal.wait(for: .milliseconds(milliseconds), since: nudges)
                    pause.didNothing()
                }
            }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Locks what it can, and makes sure that the log is the one it knows and that its readers are near enough.
    private func isReady(_ reader: OutboxReader) async throws -> Bool {
        try await lockMissingShards(reader)
        guard !held.isEmpty else { return false }
        guard try await log.checkIfDue(on: reader.connection) else { return false }
        return try await retention?.hasRoom() ?? true
    }

    private func lockMissingShards(_ reader: OutboxReader) async throws {
        let missing = shards.filter { !held.contains($0) }
        guard !missing.isEmpty else { return }
        let now = ContinuousClock.now
        if let lastLockTry, now - lastLockTry < Self.lockRetry { return }
        lastLockTry = now
        held += try await reader.lock(missing)
        held.sort()
        leader.record(Double(held.count))
    }

    /// Returns false where nothing was pending.
    private func publishBatch(_ reader: OutboxReader) async throws -> Bool {
        let snapshot = await log.snapshot()
        let rows = try await reader.connection.query(
            reader.claim(held, rows: options.batchRows, bytes: options.batchBytes, after: cursor))
        guard !rows.isEmpty else { return false }
        let started = ContinuousClock.now
        let batch = try OutboxBatch(rows)
        cursor = max(cursor, batch.claimed.map(\.seq).max() ?? 0)
        CrashPoint.reach(.rowClaimed)
        if SeededBug.isPlanted(.deleteBeforeReport) {
            _ = try await reader.connection.query(reader.delete(batch.claimed))
        }

        let outcomes = try await currentPublisher().publish(batch)
        let verdict = batch.settle(outcomes, since: snapshot, weighs: retention != nil)
        await log.settle(verdict.highest, lost: verdict.lostTopics, since: snapshot)
        await retention?.add(verdict.bytes, upTo: verdict.highest)

        CrashPoint.reach(.beforeMark)
        try await mark(batch, verdict, snapshot: snapshot, reader: reader)
        CrashPoint.reach(.afterMark)
        published.increment(by: Int64(verdict.delivered.count))
        batchTimer.record(ContinuousClock.now - started)
        if verdict.delivered.count < batch.count { try await recover(from: outcomes) }
        return true
    }

    private func mark(
        _ batch: OutboxBatch, _ verdict: OutboxBatch.Verdict, snapshot: RelayLog.Snapshot, reader: OutboxReader
    ) async throws {
        guard !verdict.delivered.isEmpty else { return }
        let delivered =
            verdict.delivered.count == batch.count ? batch.claimed : verdict.delivered.map { batch.claimed[$0] }
        // A position in a log that just began again is noted after its events were asked for once more, not before.
        let highest = verdict.highest.filter { !verdict.lostTopics.contains($0.key.topic) }
        var queries = [reader.delete(delivered)]
        if !highest.isEmpty {
            queries.append(reader.note(highest, loop: index, clusterID: snapshot.clusterID))
        }
        _ = try await reader.connection.pipeline(queries)
    }

    /// Some were not acknowledged. They are still pending; look at the log before trying again.
    private func recover(from outcomes: [DeliveryOutcome]) async throws {
        failures.increment()
        await log.requestCheck()
        if publisher?.isFatal == true || Task.isCancelled { await dropPublisher() }
        try Task.checkCancellation()
        await signal.wait(for: .milliseconds(Self.backoffMillisecondsMin))
    }

    private func currentPublisher() throws -> any BusPublisher {
        if let publisher { return publisher }
        let made = try bus.makePublisher(logger: logger)
        publisher = made
        return made
    }

    private func dropPublisher() async {
        await publisher?.stop()
        publisher = nil
    }
}
