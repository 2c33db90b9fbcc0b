import Events
import FoundationEssentials
import Kafka
import Postgres
import Telemetry

/// What became of a batch.
struct BatchSummary: Sendable, Equatable {
    var applied = 0
    var duplicates = 0
    /// New by their id, but with a version that was applied before.
    var stale = 0
    var parked = 0
    var died = 0
    /// Streams in which more waits than one transaction releases.
    var toRelease: [EventStream] = []
}

/// Takes a batch in: inbox rows, version check, the handler's own work, positions, all in one transaction of the caller's.
struct BatchTransaction: Sendable {
    let store: InboxStore
    let attempts: AttemptStore
    let handler: any EventHandler
    /// Whether events that waited are applied in the same transaction when their gap closes. Not when each event is worked on alone.
    let releasesParked: Bool

    func absorb(
        _ messages: [IncomingMessage], of range: AttemptStore.Range, known: InboxStore.KnownEvents,
        in transaction: PostgresTransaction
    ) async throws -> BatchSummary {
        CrashPoint.reach(.txBegun)
        let identities = messages.indices.compactMap { index in
            messages[index].identity.map { (index: index, identity: $0, message: messages[index].message) }
        }
        let registration =
            SeededBug.isPlanted(.inboxInOwnTransaction)
            ? try await attempts.pool.transaction { try await store.register(identities, known: known, in: $0) }
            : try await store.register(identities, known: known, in: transaction)
        CrashPoint.reach(.inboxInserted)

        let waiting = try await parkedThatMayFollow(messages, registration, in: transaction)
        var plan = BatchPlan(messages: messages, registration: registration, waiting: waiting)
        plan.decide()
        if !plan.toApply.isEmpty { try await handler.handle(plan.toApply, in: transaction) }
        CrashPoint.reach(.businessWritten)

        let touched = plan.gate.touched
        var queries = [attempts.finish(range)]
        if !touched.isEmpty {
            queries.append(store.moves(touched, from: registration.positions, to: plan.gate.positions))
        }
        if !plan.toPark.isEmpty, !SeededBug.isPlanted(.parkedDropped) { queries.append(store.park(plan.toPark)) }
        if !plan.toUnpark.isEmpty { queries.append(store.unpark(plan.toUnpark)) }
        queries += plan.toBury.map { store.bury($0.message, $0.reason, error: $0.error, attempts: 1) }
        let answers = try await transaction.pipeline(queries)
        if !touched.isEmpty { try store.requireMoved(touched.count, answers[1]) }
        CrashPoint.reach(.beforeCommit)
        return plan.summary
    }

    /// What waits in the streams whose gap these messages might close. Usually nothing waits anywhere.
    private func parkedThatMayFollow(
        _ messages: [IncomingMessage], _ registration: InboxStore.Registration, in transaction: PostgresTransaction
    ) async throws -> [EventStream: [InboundEvent]] {
        guard releasesParked, !registration.firstParked.isEmpty else { return [:] }
        var waiting: [EventStream: [InboundEvent]] = [:]
        for index in registration.fresh.sorted() {
            guard let identity = messages[index].identity, waiting[identity.stream] == nil,
                let firstParked = registration.firstParked[identity.stream], identity.version < firstParked
            else { continue }
            waiting[identity.stream] = try await store.parked(
                identity.stream, limit: InboxLimits.releasedPerTransactionMax, in: transaction)
        }
        return waiting
    }
}

/// The decisions over one batch. Pure.
struct BatchPlan {
    struct Burial {
        let message: IncomingMessage
        let reason: IncomingMessage.Reason
        let error: String
    }

    private let messages: [IncomingMessage]
    private let registration: InboxStore.Registration
    private var waiting: [EventStream: [InboundEvent]]
    private(set) var gate: VersionGate
    private(set) var toApply: [InboundEvent] = []
    private(set) var toPark: [InboundEvent] = []
    private(set) var toUnpark: [InboundEvent] = []
    private(set) var toBury: [Burial] = []
    private(set) var summary = BatchSummary()

    init(
        messages: [IncomingMessage], registration: InboxStore.Registration, waiting: [EventStream: [InboundEvent]]
    ) {
        self.messages = messages
        self.registration = registration
        self.waiting = waiting
        gate = VersionGate(positions: registration.positions)
    }

    mutating func decide() {
        for (index, message) in messages.enumerated() {
            if message.identity != nil, !registration.fresh.contains(index) {
                summary.duplicates += 1
                continue
            }
            switch message.content {
            case .unusable(let reason, let error):
                toBury.append(Burial(message: message, reason: reason, error: error))
                summary.died += 1
            case .event(let event):
                admit(event)
            }
        }
    }

    private mutating func admit(_ event: InboundEvent) {
        switch verdict(on: event) {
        case .apply:
            toApply.append(event)
            summary.applied += 1
            follow(event.stream)
        case .stale:
            summary.stale += 1
        case .park:
            toPark.append(event)
            summary.parked += 1
        }
    }

    private mutating func verdict(on event: InboundEvent) -> VersionGate.Verdict {
        let verdict = gate.admit(event.stream, version: event.version)
        if SeededBug.isPlanted(.versionCheckOff) { return .apply }
        if SeededBug.isPlanted(.inboxSkipped), verdict == .stale { return .apply }
        return verdict
    }

    /// Applies what waited for this stream's last event, from the table and from this batch.
    private mutating func follow(_ stream: EventStream) {
        while true {
            let next = gate.next(of: stream)
            dropPassed(stream, before: next)
            if let found = waiting[stream]?.first, found.version == next {
                waiting[stream]?.removeFirst()
                _ = gate.admit(stream, version: next)
                toUnpark.append(found)
                if !found.isDiscarded {
                    toApply.append(found)
                    summary.applied += 1
                }
                continue
            }
            guard let index = toPark.firstIndex(where: { $0.version == next && $0.stream == stream }) else { break }
            let found = toPark.remove(at: index)
            _ = gate.admit(stream, version: next)
            toApply.append(found)
            summary.parked -= 1
            summary.applied += 1
        }
        if let waitingNow = waiting[stream], waitingNow.isEmpty { noteMore(stream) }
    }

    /// What waits with a version that was applied meanwhile has nothing to wait for.
    private mutating func dropPassed(_ stream: EventStream, before next: Int64) {
        while let first = waiting[stream]?.first, first.version < next {
            toUnpark.append(first)
            waiting[stream]?.removeFirst()
            summary.stale += 1
        }
    }

    /// As many were released as one transaction takes: there may be more.
    private mutating func noteMore(_ stream: EventStream) {
        guard toUnpark.count >= InboxLimits.releasedPerTransactionMax, !summary.toRelease.contains(stream) else {
            return
        }
        summary.toRelease.append(stream)
    }
}
