import Crypto
import Events
package import FoundationEssentials
package import Messaging
package import Postgres
package import Telemetry

/// What the parts of a running service, or of one verb, work with.
package struct ServiceContext: Sendable {
    /// The settings.
    package let configuration: Configuration
    /// The database as the application role.
    package let pool: PostgresPool
    /// Where events are handed over.
    package let outbox: Outbox
    /// Believes or refuses tokens.
    package let verifier: IdentityVerifier
    /// Speaks as the service.
    package let logger: Logger
    /// What `/livez` and `/readyz` show.
    package let health: HealthRegistry

    let quotas: RequestQuotas
    let relay: Relay?
    let keyVault: PersonVault?

    /// What seals people's data; throws in a service that says it has none.
    package var vault: PersonVault {
        get throws {
            guard let keyVault else { throw CommandFailure(.internalBug, "This service does not seal personal data.") }
            return keyVault
        }
    }

    /// The time, as it is handed to the domain: milliseconds, like everything that Takeup stores and sends.
    package func now() -> Date {
        Date(timeIntervalSince1970: (Date().timeIntervalSince1970 * 1_000).rounded(.down) / 1_000)
    }

    /// The time at which somebody acts: now, unless a demonstration says otherwise.
    private func actingTime() throws -> Date {
        let text = configuration[CommonSettings.clockTime]
        guard !text.isEmpty else { return now() }
        guard let time = EventTime.parse(text.utf8) else {
            throw CommandFailure(.configuration, "clock.time is no time such as 2026-03-31T09:00:00Z.")
        }
        return time
    }

    /// The person who signed in on this machine. Throws when nobody is.
    package func signedInPerson() async throws -> ActingPerson {
        try await TokenFile.person(at: TokenFile.path(configuration), verifier: verifier, now: now())
    }

    /// Runs `body` as one transaction in which `person` acts, when the person may; commits, and tells the relay that there
    /// may be events. The database knows the person as `current_setting('takeup.actor')`.
    ///
    /// `body` may run again when the database asks for it (a deadlock, a serialization failure), so it has no effect but
    /// through `work`. What it notes for the audit is stored with what it does; where it only looks, or is rehearsed or
    /// refused, before anything is shown.
    package func act<Result: Sendable>(
        as person: ActingPerson, _ permission: Permission, dryRun: Bool = false, readOnly: Bool = false,
        _ body: @Sendable (Work) async throws -> Result
    ) async throws -> Result {
        try person.require(permission)
        let audit = ActAudit(person: person, permission: permission, pool: pool)
        // A look sees one moment, however many statements it takes.
        let options = TransactionOptions(
            isolation: readOnly ? .repeatableRead : .readCommitted, retry: .repeatable(attempts: 3), readOnly: readOnly)
        let time = try actingTime()
        do {
            let result = try await pool.transaction(options) { transaction in
                let notes = audit.beginAttempt()
                try await transaction.setActor(person)
                if dryRun { transaction.rollbackOnly() }
                let work = Work(
                    transaction: transaction, person: person, outbox: outbox, now: time, configuration: configuration,
                    notes: notes)
                let result = try await body(work)
                try notes.requireNote(where: permission)
                if !readOnly, !dryRun { try await audit.commit(at: now(), in: transaction) }
                return result
            }
            if readOnly || dryRun { try await audit.tell(dryRun ? .rehearsed : .done, at: now()) }
            if !readOnly, !dryRun { relay?.nudge() }
            return result
        } catch {
            await audit.tellOfRefusal(at: now(), logger)
            throw error
        }
    }
}

/// One transaction, and who acts in it.
package struct Work: Sendable {
    /// The transaction; everything goes through it.
    package let transaction: PostgresTransaction
    /// Who acts.
    package let person: ActingPerson
    /// The service's outbox; append with ``append(_:)``.
    package let outbox: Outbox
    /// The time at which it is done.
    package let now: Date
    /// The settings.
    package let configuration: Configuration

    let notes: AuditNotes

    /// Hands events over, to be published when the transaction commits.
    package func append(_ events: [NewEvent]) async throws {
        try await outbox.append(events, in: transaction)
    }
}
