import Crypto
import Domain
import Formats
import FoundationEssentials
import Postgres
import Safeguards
import ServiceKit

/// The bank file of a run, with the hash that an approver fixes.
struct BankFile: Sendable {
    let body: [UInt8]
    let sha256: TextSHA256
}

/// What is in the way of a bank file.
enum BankFileError: Error {
    case dateCannotBeMet(CivilDate)
    case notApproved
    case fileMissing
    /// Somebody came onto the run after the keys were fetched.
    case runChanged
}

/// Makes a run's Bacs Standard 18 file and keeps it.
struct BankFileMaker: Sendable {
    let serviceUserNumber: String
    let originator: BacsAccount

    /// The file for the run's lines as they are now, processed the working day before the payment date.
    func make(
        for run: PayRun, _ seals: PayRunSeals, at now: Date, in transaction: PostgresTransaction
    ) async throws -> BankFile {
        guard let cycle = BacsCycle(arrivingOn: run.paymentDate), cycle.canBeMet(at: now) else {
            throw BankFileError.dateCannotBeMet(run.paymentDate)
        }
        let submission = try Standard18(
            serviceUserNumber: serviceUserNumber, serial: serial(of: run), originator: originator,
            createdOn: LondonTime.date(of: now), processing: .single(cycle.processing),
            credits: try await credits(of: run, seals, in: transaction))
        let body = try submission.write()
        guard let hash = TextSHA256(Hex.encode(SHA256.hash(body))) else { throw BankFileError.notApproved }
        return BankFile(body: body, sha256: hash)
    }

    /// Keeps the file with its run.
    func store(
        _ file: BankFile, of run: PayRunID, _ seals: PayRunSeals, at now: Date, in transaction: PostgresTransaction
    ) async throws {
        let sealed = try seals.run.close(file.body, Self.body, row: run.uuid)
        _ = try await transaction.query(
            """
            insert into bank_file (run_id, sha256, format, body, made_at)
            values (\(run.uuid), \(file.sha256.description), 'bacs-standard-18', \(sealed), \(now))
            on conflict (run_id, sha256) do nothing
            """)
    }

    /// The file that was approved, its hash computed anew from its bytes.
    func stored(
        of run: PayRun, _ seals: PayRunSeals, in transaction: PostgresTransaction
    ) async throws -> BankFile {
        guard let approved = run.fileSHA256 else { throw BankFileError.notApproved }
        let rows = try await transaction.query(
            "select body from bank_file where run_id = \(run.id.uuid) and sha256 = \(approved.description)")
        guard let row = rows.first else { throw BankFileError.fileMissing }
        let body = try seals.run.openBytes(row.decode(SealedField.self), Self.body, row: run.id.uuid).reveal()
        guard let hash = TextSHA256(Hex.encode(SHA256.hash(body))) else { throw BankFileError.fileMissing }
        return BankFile(body: body, sha256: hash)
    }

    /// Six letters or digits, unique for the day: the random end of the run's id.
    private func serial(of run: PayRun) -> String { String(run.id.description.suffix(6)).uppercased() }

    private static let body = SealedColumn("bank_file", "body")

    private func credits(
        of run: PayRun, _ seals: PayRunSeals, in transaction: PostgresTransaction
    ) async throws -> [BacsCredit] {
        let payable = run.payableLines.map(\.paymentID.uuid)
        let rows = try await transaction.query(
            """
            select p.amount_pence, p.reference, p.person_id, payee_id, a.account_name, a.sort_code, a.account_number
            from unnest(\(payable)::uuid[]) with ordinality as line (payment_id, n)
                join payment p using (payment_id) join payee a using (payee_id)
            order by line.n
            """)
        return try rows.map { row in
            let (amount, reference, person, payee, name, sortCode, number) = try row.decode(
                Pence.self, String.self, PersonID.self, PayeeID.self, SealedField.self, SealedField.self,
                SealedField.self)
            guard let seal = seals.people[person] else { throw BankFileError.runChanged }
            let account = try PayeeStore.open(payee, name: name, sortCode: sortCode, number: number, seal)
            return BacsCredit(destination: account, amount: amount, reference: reference)
        }
    }
}
