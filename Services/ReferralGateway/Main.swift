import Messaging
import ServiceKit

/// `referral-gateway`: takes in what partners send, and tells what it means.
@main
enum Main {
    static func main() { ServiceMain.run(service.command) }

    static let service = ServiceDefinition(
        name: "referral-gateway", abstract: "Take in referrals in the formats that partners already send.",
        schemaName: "referral_gateway", httpPort: 8081,
        migrations: [
            MigrationComponent(
                "referral-gateway",
                [
                    Migration(version: 1, name: "0001_referrals", utf8: PackageResources.m0001_referrals_sql),
                    Migration(version: 2, name: "0002_sealed_people", utf8: PackageResources.m0002_sealed_people_sql),
                    Migration(version: 3, name: "0003_people_guarded", utf8: PackageResources.m0003_people_guarded_sql),
                    Migration(version: 4, name: "0004_more_formats", utf8: PackageResources.m0004_more_formats_sql),
                    Migration(
                        version: 5, name: "0005_quarantine_settled", utf8: PackageResources.m0005_quarantine_settled_sql
                    ),
                    Migration(
                        version: 6, name: "0006_returns_of_children",
                        utf8: PackageResources.m0006_returns_of_children_sql),
                ])
        ],
        sealsPersonalData: true,
        erasure: ErasureDuties(forget: { try await PersonStore.forget($0, in: $1) }),
        routes: { router, context in
            SubmissionRoutes(context: context).add(to: &router)
            PartnerRoutes(context: context).add(to: &router)
        },
        verbs: { service in
            SubmissionVerbs.all(service) + [
                QuarantineVerbs.command(service), YoungPeopleVerbs.command(service), PersonVerbs.command(service),
            ]
        })
}
