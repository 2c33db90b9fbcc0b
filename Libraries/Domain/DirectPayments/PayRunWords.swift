package import FoundationEssentials

/// What can be asked of a pay run. Every command names who acts.
package enum PayRunCommand: Hashable, Sendable {
    /// Begins a run whose money arrives on `paymentDate`.
    case create(PayRunID, paymentDate: CivilDate, by: StaffID)
    /// Adds lines. `paidPeriods` are the periods that these persons were paid for already, in other runs.
    case addLines([PayRunLine], paidPeriods: [PersonID: [CivilPeriod]], by: StaffID)
    case hold(PaymentID, PaymentHold, by: StaffID)
    case liftHold(PaymentID, by: StaffID)
    /// Fixes lines and totals.
    case lock(by: StaffID)
    /// Opens a run that was locked or approved again for changes; it needs approval again.
    case unlock(by: StaffID)
    /// Approves these totals and this file, up to `limit`, which is what this approver may approve.
    case approve(ControlTotals, fileSHA256: TextSHA256, limit: Pence, by: StaffID)
    /// Sends the file on: the hash of the file in hand must be the approved one.
    case release(fileSHA256: TextSHA256, by: StaffID)
    /// Gives a run that missed its slot a new date. Its lines stay; it needs approval again.
    case redate(CivilDate, by: StaffID)
    /// Records that the bank has paid.
    case settle(by: StaffID)
    case cancel(by: StaffID)
}

/// What has happened to a pay run.
package enum PayRunEvent: Hashable, Sendable, Codable {
    case created(PayRunID, paymentDate: CivilDate, by: StaffID, at: Date)
    case linesAdded([PayRunLine], by: StaffID, at: Date)
    case held(PaymentID, PaymentHold, by: StaffID, at: Date)
    case holdLifted(PaymentID, by: StaffID, at: Date)
    case locked(ControlTotals, by: StaffID, at: Date)
    case unlocked(by: StaffID, at: Date)
    case approved(ControlTotals, fileSHA256: TextSHA256, by: StaffID, at: Date)
    case released(by: StaffID, at: Date)
    case redated(CivilDate, by: StaffID, at: Date)
    case settled(by: StaffID, at: Date)
    case cancelled(by: StaffID, at: Date)
}

/// Why a pay run refuses a command.
package enum PayRunError: Error, Hashable, Sendable, CustomStringConvertible {
    case noRun
    case alreadyCreated
    case wrongStatus(PayRunStatus, needs: [PayRunStatus])
    case notAWorkingDay
    case tooManyLines
    case noLines
    case paymentRepeated(PaymentID)
    case personAlreadyPaid(PersonID, CivilPeriod)
    case amountNotPositive(PaymentID)
    case amountTooLarge(PaymentID)
    case noSuchLine(PaymentID)
    case alreadyHeld(PaymentID)
    case notHeld(PaymentID)
    case samePersonTwice
    case aboveLimit(Pence)
    case totalsDiffer(ControlTotals)
    case fileDiffers
    case money(MoneyError)

    /// What is in the way and what to do about it, in plain words.
    package var description: String {
        switch self {
        case .noRun: "there is no such pay run"
        case .alreadyCreated: "the pay run exists already"
        case .wrongStatus(let status, let needs):
            "the pay run is \(status.rawValue); it would have to be \(needs.map(\.rawValue).joined(separator: " or "))"
        case .notAWorkingDay: "the payment date is not a working day"
        case .tooManyLines: "a pay run takes at most \(PayRun.linesMax) lines; make another run"
        case .noLines: "the pay run has no line to pay"
        case .paymentRepeated(let id): "payment \(id) is in the run already"
        case .personAlreadyPaid(let id, let period):
            "person \(id) is paid already for a day from \(period.first) to \(period.last)"
        case .amountNotPositive(let id): "payment \(id) is not more than nothing"
        case .amountTooLarge(let id): "payment \(id) is above \(PayRun.lineAmountMax)"
        case .noSuchLine(let id): "payment \(id) is not in the run"
        case .alreadyHeld(let id): "payment \(id) is held already"
        case .notHeld(let id): "payment \(id) is not held"
        case .samePersonTwice:
            "no one acts twice on a pay run: whoever prepared, approved or released it does only that"
        case .aboveLimit(let limit): "the total is above the approver’s limit of \(limit)"
        case .totalsDiffer(let totals):
            "the run has \(totals.lineCount) lines of \(totals.total) in all; approve those figures"
        case .fileDiffers: "the file is not the file that was approved"
        case .money(let error): error.description
        }
    }
}
