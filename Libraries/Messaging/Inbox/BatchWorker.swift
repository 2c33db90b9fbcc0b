import Kafka
import Postgres
import Telemetry

/// Takes batches of one consumer from the log into the database, whatever is in them.
///
/// Together first; when that fails for a reason of its own, one by one, so that only the bad event is put aside. It returns
/// when every message of the batch has left a trace in the database: applied, known, parked or dead.
struct BatchWorker: Sendable {
    let consumer: String
    let pool: PostgresPool
    let handler: any EventHandler
    let knownTypes: Set<String>
    let metrics: InboxMetrics
    let logger: Logger
    private let store: InboxStore
    private let attempts: AttemptStore

    init(
        consumer: String, pool: PostgresPool, handler: any EventHandler, knownTypes: Set<String>, logger: Logger
    ) {
        self.consumer = consumer
        self.pool = pool
        self.handler = handler
        self.knownTypes = knownTypes
        self.logger = logger
        metrics = InboxMetrics(consumer: consumer)
        store = InboxStore(consumer: consumer)
        attempts = AttemptStore(consumer: consumer, pool: pool)
    }

    /// Consecutive messages of one partition. Throws when cancelled, and when the database stays away: then the batch has to
    /// come again.
    func take(_ messages: [KafkaMessage]) async throws {
        guard let first = messages.first, let last = messages.last else { return }
        let batch = messages.map { IncomingMessage($0, knownTypes: knownTypes) }
        let range = AttemptStore.Range(
            topic: first.topic, partition: first.partition, first: first.offset, last: last.offset)
        if try await retrying({ try await attempts.begin(range) }) {
            do {
                try await retrying { try await absorb(batch, of: range, together: true) }
                return
            } catch let error where FailureKind(error).isOfTheBatch {
                logger.info(
                    "batch failed, taking its events one by one",
                    metadata: [
                        "error": safeText(of: error), "kafka.topic": first.topic,
                        "kafka.partition": "\(first.partition)",
                        "kafka.offset": "\(first.offset)", "events": "\(batch.count)",
                    ])
            }
        }
        for message in batch { try await takeAlone(message) }
    }

    private func takeAlone(_ message: IncomingMessage) async throws {
        let range = AttemptStore.Range(
            topic: message.message.topic, partition: message.message.partition, first: message.message.offset,
            last: message.message.offset)
        let count = try await retrying { try await attempts.beginAlone(range) }
        guard count <= InboxLimits.attemptsMax || SeededBug.isPlanted(.attemptsNotCounted) else {
            try await bury(
                message, .crashLoop, error: "work on it was begun \(count - 1) times", attempts: count - 1, of: range)
            return
        }
        do {
            try await retrying { try await absorb([message], of: range, together: false) }
        } catch let error where FailureKind(error).isOfTheBatch {
            try await bury(message, Self.reason(for: error), error: safeText(of: error), attempts: count, of: range)
            return
        }
        if let stream = message.identity?.stream { try await release(stream) }
    }

    private func absorb(_ batch: [IncomingMessage], of range: AttemptStore.Range, together: Bool) async throws {
        let work = BatchTransaction(store: store, attempts: attempts, handler: handler, releasesParked: together)
        let started = ContinuousClock.now
        try await handler.prepare(batch.compactMap(\.event))
        let summary: BatchSummary
        do {
            summary = try await acting { try await work.absorb(batch, of: range, known: .refused, in: $0) }
        } catch let error where InboxStore.isRefusalOfKnown(error) {
            summary = try await acting { try await work.absorb(batch, of: range, known: .passedOver, in: $0) }
        }
        CrashPoint.reach(.afterCommit)
        metrics.record(summary, taking: ContinuousClock.now - started)
        for stream in summary.toRelease { try await release(stream) }
    }

    /// A transaction in which the consumer acts: it is no person, and says so.
    private func acting<Result: Sendable>(
        _ body: @Sendable (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await pool.transaction { transaction in
            try await transaction.setActor("consumer " + consumer)
            return try await body(transaction)
        }
    }

    /// The message, new or not, ends here. Its inbox row and its letter are one transaction.
    private func bury(
        _ message: IncomingMessage, _ reason: IncomingMessage.Reason, error: String, attempts count: Int,
        of range: AttemptStore.Range
    ) async throws {
        try await retrying {
            try await pool.transaction { transaction in
                if let identity = message.identity {
                    let known = try await store.register(
                        [(0, identity, message.message)], known: .passedOver, in: transaction)
                    guard known.fresh.contains(0) else {
                        _ = try await transaction.query(attempts.finish(range))
                        return
                    }
                }
                _ = try await transaction.query(store.bury(message, reason, error: error, attempts: count))
                _ = try await transaction.query(attempts.finish(range))
            }
        }
        metrics.died(reason)
        logger.warning(
            "event put aside as a dead letter",
            metadata: [
                "reason": reason.rawValue, "error": error, "kafka.topic": range.topic,
                "kafka.partition": "\(range.partition)",
                "kafka.offset": "\(range.first)",
            ])
    }

    private static func reason(for error: any Error) -> IncomingMessage.Reason {
        switch error {
        case is UndecodableEvent: .undecodable
        case is RejectedEvent: .rejected
        default: .failed
        }
    }
}

// MARK: - Waiting events

extension BatchWorker {
    /// Applies what waits in a stream, each event in a transaction of its own, until something is missing again.
    func release(_ stream: EventStream) async throws {
        while try await releaseNext(of: stream) {}
    }

    private func releaseNext(of stream: EventStream) async throws -> Bool {
        do {
            return try await retrying {
                try await acting { transaction in
                    guard let next = try await nextParked(of: stream, in: transaction) else { return false }
                    if !next.event.isDiscarded { try await handler.handle([next.event], in: transaction) }
                    try await store.move(
                        [stream], from: [stream: next.position], to: [stream: next.event.version], in: transaction)
                    _ = try await transaction.query(store.unpark([next.event]))
                    return true
                }
            }
        } catch let error where FailureKind(error) == .transient {
            // It keeps waiting; housekeeping comes by again.
            return false
        } catch let error where FailureKind(error).isOfTheBatch {
            try await buryParked(of: stream, reason: Self.reason(for: error), error: safeText(of: error))
            return false
        }
    }

    private func nextParked(
        of stream: EventStream, in transaction: PostgresTransaction
    ) async throws -> (event: InboundEvent, position: Int64)? {
        guard let position = try await store.position(of: stream, in: transaction) else { return nil }
        let first = try await store.parked(stream, limit: 1, in: transaction).first
        guard let event = first, event.version == position + 1 else { return nil }
        return (event, position)
    }

    private func buryParked(of stream: EventStream, reason: IncomingMessage.Reason, error: String) async throws {
        try await retrying {
            try await pool.transaction { transaction in
                guard let next = try await nextParked(of: stream, in: transaction) else { return }
                let message = IncomingMessage(parked: next.event)
                _ = try await transaction.query(store.bury(message, reason, error: error, attempts: 1))
                _ = try await transaction.query(store.unpark([next.event]))
            }
        }
        metrics.died(reason)
    }

    /// Streams that a death between two releases left behind.
    func releaseLeftBehind() async throws {
        for stream in try await store.releasable(pool, limit: 100) { try await release(stream) }
    }
}

// MARK: - Trying again

extension BatchWorker {
    /// An outage is waited out for a while (then the caller comes again, so that nobody takes the work for hung); what was in
    /// the way is tried a few times more; everything else is thrown.
    func retrying<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        var backoff = Backoff()
        var transientFailures = 0
        let outageEnds = ContinuousClock.now + InboxLimits.outageWaitMax
        while true {
            do {
                return try await work()
            } catch {
                switch FailureKind(error) {
                case .outage where ContinuousClock.now < outageEnds:
                    metrics.failed(error)
                case .transient where transientFailures < InboxLimits.transientRetriesMax:
                    metrics.failed(error)
                    transientFailures += 1
                default:
                    throw error
                }
            }
            try await backoff.pause()
        }
    }
}
