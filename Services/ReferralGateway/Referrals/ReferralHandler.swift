import Domain
import Events
import Formats
import FoundationEssentials
import Messaging
import Postgres

/// Turns a message into what it means for a referral: lock, decide, store, tell the others.
struct ReferralHandler: Sendable {
    let outbox: Outbox

    static let source = "/referral-gateway"

    init() { outbox = Outbox(source: Self.source) }

    /// Throws `ReferralError` where the message cannot be taken, and `SubjectChanged` where it was prepared for somebody else.
    func take(
        _ message: ReferralMessage, about subject: Subject, from sender: String, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> ReferralID {
        let stored = try await lock(sender, message.referralIdentifier, in: transaction)
        let command = try await command(message, about: subject, on: stored?.referral, at: now, in: transaction)
        let events = try Referral.decide(command, on: stored?.referral, at: now)
        guard let after = events.reduce(stored?.referral, { Referral.evolve($0, $1) }) else {
            throw ReferralError.unknownReferral
        }
        guard !events.isEmpty else { return after.id }
        try await save(after, from: sender, message.referralIdentifier, version: stored?.version ?? 0, in: transaction)
        var random = SystemRandomNumberGenerator()
        let told = try events.map { event in
            try PublishedReferralEvents.event(event, of: after, at: now, id: .v7(at: now, using: &random))
        }
        try await outbox.append(told, in: transaction)
        return after.id
    }

    private struct Stored {
        let referral: Referral
        let version: Int64
    }

    private func command(
        _ message: ReferralMessage, about subject: Subject, on referral: Referral?, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> ReferralCommand {
        let said: ReferralMessage.Referral
        switch message.content {
        case .withdrawal(let scope, let reason): return .withdraw(scope, reason)
        case .referral(let facts): said = facts
        }
        // Nobody is offered anything for somebody who has died: what is open is closed, what is new is not opened.
        guard !message.person.hasDied else {
            guard referral != nil else { throw ReferralError.hasDied }
            return .withdraw(.allNotices, .died)
        }
        // A referral keeps its person; a message that names another NHS number is refused by the decision.
        let personID: PersonID
        if let referral, message.person.validNHSNumber == nil {
            guard referral.personID == subject.person else { throw SubjectChanged() }
            personID = referral.personID
        } else {
            personID = try await PersonStore.findOrAdd(message.person, as: subject, at: now, in: transaction)
        }
        var random = SystemRandomNumberGenerator()
        return .receive(referral?.id ?? .v7(at: now, using: &random), personID, MessageFacts.facts(of: message, said))
    }

    private func lock(
        _ sender: String, _ number: String, in transaction: PostgresTransaction
    ) async throws -> Stored? {
        // Two first notices of one referral at once: the second waits here and then finds the referral.
        let answers = try await transaction.pipeline([
            "select pg_advisory_xact_lock(hashtextextended(\(sender) || chr(30) || \(number), 0))",
            """
            select state, version from referral where sender = \(sender) and senders_number = \(number) for update
            """,
        ])
        guard let row = answers[1].first else { return nil }
        let (state, version) = try row.decode(PostgresJSON.self, Int64.self)
        return Stored(referral: try JSONDecoder().decode(Referral.self, from: Data(state.text.utf8)), version: version)
    }

    private func save(
        _ referral: Referral, from sender: String, _ number: String, version: Int64,
        in transaction: PostgresTransaction
    ) async throws {
        let state = PostgresJSON(String(decoding: try JSONEncoder().encode(referral), as: UTF8.self))
        _ = try await transaction.query(
            """
            insert into referral (referral_id, person_id, sender, senders_number, state, is_withdrawn, version)
            values (\(referral.id.uuid), \(referral.personID.uuid), \(sender), \(number), \(state),
                \(referral.withdrawal != nil), \(version + 1))
            on conflict (referral_id) do update set state = excluded.state, is_withdrawn = excluded.is_withdrawn,
                version = excluded.version
            """)
    }
}
