import Events
import Messaging
import Postgres
import ServiceKit

/// `case-intake`: takes a referral to an assessment, an offer, a signed agreement and support.
@main
enum Main {
    static func main() { ServiceMain.run(service.command) }

    static let service = ServiceDefinition(
        name: "case-intake", abstract: "Take a referral to an assessment, an offer, a signed agreement and support.",
        schemaName: "case_intake", httpPort: 8082,
        migrations: [
            MigrationComponent(
                "case-intake",
                [
                    Migration(version: 1, name: "0001_cases", utf8: PackageResources.m0001_cases_sql),
                    Migration(version: 2, name: "0002_sealed_cases", utf8: PackageResources.m0002_sealed_cases_sql),
                    Migration(version: 3, name: "0003_people_guarded", utf8: PackageResources.m0003_people_guarded_sql),
                ])
        ],
        sealsPersonalData: true, erasure: ErasureDuties(obstacles: { try await OpenCases.obstacles(to: $0, in: $1) }),
        consumers: { context in
            [ConsumerDefinition("case-intake", [.referrals, .payments], CaseIntakeEvents(vault: try context.vault))]
        },
        verbs: { service in
            let cases = CaseHandler()
            return CaseVerbs.all(service, cases) + SetUpVerbs.all(service, cases)
                + AgreementVerbs.all(service, AgreementHandler(cases: cases)) + SupportVerbs.all(service, cases)
        })
}

/// What the service reads, topic by topic; a batch comes from one topic.
struct CaseIntakeEvents: EventHandler {
    private let referrals: ReferralEvents
    private let payments = PaymentEvents()

    init(vault: PersonVault) { referrals = ReferralEvents(cases: CaseHandler(), vault: vault) }

    private func isOfReferrals(_ event: InboundEvent) -> Bool { event.topic == Topic.referrals.rawValue }

    func prepare(_ events: [InboundEvent]) async throws {
        try await referrals.prepare(events.filter(isOfReferrals))
    }

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        try await referrals.handle(events.filter(isOfReferrals), in: transaction)
        try await payments.handle(events.filter { !isOfReferrals($0) }, in: transaction)
    }
}
