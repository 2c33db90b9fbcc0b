import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres

/// Carries out what is asked of a pay run: lock, decide, store, tell the others, all in the caller's transaction.
struct PayRunHandler: Sendable {
    let outbox: Outbox
    let bank: BankFileMaker

    /// Creates a run with every payment that is due by its date: the periods that begin on or before it, of agreements whose
    /// signed text stands, for days nobody was paid for yet.
    func draft(
        _ id: PayRunID, paymentDate: CivilDate, by staffID: StaffID, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PayRun {
        // Two drafts at once would both see the same days unpaid; the second waits, then finds them taken.
        _ = try await transaction.query("lock table pay_run in share row exclusive mode")
        let paid = try await PayableAgreements.paidPeriods(in: transaction)
        let due = try await PayableAgreements.lock(startingOnOrBefore: paymentDate, in: transaction)
        let payments = try due.flatMap { try duePayments($0, on: paymentDate, paid: paid, at: now) }

        let created = try PayRun.handle(.create(id, paymentDate: paymentDate, by: staffID), on: nil, at: now)
        let filled = try PayRun.handle(
            .addLines(payments.map(\.line), paidPeriods: paid, by: staffID), on: created.run, at: now)
        guard let run = filled.run else { throw PayRunError.noRun }
        try await PayRunStore.save(
            run, after: 0, events: created.events + filled.events, by: staffID, at: now, in: transaction)
        try await PaymentStore.add(payments, to: id, in: transaction)
        return run
    }

    /// Approves the figures given, makes the bank file and fixes its hash. `limit` is what this approver may approve.
    func approve(
        _ id: PayRunID, totals: ControlTotals, limit: Pence, _ seals: PayRunSeals, by staffID: StaffID, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> PayRun {
        let stored = try await lock(id, in: transaction)
        try await PayRunObstacles.check(stored.run, in: transaction)
        let file = try await bank.make(for: stored.run, seals, at: now, in: transaction)
        let run = try await carryOut(
            .approve(totals, fileSHA256: file.sha256, limit: limit, by: staffID), on: stored, by: staffID, at: now,
            in: transaction)
        try await bank.store(file, of: id, seals, at: now, in: transaction)
        let told = try newEvent(
            PayRunApproved(
                runID: id, lines: totals.lineCount, totalPence: totals.total, approvedAt: now,
                fileSHA256: file.sha256), at: now)
        try await outbox.append([told], in: transaction)
        return run
    }

    /// Sends the approved file on: what is stored must still be what was approved. Held payments leave the run.
    func release(
        _ id: PayRunID, _ seals: PayRunSeals, by staffID: StaffID, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PayRun {
        let stored = try await lock(id, in: transaction)
        // Between approval and release a case may have ended, or a text may have changed.
        try await PayRunObstacles.check(stored.run, in: transaction)
        let file = try await bank.stored(of: stored.run, seals, in: transaction)
        let run = try await carryOut(
            .release(fileSHA256: file.sha256, by: staffID), on: stored, by: staffID, at: now, in: transaction)
        try await PaymentStore.void(Array(run.holds.keys), at: now, in: transaction)
        return run
    }

    /// Records that the bank has paid, and tells of every payment.
    func settle(
        _ id: PayRunID, by staffID: StaffID, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PayRun {
        let stored = try await lock(id, in: transaction)
        let run = try await carryOut(.settle(by: staffID), on: stored, by: staffID, at: now, in: transaction)
        let paid = try await PaymentStore.markPaid(id, at: now, in: transaction)
        try await Ledger.post(id, on: run.paymentDate, by: staffID, at: now, in: transaction)
        let told = try paid.map { payment in
            try newEvent(payment.event(of: run), at: now)
        }
        for batch in told.chunked(by: OutboxLimits.eventsPerAppendMax) {
            try await outbox.append(batch, in: transaction)
        }
        return run
    }

    /// Cancels the run; its payments' days are free again.
    func cancel(
        _ id: PayRunID, by staffID: StaffID, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PayRun {
        let run = try await handle(.cancel(by: staffID), on: id, by: staffID, at: now, in: transaction)
        try await PaymentStore.void(run.lines.map(\.paymentID), at: now, in: transaction)
        return run
    }

    /// Fixes the lines and the totals.
    func lock(
        _ id: PayRunID, by staffID: StaffID, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PayRun {
        let stored = try await lock(id, in: transaction)
        try await PayRunObstacles.check(stored.run, in: transaction)
        return try await carryOut(.lock(by: staffID), on: stored, by: staffID, at: now, in: transaction)
    }

    /// Everything that changes nothing but the run itself: hold, lift, unlock, redate.
    @discardableResult
    func handle(
        _ command: PayRunCommand, on id: PayRunID, by staffID: StaffID, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> PayRun {
        try await carryOut(command, on: try await lock(id, in: transaction), by: staffID, at: now, in: transaction)
    }
}

extension PayRunHandler {
    private func lock(_ id: PayRunID, in transaction: PostgresTransaction) async throws -> StoredPayRun {
        guard let stored = try await PayRunStore.lock(id, in: transaction) else { throw PayRunError.noRun }
        return stored
    }

    private func carryOut(
        _ command: PayRunCommand, on stored: StoredPayRun, by staffID: StaffID, at now: Date,
        in transaction: PostgresTransaction
    ) async throws -> PayRun {
        let (events, after) = try PayRun.handle(command, on: stored.run, at: now)
        guard let after else { throw PayRunError.noRun }
        try await PayRunStore.save(after, after: stored.version, events: events, by: staffID, at: now, in: transaction)
        return after
    }

    private func duePayments(
        _ agreement: PayableAgreement, on date: CivilDate, paid: [PersonID: [CivilPeriod]], at now: Date
    ) throws -> [DuePayment] {
        try agreement.schedule.due(by: date, paid: paid[agreement.personID, default: []])
            .filter { $0.amounts.net > .zero }
            .map { period in
                var random = SystemRandomNumberGenerator()
                let line = PayRunLine(
                    paymentID: .v7(at: now, using: &random), agreementID: agreement.schedule.agreementID,
                    caseID: agreement.caseID, personID: agreement.personID, payeeID: agreement.payeeID,
                    period: period.dates, amount: period.amounts.net)
                return DuePayment(line: line, amounts: period.amounts)
            }
    }

    private func newEvent(_ payload: some EventPayload, at now: Date) throws -> NewEvent {
        var random = SystemRandomNumberGenerator()
        return try NewEvent(payload, at: now, id: .v7(at: now, using: &random))
    }
}

extension Array {
    /// The elements in runs of at most `size`, in order.
    func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
