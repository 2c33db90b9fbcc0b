import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import Synchronization
import TestSupport

/// Writers that say what happened through the real outbox: many small transactions, some of which stay open for long, so
/// that numbers are drawn in another order than they are committed in.
final class InputLoad: Sendable {
    private struct State {
        var promised: [UUID] = []
        var isStopped = false
    }

    private let pool: PostgresPool
    private let keys: [UUID]
    private let seed: UInt64
    private let state = Mutex(State())
    /// No more events than this, because the embedded broker keeps little.
    let eventsMax: Int

    static let writers = 4

    init(pool: PostgresPool, seed: UInt64, cases: Int, eventsMax: Int) {
        var random = SeededRandom(seed: seed)
        self.pool = pool
        self.seed = seed
        self.eventsMax = eventsMax
        keys = (0..<cases).map { _ in UUID.v7(at: Date(timeIntervalSince1970: 1_764_000_000), using: &random) }
    }

    /// Ids of the events whose transactions are known to be committed.
    var promised: [UUID] { state.withLock { $0.promised } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Writes about `perSecond` events a second until stopped, or until there are `eventsMax`.
    func run(perSecond: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask { try await self.write(writer, perSecond: perSecond) }
            }
            try await group.waitForAll()
        }
    }

    /// Writes so many events at once and returns.
    func write(_ count: Int) async throws {
        var random = SeededRandom(seed: seed &+ 99)
        var left = count
        while left > 0 {
            let size = min(left, Int.random(in: 1...6, using: &random))
            try await transaction(size, isLong: false, &random)
            left -= size
        }
    }

    /// Writes one event of a case of the caller's.
    func say(_ key: UUID) async throws {
        let event = try Self.withdrawn(key, id: UUID())
        try await pool.transaction { try await Outbox(source: Self.source).append([event], in: $0) }
        state.withLock { $0.promised.append(event.id) }
    }

    private func write(_ writer: Int, perSecond: Int) async throws {
        var random = SeededRandom(seed: seed &+ UInt64(writer) &* 7_919)
        while state.withLock({ !$0.isStopped && $0.promised.count < eventsMax }) {
            let size = Int.random(in: 1...6, using: &random)
            try await transaction(size, isLong: Int.random(in: 0..<15, using: &random) == 0, &random)
            try await Task.sleep(for: .milliseconds(1_000 * size * Self.writers / perSecond))
        }
    }

    private func transaction(_ size: Int, isLong: Bool, _ random: inout SeededRandom) async throws {
        let events = try (0..<size).map { _ in
            try Self.withdrawn(keys[Int.random(in: 0..<keys.count, using: &random)], id: UUID())
        }
        try await pool.transaction(TransactionOptions(retry: .repeatable(attempts: 5))) { transaction in
            try await Outbox(source: InputLoad.source).append(events, in: transaction)
            if isLong { try await Task.sleep(for: .milliseconds(400)) }
        }
        state.withLock { $0.promised += events.map(\.id) }
    }

    static let source = "/crash-producer"

    static func withdrawn(_ key: UUID, id: UUID) throws -> NewEvent {
        let at = Date(timeIntervalSince1970: 1_764_000_000.125)
        let payload = ReferralWithdrawn(
            referralID: ReferralID(key), personID: PersonID(key), reasonCode: .sentInError, reason: "sent in error",
            withdrawnAt: at)
        return try NewEvent(payload, at: at, id: id)
    }
}
