import Domain
import Events
import FoundationEssentials
import Glibc
import Messaging
import Postgres
import Telemetry

/// Leaves one effect per event, with the place it has in its case's order, and one outgoing event per effect.
///
/// Nothing in these tables refuses a second effect or a wrong order: what keeps them right is what is being tested.
struct EffectHandler: EventHandler {
    let settings: WorkerSettings
    /// For a planted fault only.
    let pool: PostgresPool

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        var effects: [Query] = []
        var outgoing: [NewEvent] = []
        for event in events where event.carries(ReferralWithdrawn.self) {
            if event.key == settings.deadlyKey { kill(getpid(), SIGKILL) }
            let referral = try event.decode(ReferralWithdrawn.self)
            let closed = CaseClosed(
                caseID: CaseID(referral.referralID.uuid), personID: referral.personID, closedAt: referral.withdrawnAt,
                reason: "referral-withdrawn")
            let out = try NewEvent(closed, at: referral.withdrawnAt, id: UUID(), causedBy: event.envelope)
            effects.append(Self.effect(of: event, saying: out.id))
            outgoing.append(out)
        }
        guard !effects.isEmpty else { return }
        _ = try await transaction.pipeline(effects)
        let outbox = Outbox(source: settings.source)
        if SeededBug.isPlanted(.outboxInOwnTransaction) {
            try await pool.transaction { try await outbox.append(outgoing, in: $0) }
        } else {
            try await outbox.append(outgoing, in: transaction)
        }
        if settings.pause > .zero, events.contains(where: { $0.offset % settings.pauseEvery == 0 }) {
            try await Task.sleep(for: settings.pause)
        }
    }

    /// The counter says which event of its case this is, by what was applied and not by what the event claims.
    private static func effect(of event: InboundEvent, saying outgoing: UUID) -> Query {
        """
        with counted as (
            insert into case_counter as c (key, applied) values (\(event.key), 1)
            on conflict (key) do update set applied = c.applied + 1 returning applied
        )
        insert into effect (cause, key, version, applied, outgoing)
        select \(event.envelope.id), \(event.key), \(event.envelope.aggregateVersion), applied, \(outgoing) from counted
        """
    }
}
