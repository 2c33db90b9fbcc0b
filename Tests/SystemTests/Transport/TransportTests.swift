import Domain
import Events
import FoundationEssentials
import HTTP
import Kafka
import Postgres
import Scenario
import ServiceKit
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Takeup

private let quiet = Logger(label: "tests")

extension SystemTests {
    @Suite("Everybody over TLS, with Apache Kafka", .enabled(if: BrokerKind.available.contains(.apacheKafka)))
    struct TransportTests {
        @Test("the whole story is told, and whoever has no certificate that is trusted learns nothing")
        func story() async throws {
            try await SecuredServers.with { servers in
                let transport = try servers.transport()
                let broker = DemoBroker(
                    servers: servers.kafka.bootstrapServers, description: "secured", isEmbedded: false, end: {})
                let stack = try await DemoStack.start(on: { broker }, by: transport, tell: { _ in })
                try await ending({ await stack.stop() }) {
                    let today = LondonTime.date(of: Date())
                    let scenario = Scenario(seed: 5, people: 12, firstDay: today.adding(days: -270), days: 150)
                    let play = DemoPlay(
                        stack: stack, scenario: scenario, today: today,
                        narrator: Narrator(terminal: Terminal(output: KeptText(), messages: KeptText())))
                    try await play.perform()
                    try await Self.requirePaid(stack)
                    try await Self.requireDoctorsContent(stack)
                    try await Self.requireClosed(stack, servers)
                }
            }
        }

        /// What was paid has come to `kpi`, over everything in between.
        private static func requirePaid(_ stack: DemoStack) async throws {
            let url = stack.postgres.url(database: "takeup")
            try await PostgresConnection.with(PostgresConfiguration(url: url), logger: quiet) { superuser in
                #expect(
                    try await eventually(within: .seconds(60)) {
                        try await superuser.query("select count(*) from kpi.payment_fact").only().decode(Int64.self) > 3
                    })
                let plain = try await superuser.query(
                    """
                    select count(*) from pg_stat_activity a left join pg_stat_ssl s using (pid)
                    where a.client_addr is not null and not coalesce(s.ssl and s.client_dn is not null, false)
                    """
                ).only().decode(Int64.self)
                #expect(plain == 0)
            }
        }

        private static func requireDoctorsContent(_ stack: DemoStack) async throws {
            for name in ServicePrograms.names { try await stack.program(name).run(["doctor"]) }
        }

        private static func requireClosed(_ stack: DemoStack, _ servers: SecuredServers) async throws {
            let (page, certificates) = (stack.pageURL + "livez", servers.certificates)
            for name in [nil, "stranger"] {
                let client = HTTPClient(try servers.client(as: name))
                #expect(try await client.send(HTTPClientRequest(.get, page)).status.rawValue == 403)
                await client.stop()
            }
            func refused(_ parameters: String, as role: String) async {
                await #expect(throws: PostgresError.self, "\(role) \(parameters)") {
                    let url = "postgresql://\(role)@127.0.0.1:\(stack.postgres.port)/takeup?\(parameters)"
                    try await PostgresConnection.with(PostgresConfiguration(url: url), logger: quiet) { _ in }
                }
            }
            func certificate(_ name: String, by authority: String = "authority") -> String {
                "sslmode=verify-full&sslrootcert=\(certificates.path("\(authority).crt"))"
                    + "&sslcert=\(certificates.path("\(name).crt"))&sslkey=\(certificates.path("\(name).key"))"
            }
            await refused("sslmode=disable", as: "kpi_app")
            await refused("sslmode=require", as: "kpi_app")
            await refused(certificate("stranger"), as: "kpi_app")
            await refused(certificate("engagement"), as: "kpi_app")
            // The server itself has to be vouched for.
            await refused(certificate("kpi", by: "rogue"), as: "kpi_app")
        }

        @Test("each service writes and reads its own topics alone, as docs/access.md shows")
        func topics() async throws {
            try await SecuredServers.with { servers in
                let administrator = try KafkaProducer(servers.cluster(as: "administrator"), logger: quiet)
                let written = await administrator.send(Topic.allCases.map { Self.record($0) })
                #expect(written.filter { !$0.isPersisted } == [])
                await administrator.stop()

                var access = AccessTable("topics", columns: ["topic"] + ServicePrograms.names)
                var deeds: [String: [Topic: [String]]] = [:]
                for service in ServicePrograms.names {
                    let written = try await Self.written(by: service, servers)
                    let read = try await Self.read(by: service, group: service, servers)
                    for topic in Topic.allCases {
                        deeds[service, default: [:]][topic] =
                            (written.contains(topic) ? ["write"] : []) + (read.contains(topic) ? ["read"] : [])
                    }
                    let expected = TopicAccess.all.filter { $0.service == service }
                    func topics(_ operation: TopicAccess.Operation) -> Set<Topic> {
                        Set(
                            Topic.allCases.filter { topic in
                                expected.contains { $0.resource == .topic(topic) && $0.operation == operation }
                            })
                    }
                    #expect(written == topics(.write), "\(service)")
                    #expect(read == topics(.read), "\(service)")
                }
                for topic in Topic.allCases {
                    access.add(
                        ["`\(topic.rawValue)`"]
                            + ServicePrograms.names.map { (deeds[$0]?[topic] ?? []).joined(separator: ", ") })
                }
                try access.requireOnPage()
                // Neither another's group, nor without a rule at all.
                #expect(try await Self.read(by: "engagement", group: "kpi", servers).isEmpty)
                #expect(try await Self.read(by: "nobody", group: "nobody", servers).isEmpty)
                #expect(try await Self.written(by: "nobody", servers).isEmpty)
                try await Self.requireIdentity(servers)
            }
        }

        /// Passwords inside TLS work too; without a trusted certificate, or with a wrong password, nobody gets in.
        private static func requireIdentity(_ servers: SecuredServers) async throws {
            func answers(_ cluster: KafkaConfiguration) async throws -> Bool {
                do {
                    _ = try await KafkaAdmin(cluster, timeout: .seconds(5), logger: quiet).topics()
                    return true
                } catch is KafkaError {
                    return false
                }
            }
            #expect(try await answers(servers.cluster(as: "kpi")))
            #expect(try await answers(servers.cluster(as: "kpi", password: SecuredServers.password)))
            #expect(try await !answers(servers.cluster(as: "kpi", password: "another")))
            #expect(try await !answers(servers.cluster(as: nil)))
            #expect(try await !answers(servers.cluster(as: "stranger")))
            var untrusting = servers.cluster(as: "kpi")
            untrusting.security = .tls(KafkaTLS(authorityFile: servers.certificates.path("rogue.crt")))
            #expect(try await !answers(untrusting))
        }

        private static func record(_ topic: Topic) -> KafkaRecord {
            KafkaRecord(topic: topic.rawValue, key: Array("a".utf8), value: Array("{}".utf8))
        }

        private static func written(by service: String, _ servers: SecuredServers) async throws -> Set<Topic> {
            var options = ProducerOptions()
            options.reportTimeout = .seconds(5)
            let producer = try KafkaProducer(servers.cluster(as: service), options: options, logger: quiet)
            var written: Set<Topic> = []
            for topic in Topic.allCases {
                if await producer.send([record(topic)]).allSatisfy(\.isPersisted) { written.insert(topic) }
            }
            await producer.stop()
            return written
        }

        /// The topics of which it gets to see a record, asking for all of them.
        private static func read(by service: String, group: String, _ servers: SecuredServers) async throws -> Set<
            Topic
        > {
            let seen = Seen()
            let consumer = try KafkaConsumer(
                servers.cluster(as: service), group: group, topics: Topic.allCases.map(\.rawValue), logger: quiet,
                handler: { seen.add($0.map(\.topic)) })
            let running = Task { try await consumer.run() }
            let allowed = TopicAccess.all.filter { $0.service == service && $0.service == group }.count { access in
                if case .topic = access.resource { access.operation == .read } else { false }
            }
            _ = try await eventually(within: .seconds(30)) { seen.topics.count >= allowed }
            // What may not be read would come now.
            try await Task.sleep(for: .seconds(3))
            await consumer.stop()
            do { try await running.value } catch is KafkaError {}
            return seen.topics
        }

        private final class Seen: Sendable {
            private let names = Mutex<Set<String>>([])

            var topics: Set<Topic> { Set(names.withLock { $0 }.compactMap(Topic.init)) }
            func add(_ topics: [String]) { names.withLock { $0.formUnion(topics) } }
        }
    }
}
