import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit

/// Carries out what is asked of a case: lock, decide, store, tell the others, all in the caller's transaction.
struct CaseHandler: Sendable {
    let outbox: Outbox

    /// The name that the source of every event of this service has.
    static let source = "/case-intake"

    init() { outbox = Outbox(source: Self.source) }

    /// Opens the case that `opening` describes.
    @discardableResult
    func open(
        _ opening: CaseOpening, _ seal: PersonSeal, because cause: InboundEvent, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> CareCase {
        try await carryOut(
            .open(opening), on: nil, seal, by: cause.decider, because: cause.envelope, at: now, in: transaction)
    }

    /// Does what `command` asks of a case. Throws `CaseError` where the case refuses.
    @discardableResult
    func handle(
        _ command: CaseCommand, on caseID: CaseID, _ seal: PersonSeal, by decider: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> CareCase {
        let stored = try await CaseStore.lock(caseID, seal, in: transaction)
        return try await carryOut(command, on: stored, seal, by: decider, because: nil, at: now, in: transaction)
    }

    /// Does what an event of another service asks of the case that is already locked.
    @discardableResult
    func handle(
        _ command: CaseCommand, on stored: StoredCase, _ seal: PersonSeal, because cause: InboundEvent, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> CareCase {
        try await carryOut(
            command, on: stored, seal, by: cause.decider, because: cause.envelope, at: now, in: transaction)
    }

    private func carryOut(
        _ command: CaseCommand, on stored: StoredCase?, _ seal: PersonSeal, by decider: String,
        because cause: EventEnvelope?, at now: Date, in transaction: PostgresTransaction
    ) async throws -> CareCase {
        let (events, after) = try CareCase.handle(command, on: stored?.state, at: now)
        guard let after else { throw CaseError.notOpened }
        try await CaseStore.save(
            after, seal, after: stored?.version ?? 0, events: events, by: decider, at: now, in: transaction)
        let told = try events.compactMap {
            try publish($0, before: stored?.state, after: after, at: now, because: cause)
        }
        try await outbox.append(told, in: transaction)
        return after
    }
}

extension InboundEvent {
    /// What the history of a case says about who decided.
    fileprivate var decider: String { "event \(envelope.id.uuidString.lowercased())" }
}
