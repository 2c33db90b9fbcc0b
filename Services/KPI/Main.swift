import Events
import Messaging
import ServiceKit

/// `kpi`: take-up, why it moves, and where every number comes from.
@main
enum Main {
    static func main() { ServiceMain.run(service.command) }

    static let service = ServiceDefinition(
        name: "kpi", abstract: "Show take-up, starts and waits, and where every number comes from.", schemaName: "kpi",
        httpPort: 8085,
        migrations: [
            MigrationComponent(
                "kpi", [Migration(version: 1, name: "0001_facts", utf8: PackageResources.m0001_facts_sql)])
        ],
        consumers: { _ in
            [ConsumerDefinition("kpi", [.referrals, .cases, .payments, .engagement], FactEvents())]
        },
        routes: { router, context in
            let signIn = try PageSignIn(context, service: "kpi", styleSheet: MeasuresPage.styleSheetPath)
            signIn.add(to: &router)
            MeasureRoutes(signIn: signIn).add(to: &router)
        },
        verbs: { service in MeasureVerbs.all(service) })
}
