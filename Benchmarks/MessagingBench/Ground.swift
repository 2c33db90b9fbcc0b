import FoundationEssentials
import Kafka
import Messaging
import Postgres
import ServiceKit
import Telemetry

/// A durable PostgreSQL and an Apache Kafka of our own, with one service's schema and one topic.
struct Ground: Sendable {
    static let topic = TopicSpec(name: "cases", partitions: 8)
    static let schema = "bench"
    static let logger = Logger(label: "bench")

    let postgres: LocalPostgreSQL
    let kafka: LocalKafka
    /// The superuser's, with the schema in its path: for filling tables, emptying them and looking.
    let admin: PostgresConnection

    /// Starts both, runs `body` and ends them.
    static func with(_ body: (Ground) async throws -> Void) async throws {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
            throw BenchError("KAFKA_HOME names no Apache Kafka")
        }
        let postgres = try await LocalPostgreSQL.start(
            .init(durable: true, settings: ["max_wal_size": "8GB", "shared_buffers": "512MB"]))
        try await ending({ await postgres.stop() }) {
            let kafka = try await LocalKafka.start(home: home)
            try await ending({ await kafka.stop() }) {
                try await body(try await prepared(postgres, kafka))
            }
        }
    }

    private static func prepared(_ postgres: LocalPostgreSQL, _ kafka: LocalKafka) async throws -> Ground {
        var configuration = try PostgresConfiguration(url: postgres.url())
        configuration.searchPath = [schema]
        configuration.statementTimeout = .seconds(120)
        let admin = try await PostgresConnection.connect(configuration, logger: logger)
        let service = try ServiceSchema(name: schema, source: "/case-intake")
        try await service.provision(as: admin)
        _ = try await Migrator(schema: service, components: [handled], logger: logger).run(on: admin)
        let ground = Ground(postgres: postgres, kafka: kafka, admin: admin)
        try await KafkaAdmin(ground.brokers, logger: logger).createTopics([topic])
        return ground
    }

    /// What the consumer's handler leaves behind: a row for each event.
    private static let handled = MigrationComponent(
        "bench",
        [
            Migration(
                version: 1, name: "0001_handled",
                sql: """
                    create table handled (event_id uuid primary key, key uuid not null, closed_at timestamptz not null);
                    grant select, insert on handled to {{app}};
                    """)
        ])

    var brokers: KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: kafka.bootstrapServers, clientID: "bench")
    }

    func database(_ role: ServiceSchema.Role) throws -> PostgresConfiguration {
        let service = try ServiceSchema(name: Self.schema, source: "/case-intake")
        return try PostgresConfiguration(url: postgres.url(role: service.roleName(role)))
    }

    /// Puts `count` events into the outbox, each of a case of its own, as a service that says `cases/closed` would.
    func fillOutbox(_ count: Int) async throws {
        try await admin.execute(
            script: """
                with event as (
                    insert into outbox_event (
                        event_id, source, topic, key, version, shard, type, dataschema, event_time, correlation_id, payload)
                    select gen_random_uuid(), '/case-intake', 'cases', key, 1, g % 8, 'uk.takeup.cases.closed.v1',
                        '/schemas/events/cases/closed/v1.json', '2026-11-25T10:00:00.125Z', gen_random_uuid(),
                        convert_to(format('{"caseID":"%s","personID":"%s","closedAt":"2026-11-25T10:00:00.125Z",'
                            '"reason":"referral-withdrawn"}', key, gen_random_uuid()), 'UTF8')
                    from (select g, gen_random_uuid() as key from generate_series(1, \(count)) g) as made
                    returning seq, octet_length(payload) as bytes, shard
                )
                insert into outbox_pending (seq, bytes, shard) select seq, bytes, shard from event;
                """)
    }

    /// Empties what a turn left, so that the next one begins as it did.
    func empty(_ tables: String) async throws {
        try await admin.execute(script: "truncate \(tables); checkpoint")
    }

    func count(_ query: Query) async throws -> Int {
        Int(try await admin.query(query).only().decode(Int64.self))
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits, looking every 10 ms. Fails after five minutes.
func until(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw BenchError("five minutes have passed") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func median(_ values: [Double]) -> Double { values.sorted()[(values.count - 1) / 2] }

func setting(_ name: String, _ otherwise: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
}

/// A number of events per second, or a count, in nine places.
func padded(_ value: Double) -> String {
    let text = String(Int(value))
    return String(repeating: " ", count: max(0, 9 - text.count)) + text
}

/// Two decimal places.
func ratio(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
