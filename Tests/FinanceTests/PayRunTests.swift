import Crypto
import Domain
import Events
import Formats
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

/// An agreement that was signed, with a payee, in a finance database of its own.
private struct Office {
    let pool: PostgresPool
    let now = LondonTime.instant(on: day(2026, 3, 2), hour: 9, minute: 0)
    let caseID = CaseID(UUID())
    let personID = PersonID(UUID())
    let agreementID = AgreementID(UUID())
    let preparer = StaffID(UUID())
    let approver = StaffID(UUID())
    let releaser = StaffID(UUID())
    let events = AgreementEvents(outbox: Outbox(source: "/dp-finance"))

    static func with(_ body: (Office) async throws -> Void) async throws {
        try await ServiceDatabase.with(Finance.Main.service, extensions: ["btree_gist"]) { pool in
            let office = Office(pool: pool)
            try await office.sign(version: 1)
            _ = try await pool.query(
                """
                insert into payee (payee_id, agreement_id, account_name, sort_code, account_number, recorded_by, recorded_at)
                values (\(UUID()), \(office.agreementID.uuid), 'A PERSON', '000000', '12345678', \(UUID()), \(office.now))
                """)
            try await body(office)
        }
    }

    static func day(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
        CivilDate(year: year, month: month, day: day) ?? .min
    }

    func handler() throws -> PayRunHandler {
        PayRunHandler(
            outbox: Outbox(source: "/dp-finance"),
            bank: BankFileMaker(
                serviceUserNumber: "123456",
                originator: try BacsAccount(sortCode: "000000", number: "87654321", name: "COUNCIL")))
    }

    func sign(version: Int) async throws {
        let signed = AgreementSigned(
            caseID: caseID, personID: personID, agreementID: agreementID, version: version,
            textSHA256: try #require(TextSHA256(SHA256.hex(of: "text \(version)"))), signedAt: now,
            weeklyBudgetPence: Pence(200_00), weeklyContributionPence: Pence(50_00),
            startsOn: Self.day(2026, 3, 2), paymentFrequency: .fourWeekly)
        let event = try inbound(signed, at: now, version: Int64(version), from: "/case-intake")
        try await pool.transaction { try await events.handle([event], in: $0) }
    }

    func draft(on date: CivilDate = day(2026, 3, 6)) async throws -> PayRun {
        let handler = try handler()
        return try await pool.transaction {
            try await handler.draft(paymentDate: date, by: preparer, at: now, in: $0)
        }
    }

    func lock(_ run: PayRun) async throws -> PayRun {
        let handler = try handler()
        return try await pool.transaction {
            try await handler.handle(.lock(by: preparer), on: run.id, by: preparer, at: now, in: $0)
        }
    }

    func approve(_ run: PayRun, by person: StaffID) async throws -> PayRun {
        let handler = try handler()
        let totals = try run.computeTotals()
        return try await pool.transaction {
            try await handler.approve(run.id, totals: totals, limit: Pence(10_000_00), by: person, at: now, in: $0)
        }
    }

    func release(_ run: PayRun, by person: StaffID) async throws -> PayRun {
        let handler = try handler()
        return try await pool.transaction { try await handler.release(run.id, by: person, at: now, in: $0) }
    }

    func settle(_ run: PayRun) async throws {
        let handler = try handler()
        _ = try await pool.transaction { try await handler.settle(run.id, by: releaser, at: now, in: $0) }
    }

    func told(_ type: String) async throws -> [String] {
        try await pool.query(
            "select convert_from(payload, 'UTF8') from outbox where type like \("%" + type + "%") order by 1"
        )
        .map { try $0.decode(String.self) }
    }
}

/// The SQLSTATE with which the database refuses `sql`, or nil where it does not.
private func refusal(of sql: Query, on pool: PostgresPool) async -> String? {
    do {
        _ = try await pool.query(sql)
        return nil
    } catch let error as PostgresError {
        return error.sqlState
    } catch {
        return "\(error)"
    }
}

@Suite("Pay runs on a real PostgreSQL")
struct PayRunTests {
    @Test("a run goes from draft to settled through three people, and every payment is told once, the first as first")
    func wholeLife() async throws {
        try await Office.with { office in
            let first = try await office.lock(try await office.draft())
            #expect(try first.computeTotals() == ControlTotals(lineCount: 1, total: Pence(600_00)))
            let approved = try await office.approve(first, by: office.approver)
            try await office.settle(try await office.release(approved, by: office.releaser))
            let second = try await office.lock(try await office.draft(on: Office.day(2026, 3, 30)))
            #expect(second.lines.map(\.period.first) == [Office.day(2026, 3, 30)])
            let again = try await office.release(
                try await office.approve(second, by: office.approver), by: office.releaser)
            try await office.settle(again)
            #expect(try await office.told("run-approved").count == 2)
            let paid = try await office.told(".paid.")
            #expect(paid.count == 2)
            #expect(paid.count { $0.contains(#""isFirst":true"#) } == 1)
        }
    }

    @Test("whoever prepared a run cannot approve it, and whoever approved it cannot release it")
    func threePeople() async throws {
        try await Office.with { office in
            let run = try await office.lock(try await office.draft())
            await #expect(throws: PayRunError.samePersonTwice) { try await office.approve(run, by: office.preparer) }
            let approved = try await office.approve(run, by: office.approver)
            await #expect(throws: PayRunError.samePersonTwice) {
                try await office.release(approved, by: office.approver)
            }
        }
    }

    @Test("the database itself refuses an approver who prepared and a releaser who approved")
    func threePeopleInSQL() async throws {
        try await Office.with { office in
            let run = try await office.approve(
                try await office.lock(try await office.draft()), by: office.approver)
            let id = run.id.uuid
            #expect(
                await refusal(
                    of: "update pay_run set approver = \(office.preparer.uuid) where run_id = \(id)", on: office.pool)
                    == "23514")
            for person in [office.preparer, office.approver] {
                #expect(
                    await refusal(
                        of: "update pay_run set status = 'released', releaser = \(person.uuid) where run_id = \(id)",
                        on: office.pool) == "23514")
            }
        }
    }

    @Test("the database refuses a second payment of one person for a day")
    func paidOnce() async throws {
        try await Office.with { office in
            _ = try await office.draft()
            #expect(
                await refusal(
                    of: """
                        insert into payment (payment_id, agreement_id, case_id, person_id, payee_id, run_id, period,
                            gross_pence, contribution_pence, amount_pence, reference)
                        select \(UUID()), agreement_id, case_id, person_id, payee_id, run_id,
                            daterange(upper(period) - 1, upper(period) + 1), 100, 0, 100, 'DP2' from payment
                        """, on: office.pool) == "23P01")
        }
    }

    @Test("the bank file and the history of a run can be neither changed nor deleted")
    func onlyAddedTo() async throws {
        try await Office.with { office in
            _ = try await office.approve(try await office.lock(try await office.draft()), by: office.approver)
            for sql in [
                "update bank_file set made_at = now()", "delete from bank_file",
                "update pay_run_history set happened_at = now()", "delete from pay_run_history",
            ] {
                #expect(await refusal(of: Query(unescaped: sql), on: office.pool) == "42501", "\(sql)")
            }
        }
    }

    @Test("the stored bank file hashes to what was approved")
    func fileIsTheApprovedOne() async throws {
        try await Office.with { office in
            let run = try await office.approve(
                try await office.lock(try await office.draft()), by: office.approver)
            let body = try await office.pool.query("select body from bank_file").only().decode([UInt8].self)
            #expect(Hex.encode(SHA256.hash(body)) == run.fileSHA256?.description)
            #expect(String(decoding: body, as: UTF8.self).contains("12345678"))
        }
    }

    @Test("an agreement that was drafted again is not paid until it is signed again")
    func redrafted() async throws {
        try await Office.with { office in
            let redrafted = AgreementRedrafted(
                caseID: office.caseID, personID: office.personID, agreementID: office.agreementID, version: 2,
                textSHA256: try #require(TextSHA256(SHA256.hex(of: "text 2"))), draftedAt: office.now)
            let event = try inbound(redrafted, at: office.now, version: 2, from: "/case-intake")
            try await office.pool.transaction { try await office.events.handle([event], in: $0) }
            #expect(try await office.draft().lines.isEmpty)
            try await office.sign(version: 2)
            #expect(try await office.draft().lines.count == 1)
        }
    }

    @Test("a bank file is written whole, and never over a file that is there")
    func wholeFile() throws {
        let path = try TemporaryFolder.make("bank-file").path + "/run.txt"
        try WholeFile.write(Array("first".utf8), to: path)
        #expect(throws: CommandFailure.self) { try WholeFile.write(Array("second".utf8), to: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "first")
    }
}
