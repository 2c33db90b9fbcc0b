package import FoundationEssentials

extension PayRun {
    /// The run after `event`. Total: an event on a run that was never created leaves none.
    package static func evolve(_ run: PayRun?, _ event: PayRunEvent) -> PayRun? {
        if case .created(let id, let paymentDate, let staffID, _) = event {
            return PayRun(
                id: id, paymentDate: paymentDate, status: .draft, lines: [], holds: [:], preparers: [staffID],
                paidDays: [:])
        }
        guard var next = run else { return nil }
        next.apply(event)
        return next
    }

    /// The run that a whole history makes.
    package static func replay(_ events: some Sequence<PayRunEvent>) -> PayRun? {
        events.reduce(nil as PayRun?) { evolve($0, $1) }
    }

    /// Decides and evolves in one step: the events and the run after them.
    package static func handle(
        _ command: PayRunCommand, on run: PayRun?, at now: Date
    ) throws(PayRunError) -> (events: [PayRunEvent], run: PayRun?) {
        let events = try decide(command, on: run, at: now)
        return (events, events.reduce(run) { evolve($0, $1) })
    }

    private mutating func apply(_ event: PayRunEvent) {
        switch event {
        case .created:
            break
        case .linesAdded(let added, let staffID, _):
            lines += added
            for line in added { paidDays[line.personID, default: []].append(line.period) }
            preparers.insert(staffID)
        case .held(let paymentID, let hold, let staffID, _):
            holds[paymentID] = hold
            preparers.insert(staffID)
        case .holdLifted(let paymentID, let staffID, _):
            holds[paymentID] = nil
            preparers.insert(staffID)
        case .locked(let fixed, let staffID, _):
            status = .locked
            totals = fixed
            preparers.insert(staffID)
        case .unlocked(let staffID, _):
            status = .draft
            totals = nil
            approver = nil
            fileSHA256 = nil
            preparers.insert(staffID)
        case .approved(_, let hash, let staffID, _):
            status = .approved
            fileSHA256 = hash
            approver = staffID
        case .released(let staffID, _):
            status = .released
            releaser = staffID
        case .redated(let date, let staffID, _):
            paymentDate = date
            status = .locked
            approver = nil
            fileSHA256 = nil
            preparers.insert(staffID)
        case .settled:
            status = .settled
        case .cancelled:
            status = .cancelled
        }
    }
}
