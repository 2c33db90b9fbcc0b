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
                "case-intake", [Migration(version: 1, name: "0001_cases", utf8: PackageResources.m0001_cases_sql)])
        ],
        consumers: { _ in [ConsumerDefinition("case-intake", [.referrals, .payments], CaseIntakeEvents())] },
        verbs: { service in
            let cases = CaseHandler()
            return CaseVerbs.all(service, cases) + SetUpVerbs.all(service, cases)
                + AgreementVerbs.all(service, AgreementHandler(cases: cases)) + SupportVerbs.all(service, cases)
        })
}

/// What the service reads, topic by topic; a batch comes from one topic.
struct CaseIntakeEvents: EventHandler {
    private let referrals = ReferralEvents(cases: CaseHandler())
    private let payments = PaymentEvents()

    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
        let isOfReferrals = { (event: InboundEvent) in event.topic == Topic.referrals.rawValue }
        try await referrals.handle(events.filter(isOfReferrals), in: transaction)
        try await payments.handle(events.filter { !isOfReferrals($0) }, in: transaction)
    }
}
