import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

@Suite("The ledger")
struct LedgerTests {
    @Test("every payment that was made is posted once, and each entry comes to nothing")
    func posted() async throws {
        try await Office.with { office in
            _ = try await office.sign(Pence(200_00), Pence(50_00))
            _ = try await office.sign(Pence(100_00), .zero)
            try await office.pay()
            #expect(try await office.service.count("select count(*) from ledger_entry") == 2)
            #expect(try await office.service.count("select count(*) from posting") == 5)
            #expect(try await office.service.count("select sum(amount_pence)::bigint from posting") == 0)
            let balance = try await office.service.run(
                ["ledger", "balance"], as: TestPerson(.auditor), at: "2026-03-31T12:00:00Z")
            let rows = try balance.rows().map { [$0["account"], $0["debit"], $0["credit"]] }
            #expect(
                rows == [
                    ["bank", "0", "100000"], ["contributions", "0", "20000"], ["direct-payments", "120000", "0"],
                    ["total", "120000", "120000"],
                ])
        }
    }

    @Test("the database refuses an entry that does not come to nothing, when it is committed")
    func unbalanced() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            _ = try await office.draft()
            func post(_ amounts: [(String, Int64)]) async throws -> String? {
                do {
                    try await office.pool.transaction { transaction in
                        let id = UUID()
                        _ = try await transaction.query(
                            """
                            insert into ledger_entry (entry_id, payment_id, kind, happened_on, posted_at, posted_by)
                            select \(id), payment_id, 'payment', '2026-03-06', \(Office.now), \(UUID()) from payment
                            """)
                        for (account, amount) in amounts {
                            _ = try await transaction.query("insert into posting values (\(id), \(account), \(amount))")
                        }
                    }
                    return nil
                } catch let error as PostgresError {
                    return error.sqlState
                }
            }
            #expect(try await post([]) == "23514")
            #expect(try await post([("bank", -5)]) == "23514")
            #expect(try await post([("direct-payments", 5), ("bank", -4)]) == "23514")
            #expect(try await post([("direct-payments", 5), ("bank", 0)]) == "23514")
            #expect(try await post([("direct-payments", 5), ("bank", -5)]) == nil)
            // The same payment again.
            #expect(try await post([("direct-payments", 5), ("bank", -5)]) == "23505")
            // A later posting to an entry that balances.
            let entry = try await office.pool.query("select entry_id from ledger_entry").only().decode(UUID.self)
            #expect(
                try await office.service.refusal(of: "insert into posting values (\(entry), 'contributions', 1)")
                    == "23514")
        }
    }

    @Test("a posting is never changed or deleted")
    func onlyAddedTo() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            try await office.pay()
            for sql in [
                "update posting set amount_pence = 1", "delete from posting", "truncate posting",
                "update ledger_entry set happened_on = now()", "delete from ledger_entry", "truncate ledger_entry",
            ] {
                #expect(try await office.service.refusal(of: Query(unescaped: sql)) == "42501", "\(sql)")
            }
        }
    }
}
