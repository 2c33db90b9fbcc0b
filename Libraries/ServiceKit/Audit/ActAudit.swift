import Domain
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import Synchronization
import Telemetry

/// The audit of one act of one person: the notes of its last attempt, and where they are told.
final class ActAudit: Sendable {
    private let person: ActingPerson
    private let permission: Permission
    private let pool: PostgresPool
    private let state = Mutex((notes: AuditNotes(), isTold: false))

    init(person: ActingPerson, permission: Permission, pool: PostgresPool) {
        self.person = person
        self.permission = permission
        self.pool = pool
    }

    /// Notes for an attempt. Those of an attempt that was rolled back count no more.
    func beginAttempt() -> AuditNotes {
        let notes = AuditNotes()
        state.withLock { $0 = (notes, false) }
        return notes
    }

    /// Commits what was done with what was noted: both or neither.
    func commit(at now: Date, in transaction: PostgresTransaction) async throws {
        try await AuditChain().commit(after: try entries(.done, at: now), in: transaction)
    }

    /// Stores what was noted in a transaction of its own, for work that leaves nothing else behind.
    func tell(_ outcome: AuditOutcome, at now: Date) async throws {
        let entries = try entries(outcome, at: now)
        state.withLock { $0.isTold = true }
        try await pool.transaction(TransactionOptions(retry: .repeatable(attempts: 3))) { transaction in
            try await transaction.setActor(person)
            try await AuditChain().commit(after: entries, in: transaction)
        }
    }

    /// A refusal tells something about the record too. Where it cannot be stored the log says so, and the refusal stands.
    func tellOfRefusal(at now: Date, _ logger: Logger) async {
        let isToTell = state.withLock { !$0.notes.isEmpty && !$0.isTold }
        guard isToTell else { return }
        do {
            try await tell(.refused, at: now)
        } catch {
            logger.error("a refusal is not in the audit", metadata: ["error.label": errorLabel(error)])
        }
    }

    private func entries(_ outcome: AuditOutcome, at now: Date) throws -> [AuditEntry] {
        try state.withLock { $0.notes }.entries(by: person.id, permission, outcome, at: now)
    }
}

extension PostgresTransaction {
    func setActor(_ person: ActingPerson) async throws { try await setActor(person.id.uuidString.lowercased()) }
}

extension ServiceContext {
    /// Tells the audit of something that the person is about to do or to see and that is no work of `act`: about events, and
    /// whoever they are about.
    func audit(
        _ person: ActingPerson, _ permission: Permission, _ what: String, of people: [PersonID] = []
    ) async throws {
        let audit = ActAudit(person: person, permission: permission, pool: pool)
        audit.beginAttempt().add(what, of: people)
        try await audit.tell(.done, at: now())
    }
}
