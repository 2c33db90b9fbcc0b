import Events
import FoundationEssentials
import Kafka
package import Postgres
package import Telemetry

/// What could not be applied: look at it, correct it, apply it, or let it go. Nothing is ever deleted.
package struct DeadLetters: Sendable {
    private let pool: PostgresPool
    private let worker: BatchWorker
    private let store: InboxStore

    /// Letters of one page.
    package static let pageMax = 500

    /// - Parameters:
    ///   - consumer: as in `EventConsumer`.
    ///   - handler: the consumer's own handler: a replay takes the same path as a delivery.
    package init(consumer: String, pool: PostgresPool, handler: any EventHandler, logger: Logger) {
        self.pool = pool
        worker = BatchWorker(
            consumer: consumer, pool: pool, handler: handler, knownTypes: knownEventTypes, logger: logger)
        store = InboxStore(consumer: consumer)
    }

    /// Letters in order of their numbers, after `after` (0 for the first page). `state` nil: all.
    package func list(
        state: DeadLetter.State? = .open, after: Int64 = 0, limit: Int = 50
    ) async throws -> [DeadLetter] {
        let bounded = Int64(max(1, min(limit, Self.pageMax)))
        let chosen: Query = state.map { "and state = \($0.rawValue)" } ?? ""
        let query: Query =
            "select " + DeadLetter.columns + " from dead_letter where consumer = \(store.consumer) and id > \(after) "
            + chosen
            + " order by id limit \(bounded)"
        return try await pool.query(query).map { try DeadLetter($0) }
    }

    /// One letter with its content, or nil. It may hold personal data: who looks is the caller's to record.
    package func show(_ id: Int64) async throws -> DeadLetterContent? {
        let query: Query =
            "select " + DeadLetter.columns + DeadLetterContent.columns
            + " from dead_letter where id = \(id) and consumer = \(store.consumer)"
        return try await pool.query(query).first.map { try DeadLetterContent($0) }
    }

    /// Replaces the payload, and the headers where they are given. What arrived first is kept, with who corrected it and why.
    /// Throws `.correctionUnreadable` where the result is no event either, `.noOpenDeadLetter` where there is nothing to correct.
    package func fix(
        _ id: Int64, payload: [UInt8], headers: [(name: String, value: [UInt8])]? = nil, recordKey: [UInt8]? = nil,
        by person: String, why: String, dryRun: Bool = false
    ) async throws {
        try await pool.transaction { transaction in
            let content = try await store.openLetter(id, in: transaction)
            let corrected = KafkaMessage(
                topic: content.letter.topic, partition: content.letter.partition, offset: content.letter.offset,
                key: recordKey ?? content.recordKey, value: payload, headers: headers ?? content.headers)
            let incoming = IncomingMessage(corrected, knownTypes: knownEventTypes)
            guard case .event(let event) = incoming.content else {
                throw MessagingError(.correctionUnreadable, detail: incoming.problem)
            }
            _ = try await transaction.query(
                """
                update dead_letter set
                    original_headers = coalesce(original_headers, headers),
                    original_payload = case when original_headers is null then payload else original_payload end,
                    headers = \(HeaderBlock.encode(corrected.headers)), payload = \(payload), record_key = \(corrected.key as [UInt8]?),
                    source = \(event.envelope.source), event_id = \(event.envelope.id), event_type = \(event.envelope.type),
                    key = \(event.key), version = \(event.version), fixed_by = \(person), fixed_why = \(why), fixed_at = now()
                where id = \(id)
                """)
            if dryRun { transaction.rollbackOnly() }
        }
    }

    /// What a replay did.
    package enum Replay: String, Sendable {
        case applied
        /// An earlier event of its key is missing too: it waits for it.
        case parked
        /// Its version had been applied before.
        case stale
    }

    /// Applies the letter's event by the consumer's handler and then what waited for it. Throws `.replayFailed` where the handler
    /// throws again (the letter stays open), `.correctionUnreadable` where it has to be corrected first.
    package func replay(_ id: Int64, by person: String, dryRun: Bool = false) async throws -> Replay {
        let outcome: (Replay, EventStream)
        do {
            outcome = try await worker.retrying {
                try await pool.transaction { transaction in
                    try await transaction.setActor(person)
                    let done = try await replay(id, by: person, in: transaction)
                    if dryRun { transaction.rollbackOnly() }
                    return done
                }
            }
        } catch let error as MessagingError where error.code != .streamMoved {
            throw error
        } catch let error where FailureKind(error) == .defect {
            let text = safeText(of: error)
            _ = try await pool.query(store.noteFailure(id, error: text))
            throw MessagingError(.replayFailed, detail: text, underlying: error)
        }
        if !dryRun { try await worker.release(outcome.1) }
        return outcome.0
    }

    /// Lets the letter go: its event will never be applied, and what waited behind it is.
    package func discard(_ id: Int64, by person: String, why: String, dryRun: Bool = false) async throws {
        let stream = try await worker.retrying {
            try await pool.transaction { transaction in
                let content = try await store.openLetter(id, in: transaction)
                _ = try await transaction.query(store.settle(id, as: .discarded, by: person, why: why))
                let stream = try await skip(content, in: transaction)
                if dryRun { transaction.rollbackOnly() }
                return stream
            }
        }
        if let stream, !dryRun { try await worker.release(stream) }
    }

    private func replay(
        _ id: Int64, by person: String, in transaction: PostgresTransaction
    ) async throws -> (Replay, EventStream) {
        let content = try await store.openLetter(id, in: transaction)
        let incoming = IncomingMessage(content.message, knownTypes: knownEventTypes)
        guard case .event(let event) = incoming.content else {
            throw MessagingError(.correctionUnreadable, detail: incoming.problem)
        }
        // Its inbox row is there since it died, unless it had no identity then: from now on a repeat is a repeat.
        if let identity = incoming.identity {
            _ = try await store.register([(0, identity, incoming.message)], known: .passedOver, in: transaction)
        }
        let position = try await store.position(of: event.stream, in: transaction)
        var gate = VersionGate(positions: position.map { [event.stream: $0] } ?? [:])
        let replay: Replay
        switch gate.admit(event.stream, version: event.version) {
        case .apply:
            try await handler.handle([event], in: transaction)
            replay = .applied
        case .park:
            _ = try await transaction.query(store.park([event]))
            replay = .parked
        case .stale:
            replay = .stale
        }
        try await store.move(
            gate.touched, from: position.map { [event.stream: $0] } ?? [:], to: gate.positions, in: transaction)
        _ = try await transaction.query(store.settle(id, as: .replayed, by: person, why: nil))
        return (replay, event.stream)
    }

    private var handler: any EventHandler { worker.handler }

    /// Moves the stream past the letter's event, now or when its turn comes. Returns the stream if it moved.
    private func skip(_ content: DeadLetterContent, in transaction: PostgresTransaction) async throws -> EventStream? {
        let letter = content.letter
        guard let source = letter.source, let key = letter.key, let version = letter.version else { return nil }
        let stream = EventStream(source: source, topic: letter.topic, key: key)
        let position = try await store.position(of: stream, in: transaction)
        var gate = VersionGate(positions: position.map { [stream: $0] } ?? [:])
        let verdict = gate.admit(stream, version: version)
        if verdict == .park {
            let passedOver = try InboundEvent(
                stored: stream, partition: letter.partition, offset: letter.offset, headers: content.headers,
                payload: [],
                isDiscarded: true)
            _ = try await transaction.query(store.park([passedOver]))
        }
        try await store.move(
            gate.touched, from: position.map { [stream: $0] } ?? [:], to: gate.positions, in: transaction)
        return verdict == .apply ? stream : nil
    }
}

extension IncomingMessage {
    /// Why it can be no event, in words.
    var problem: String {
        guard case .unusable(let reason, let error) = content else { return "" }
        return "\(reason.rawValue): \(error)"
    }
}
