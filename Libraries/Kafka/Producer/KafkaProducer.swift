import Synchronization
package import Telemetry

/// What a producer may wait for.
package struct ProducerOptions: Sendable, Equatable {
    /// A batch of which nothing was reported for this long ends the session: what is not known then is `.unknown`.
    package var reportTimeout: Duration = .seconds(30)
    /// How long `stop` waits for what is under way.
    package var closeTimeout: Duration = .seconds(10)

    package init() {}
}

/// Publishes records, idempotently and acknowledged by all in-sync replicas, and says what became of each.
///
/// Records of one `send` reach each partition in their order, and so do those of one `send` after another within a
/// session. After a fatal error, or when the brokers stay silent, the session ends, everything under way gets its outcome,
/// and the next `send` begins a new session by itself. Whoever needs order must not go on with what came after a record
/// that failed: some of it may have been published.
package final class KafkaProducer: Sendable {
    private struct State {
        var session: ProducerSession
        var isStopped = false
    }

    private let configuration: KafkaConfiguration
    private let options: ProducerOptions
    private let logger: Logger
    private let state: Mutex<State>

    /// Records handed over between two looks at the session's state.
    private static let chunk = 512

    /// Connects by itself, in the background, for as long as it takes.
    ///
    /// - Throws: `KafkaError.configuration`, `.unsupportedLibrary` or `.systemResource`.
    package init(_ configuration: KafkaConfiguration, options: ProducerOptions = ProducerOptions(), logger: Logger)
        throws
    {
        self.configuration = configuration
        self.options = options
        self.logger = logger
        let session = try ProducerSession(configuration, reportTimeout: options.reportTimeout, logger: logger)
        state = Mutex(State(session: session))
    }

    deinit {
        state.withLock { $0.session }.close(within: .zero)
    }

    /// True between the end of a session and the `send` that begins the next one.
    package var isFatal: Bool { state.withLock { !$0.isStopped && !$0.session.isOpen } }

    /// Publishes `records` in order and returns the outcome of each. Suspends while the producer is full.
    ///
    /// A cancelled task gets `.unknown` for what has no report yet: that may still be published.
    package func send(_ records: [KafkaRecord]) async -> [DeliveryOutcome] {
        await send(count: records.count) { index, writer in
            let record = records[index]
            for header in record.headers {
                header.value.withUnsafeBytes { writer.header(header.name, $0) }
            }
            record.key.withUnsafeBytes { key in
                record.value.withUnsafeBytes { value in writer.enqueue(topic: record.topic, key: key, value: value) }
            }
        }
    }

    /// Publishes `count` records that `write` hands over by number, straight from wherever their bytes are.
    ///
    /// `write` is called for each number in order, and again for the same number after a wait when the producer was full.
    /// A record that it does not enqueue has failed.
    package func send(
        count: Int, isolation: isolated (any Actor)? = #isolation,
        _ write: (_ index: Int, _ writer: inout KafkaRecordWriter) -> Void
    ) async -> [DeliveryOutcome] {
        precondition(
            count <= KafkaLimits.batchRecordsMax, "one send has at most \(KafkaLimits.batchRecordsMax) records")
        guard count > 0 else { return [] }
        let session: ProducerSession
        let batch: DeliveryBatch
        switch begin(count: count) {
        case .failure(let error): return Array(repeating: .failed(error), count: count)
        case .success(let begun): (session, batch) = begun
        }
        defer { session.forget(batch) }

        var writer = KafkaRecordWriter(session: session)
        var next = 0
        var taken = 0
        while next < count, !Task.isCancelled, session.isOpen {
            let end = min(count, next + Self.chunk)
            let isFull = session.use {
                Self.handOver(&next, to: end, &taken, batch: batch, writer: &writer, write)
            }
            if isFull == true { await session.waitForRoom() }
        }
        for index in next..<count {
            batch.refuse(index, KafkaError(.sessionEnded, message: "not handed over: cancelled, or the session ended"))
        }
        batch.finishHandingOver(taken: taken, now: .now)
        CrashPoint.reach(.produceEnqueued)
        let outcomes = await batch.outcomes()
        CrashPoint.reach(.delivered)
        return outcomes
    }

    /// Returns true when the producer is full and `next` still waits.
    private static func handOver(
        _ next: inout Int, to end: Int, _ taken: inout Int, batch: DeliveryBatch, writer: inout KafkaRecordWriter,
        _ write: (Int, inout KafkaRecordWriter) -> Void
    ) -> Bool {
        while next < end {
            writer.begin(opaque: batch.opaque(next))
            write(next, &writer)
            switch writer.result {
            case .taken: taken += 1
            case .full: return true
            case .refused(let error): batch.refuse(next, error)
            case .nothing: batch.refuse(next, KafkaError(.invalidRecord, message: "nothing was enqueued"))
            }
            next += 1
        }
        return false
    }

    /// A batch in the open session, which is made anew where it has ended.
    private func begin(count: Int) -> Result<(ProducerSession, DeliveryBatch), KafkaError> {
        state.withLock { state in
            guard !state.isStopped else { return .failure(KafkaError(.stopped)) }
            if let batch = state.session.begin(count: count) { return .success((state.session, batch)) }
            do {
                state.session = try ProducerSession(
                    configuration, reportTimeout: options.reportTimeout, logger: logger)
                logger.info("producer begins a new session")
                guard let batch = state.session.begin(count: count) else { return .failure(KafkaError(.sessionEnded)) }
                return .success((state.session, batch))
            } catch let error as KafkaError {
                return .failure(error)
            } catch {
                return .failure(KafkaError(.systemResource, detail: "\(error)"))
            }
        }
    }

    /// Waits for what is under way, up to `ProducerOptions.closeTimeout`, and ends; the rest is `.unknown` to its senders.
    package func stop() async {
        let session = state.withLock { state in
            state.isStopped = true
            return state.session
        }
        session.close(within: options.closeTimeout)
        // The thread purges and destroys after the deadline; that is given as long again before it is left behind.
        if await !session.finished.wait(upTo: options.closeTimeout * 2) {
            logger.info("producer did not close in time")
        }
    }
}
