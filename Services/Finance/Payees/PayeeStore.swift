import Domain
import Formats
import FoundationEssentials
import Postgres
import Safeguards
import ServiceKit

/// The accounts that money goes to, sealed under the key of the person it is for.
enum PayeeStore {
    private static let accountName = SealedColumn("payee", "account_name")
    private static let sortCode = SealedColumn("payee", "sort_code")
    private static let accountNumber = SealedColumn("payee", "account_number")

    /// Records the account of an agreement. False where the agreement is not known or has a payee already.
    static func add(
        _ id: PayeeID, _ account: BacsAccount, to agreement: AgreementID, _ seal: PersonSeal, by staffID: StaffID,
        at now: Date, in transaction: PostgresTransaction
    ) async throws -> Bool {
        let rows = try await transaction.query(
            """
            insert into payee (payee_id, agreement_id, account_name, sort_code, account_number, recorded_by, recorded_at)
            select \(id), agreement_id, \(try seal.close(account.name, accountName, row: id.uuid)),
                \(try seal.close(account.sortCode, sortCode, row: id.uuid)),
                \(try seal.close(account.number, accountNumber, row: id.uuid)), \(staffID), \(now)
            from agreement where agreement_id = \(agreement)
            on conflict (agreement_id) do nothing
            """)
        return rows.affected == 1
    }

    /// The payee of an agreement as the audit keeps it.
    static func standing(
        for agreement: AgreementID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> StandingRecord {
        let rows = try await transaction.query(
            "select payee_id, account_name, sort_code, account_number from payee where agreement_id = \(agreement)")
        let payee = try rows.first.map { row in
            let (id, name, code, number) = try row.decode(
                PayeeID.self, SealedField.self, SealedField.self, SealedField.self)
            return StandingPayee(payeeID: id, account: try open(id, name: name, sortCode: code, number: number, seal))
        }
        return StandingRecord(try payee?.json(), of: [PersonID(seal.owner)])
    }

    /// An account as it was recorded.
    static func open(
        _ id: PayeeID, name: SealedField, sortCode code: SealedField, number: SealedField, _ seal: PersonSeal
    ) throws -> BacsAccount {
        try BacsAccount(
            sortCode: seal.open(code, sortCode, row: id.uuid).reveal(),
            number: seal.open(number, accountNumber, row: id.uuid).reveal(),
            name: seal.open(name, accountName, row: id.uuid).reveal())
    }
}

/// A payee in the audit.
private struct StandingPayee: Encodable {
    let payeeID: PayeeID
    let sortCode: String
    let accountNumber: String
    let accountName: String

    init(payeeID: PayeeID, account: BacsAccount) {
        self.payeeID = payeeID
        (sortCode, accountNumber, accountName) = (account.sortCode, account.number, account.name)
    }

    func json() throws -> Sensitive<String> {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Sensitive(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
