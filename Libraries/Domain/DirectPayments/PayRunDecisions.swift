package import FoundationEssentials

extension PayRun {
    /// What `command` makes happen to `run`, which is nil before it is created.
    package static func decide(
        _ command: PayRunCommand, on run: PayRun?, at now: Date
    ) throws(PayRunError) -> [PayRunEvent] {
        if case .create(let id, let paymentDate, let staffID) = command {
            guard run == nil else { throw .alreadyCreated }
            guard paymentDate.isWorkingDay else { throw .notAWorkingDay }
            return [.created(id, paymentDate: paymentDate, by: staffID, at: now)]
        }
        guard let run else { throw .noRun }
        return try run.decide(command, at: now)
    }

    private func decide(_ command: PayRunCommand, at now: Date) throws(PayRunError) -> [PayRunEvent] {
        switch command {
        case .create:
            throw .alreadyCreated
        case .addLines(let lines, let paidPeriods, let staffID):
            try require(.draft)
            try checkLines(lines, paidPeriods: paidPeriods)
            return lines.isEmpty ? [] : [.linesAdded(lines, by: staffID, at: now)]
        case .hold(let paymentID, let hold, let staffID):
            try require(.draft)
            guard lines.contains(where: { $0.paymentID == paymentID }) else { throw .noSuchLine(paymentID) }
            guard holds[paymentID] == nil else { throw .alreadyHeld(paymentID) }
            return [.held(paymentID, hold, by: staffID, at: now)]
        case .liftHold(let paymentID, let staffID):
            try require(.draft)
            guard holds[paymentID] != nil else { throw .notHeld(paymentID) }
            return [.holdLifted(paymentID, by: staffID, at: now)]
        case .lock(let staffID):
            try require(.draft)
            let totals = try currentTotals()
            guard totals.lineCount > 0 else { throw .noLines }
            return [.locked(totals, by: staffID, at: now)]
        case .unlock(let staffID):
            try require(.locked, .approved)
            return [.unlocked(by: staffID, at: now)]
        case .approve(let approved, let hash, let limit, let staffID):
            try checkApproval(of: approved, limit: limit, by: staffID)
            return [.approved(approved, fileSHA256: hash, by: staffID, at: now)]
        case .release(let hash, let staffID):
            try require(.approved)
            guard !preparers.contains(staffID), staffID != approver else { throw .samePersonTwice }
            guard hash == fileSHA256 else { throw .fileDiffers }
            return [.released(by: staffID, at: now)]
        case .redate(let date, let staffID):
            try require(.locked, .approved)
            guard date.isWorkingDay else { throw .notAWorkingDay }
            return [.redated(date, by: staffID, at: now)]
        case .settle(let staffID):
            try require(.released)
            return [.settled(by: staffID, at: now)]
        case .cancel(let staffID):
            try require(.draft, .locked, .approved)
            return [.cancelled(by: staffID, at: now)]
        }
    }

    private func require(_ allowed: PayRunStatus...) throws(PayRunError) {
        guard allowed.contains(status) else { throw .wrongStatus(status, needs: allowed) }
    }

    private func currentTotals() throws(PayRunError) -> ControlTotals {
        do {
            return try computeTotals()
        } catch {
            throw .money(error)
        }
    }

    private func checkApproval(of approved: ControlTotals, limit: Pence, by staffID: StaffID) throws(PayRunError) {
        try require(.locked)
        guard !preparers.contains(staffID) else { throw .samePersonTwice }
        let current = try currentTotals()
        // The totals are computed again and not only read: what is approved is what the lines say now.
        guard approved == current, current == totals else { throw .totalsDiffer(current) }
        guard current.total <= limit else { throw .aboveLimit(limit) }
    }

    private func checkLines(
        _ added: [PayRunLine], paidPeriods: [PersonID: [CivilPeriod]]
    ) throws(PayRunError) {
        guard added.count <= Self.linesMax - lines.count else { throw .tooManyLines }
        var paid = paidDays.merging(paidPeriods) { $0 + $1 }
        var paymentIDs = Set(lines.map(\.paymentID))
        for line in added {
            guard line.amount > .zero else { throw .amountNotPositive(line.paymentID) }
            guard line.amount <= Self.lineAmountMax else { throw .amountTooLarge(line.paymentID) }
            guard paymentIDs.insert(line.paymentID).inserted else { throw .paymentRepeated(line.paymentID) }
            let before = paid[line.personID, default: []]
            if let clash = before.first(where: line.period.overlaps) { throw .personAlreadyPaid(line.personID, clash) }
            paid[line.personID, default: []].append(line.period)
        }
    }
}
