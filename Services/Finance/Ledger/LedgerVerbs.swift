import Domain
import FoundationEssentials
import Postgres
import ServiceKit

/// Looking at the ledger.
enum LedgerVerbs {
    static func command(_ verbs: ServiceDefinition) -> Command {
        Command("ledger", abstract: "Look at what was posted.", subcommands: [balance(verbs)])
    }

    private static func balance(_ verbs: ServiceDefinition) -> Command {
        Command(
            "balance", abstract: "Show the trial balance: what each account comes to, and that all come to nothing."
        ) {
            line in
            let day = line.option("as-of", CivilDate.self, "The last day that counts; today without it.")
            return verbs.looking(.readPayments) { call, act in
                act.note("trial balance", of: [])
                let rows = try await act.transaction.query(
                    """
                    select account, count(*), coalesce(sum(amount_pence) filter (where amount_pence > 0), 0)::bigint,
                        coalesce(-sum(amount_pence) filter (where amount_pence < 0), 0)::bigint
                    from posting join ledger_entry using (entry_id) where happened_on <= \(call[day] ?? act.today)
                    group by account order by account
                    """)
                var table = Table(
                    title: "Trial balance",
                    columns: [
                        .init("account", "Account"), .init("postings", "Postings"), .init("debit", "Debit"),
                        .init("credit", "Credit"),
                    ])
                var (debits, credits) = (Pence.zero, Pence.zero)
                for row in rows {
                    let (account, count, debit, credit) = try row.decode(
                        String.self, Int64.self, Pence.self, Pence.self)
                    table.append([.text(account), .integer(count), .money(debit), .money(credit)])
                    (debits, credits) = (try debits + debit, try credits + credit)
                }
                table.append([.text("total"), .none, .money(debits), .money(credits)])
                return table
            }
        }
    }
}
