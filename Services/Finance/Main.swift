import Domain
import Events
import Formats
import Messaging
import ServiceKit

/// `dp-finance`: pays the right person the right amount once.
@main
enum Main {
    static func main() { ServiceMain.run(service.command) }

    static let service = ServiceDefinition(
        name: "dp-finance", abstract: "Pay the right person the right amount once.", schemaName: "dp_finance",
        httpPort: 8083,
        migrations: [
            MigrationComponent(
                "dp-finance",
                [
                    Migration(version: 1, name: "0001_payments", utf8: PackageResources.m0001_payments_sql),
                    Migration(
                        version: 2, name: "0002_endings_and_ledger",
                        utf8: PackageResources.m0002_endings_and_ledger_sql),
                    Migration(version: 3, name: "0003_terms", utf8: PackageResources.m0003_terms_sql),
                    Migration(
                        version: 4, name: "0004_sealed_accounts", utf8: PackageResources.m0004_sealed_accounts_sql),
                    Migration(
                        version: 5, name: "0005_people_guarded", utf8: PackageResources.m0005_people_guarded_sql),
                ])
        ],
        databaseExtensions: ["btree_gist"], sealsPersonalData: true,
        erasure: ErasureDuties(obstacles: { try await UnsettledPayments.obstacles(to: $0, in: $1) }),
        settings: BankSettings.list,
        consumers: { _ in
            [ConsumerDefinition("dp-finance", [.cases], AgreementEvents(outbox: Outbox(source: "/dp-finance")))]
        },
        verbs: { service in
            PayeeVerbs.all(service) + PayRunVerbs.all(service) + [
                BankFileVerb.command(service), LedgerVerbs.command(service),
            ]
        })
}
