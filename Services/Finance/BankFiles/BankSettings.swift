import Domain
import Formats
import ServiceKit

/// The council's own account and its limits.
enum BankSettings {
    static let serviceUserNumber = Setting(
        "bacs.service-user-number", default: "", "The council's Bacs service user number, six digits.")
    static let sortCode = Setting("bacs.sort-code", default: "", "The sort code of the council's account.")
    static let accountNumber = Setting("bacs.account-number", default: "", "The number of the council's account.")
    static let accountName = Setting("bacs.account-name", default: "", "The name of the council's account.")
    static let approvalLimit = Setting(
        "pay-runs.approval-limit", default: Pence(250_000_00), "The largest pay run that one approver may approve.")

    static var list: SettingList {
        var list = SettingList()
        list.add(serviceUserNumber)
        list.add(sortCode)
        list.add(accountNumber)
        list.add(accountName)
        list.add(approvalLimit)
        return list
    }
}

extension BankFileMaker {
    /// With the council's account as it is configured. Throws where it is not.
    init(_ configuration: Configuration) throws {
        serviceUserNumber = configuration[BankSettings.serviceUserNumber]
        do {
            originator = try BacsAccount(
                sortCode: configuration[BankSettings.sortCode], number: configuration[BankSettings.accountNumber],
                name: configuration[BankSettings.accountName])
        } catch {
            throw CommandFailure(
                .configuration, "The council's own account is not configured.", why: error.description + ".",
                next: "Set bacs.service-user-number, bacs.sort-code, bacs.account-number and bacs.account-name.")
        }
    }
}
