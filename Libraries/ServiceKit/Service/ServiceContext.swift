package import Crypto
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
    package let verifier: TokenVerifier
    /// Speaks as the service.
    package let logger: Logger
    /// What `/livez` and `/readyz` show.
    package let health: HealthRegistry

    let relay: Relay?

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
    package func signedInPerson() throws -> ActingPerson {
        try TokenFile.person(at: TokenFile.path(configuration), verifier: verifier, now: now())
    }

    /// Runs `body` as one transaction in which `person` acts, when the person may; commits, and tells the relay that there
    /// may be events. The database knows the person as `current_setting('takeup.actor')`.
    ///
    /// `body` may run again when the database asks for it (a deadlock, a serialization failure), so it has no effect but
    /// through `work`.
    package func act<Result: Sendable>(
        as person: ActingPerson, _ permission: Permission, dryRun: Bool = false, readOnly: Bool = false,
        _ body: @Sendable (Work) async throws -> Result
    ) async throws -> Result {
        try person.require(permission)
        let options = TransactionOptions(retry: .repeatable(attempts: 3), readOnly: readOnly)
        let time = try actingTime()
        let result = try await pool.transaction(options) { transaction in
            try await transaction.setLocal("takeup.actor", to: person.id.uuidString.lowercased())
            if dryRun { transaction.rollbackOnly() }
            return try await body(
                Work(transaction: transaction, person: person, outbox: outbox, now: time, configuration: configuration))
        }
        if !readOnly, !dryRun { relay?.nudge() }
        return result
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

    /// Hands events over, to be published when the transaction commits.
    package func append(_ events: [NewEvent]) async throws {
        try await outbox.append(events, in: transaction)
    }
}
