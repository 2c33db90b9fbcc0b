import Domain
import ServiceKit

/// A pay run's refusal as the person at the terminal reads it.
extension PayRunError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        switch self {
        case .noRun: CommandFailure(.badInput, "There is no such pay run.", next: next)
        default: CommandFailure(.failed, "Nothing was recorded: the pay run does not allow it.", why: why, next: next)
        }
    }

    private var why: String {
        let sentence = "\(self)"
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
    }

    private var next: String {
        switch self {
        case .noRun, .alreadyCreated, .wrongStatus: "'dp-finance pay-runs list' shows the runs and where they stand."
        case .notAWorkingDay: "Give a --payment-date that is neither on a weekend nor a bank holiday."
        case .tooManyLines: "Draft a run with an earlier date first."
        case .noLines: "Lift a hold, or cancel the run with 'dp-finance pay-runs cancel'."
        case .noSuchLine, .alreadyHeld, .notHeld, .paymentRepeated:
            "'dp-finance pay-runs show' shows the run's payments."
        case .personAlreadyPaid: "Draft the run again: another run was drafted meanwhile."
        case .amountNotPositive, .amountTooLarge, .money: "Have the agreement's amounts checked."
        case .samePersonTwice: "Ask a colleague who has had no part in this run."
        case .aboveLimit: "Draft smaller runs, or ask somebody whose limit is higher."
        case .totalsDiffer: "Look at the payments with 'dp-finance pay-runs show', and approve what you have checked."
        case .fileDiffers:
            "Do not pay. Give the run a date again with 'dp-finance pay-runs redate', and have it approved anew."
        }
    }
}

extension BankFileError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        switch self {
        case .dateCannotBeMet(let date):
            CommandFailure(
                .failed, "Bacs can no longer have the money there on \(date).",
                why: "A file is sent two working days before, by 22:30.",
                next: "Give the run another date with 'dp-finance pay-runs redate'.")
        case .notApproved:
            CommandFailure(
                .failed, "The pay run has no approved file.",
                next: "Have the run approved with 'dp-finance pay-runs approve'.")
        case .runChanged:
            CommandFailure(.tryLater, "Somebody came onto the run in this moment.", next: "Do it again.")
        case .fileMissing:
            CommandFailure(
                .failed, "The approved file is not stored any more.", next: "Do not pay, and have the database checked."
            )
        }
    }
}
