import Messaging
import ServiceKit

/// `engagement`: champions and training, and what they changed.
@main
enum Main {
    static func main() { ServiceMain.run(service.command) }

    static let service = ServiceDefinition(
        name: "engagement", abstract: "Run champions and training.", schemaName: "engagement", httpPort: 8084,
        migrations: [
            MigrationComponent(
                "engagement",
                [Migration(version: 1, name: "0001_engagement", utf8: PackageResources.m0001_engagement_sql)])
        ],
        verbs: { service in
            let outbox = Outbox(source: "/engagement")
            return ChampionVerbs.all(service, outbox) + TrainingVerbs.all(service, outbox)
        })
}
