import Domain
import Events
import Formats
import Foundation
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

extension SystemTests {
    @Suite("Personal data in what is stored, sent and told")
    struct CanaryTests {
        @Test("of a whole story nothing personal stands in topics, logs, traces, metrics, file names or dumps")
        func search() async throws {
            let collector = try Collector()
            let outcome = try await collector.running { address in
                var transport = DemoTransport()
                transport.environment = { _ in
                    ["TAKEUP_TRACES_OTLP_URL": address, "TAKEUP_LOG_LEVEL": "trace"]
                }
                return try await tell(over: transport)
            }
            let (canaries, places) = outcome
            // The search finds what is there to be found.
            #expect(canaries.values.count > 100)
            for place in places + [("traces", collector.bytes)] {
                #expect(place.bytes.count > 100, "\(place.name)")
                let found = Set(canaries.found(in: place.bytes)).sorted()
                #expect(found == [], "\(place.name): \(found.joined(separator: ", "))")
            }
        }

        /// Tells a story in which every personal field is a canary, and gathers every place that might hold one.
        private func tell(
            over transport: DemoTransport
        ) async throws -> (Canaries, [(name: String, bytes: [UInt8])]) {
            let broker = try await TestBroker.start(Council.brokerKind)
            return try await ending({ await broker.stop() }) {
                for topic in Council.topics {
                    try await broker.makeTopic(named: topic.name, partitions: topic.partitions)
                }
                let address = DemoBroker(
                    servers: broker.configuration.bootstrapServers, description: "a test's",
                    isEmbedded: Council.brokerKind == .embedded, end: {})
                let stack = try await DemoStack.start(on: { address }, by: transport, tell: { _ in })
                return try await ending({ await stack.stop() }) {
                    let today = LondonTime.date(of: Date())
                    var scenario = Scenario(seed: 5, people: 8, firstDay: today.adding(days: -270), days: 150)
                    var canaries = Canaries()
                    for index in scenario.stories.indices {
                        canaries.fill(&scenario.stories[index].notice, index)
                    }
                    canaries.addWhatIsEntered()
                    for story in scenario.stories.prefix(1) {
                        // Not every value is written as it stands: in what partners send it is there to be found.
                        #expect(Set(canaries.found(in: story.noticeXML)).count >= 16)
                    }
                    let play = DemoPlay(
                        stack: stack, scenario: scenario, today: today,
                        narrator: Narrator(terminal: Terminal(output: KeptText(), messages: KeptText())))
                    try await play.perform()
                    try await sendOverHTTP(stack, transport, &canaries)
                    return (canaries, try await gather(stack, transport, broker))
                }
            }
        }

        /// Three that are kept with their findings: a wrong check digit, a broken end, and no notice at all.
        private func sendOverHTTP(
            _ stack: DemoStack, _ transport: DemoTransport, _ canaries: inout Canaries
        ) async throws {
            var notice = try #require(Scenario(seed: 9, people: 1).stories.first).notice
            canaries.fill(&notice, 900)
            notice.patient.nhsNumber = NHSNumberCheck("9990000011")
            canaries.add("NHS number", "9990000011")
            let whole = notice.write()
            let client = HTTPClient(transport.client)
            let port = try stack.program("referral-gateway").environment["TAKEUP_HTTP_PORT"] ?? ""
            for body in [whole, Array(whole.dropLast(40)), Array("<Kanariex900x/>".utf8)] {
                let answer = try await client.sendNotice(
                    body, to: "http://127.0.0.1:\(port)", as: stack.staff.partner)
                #expect([201, 422].contains(answer.status.rawValue))
                #expect(canaries.found(in: answer.body) == [])
            }
            await client.stop()
        }
    }
}

// MARK: - Where to look

extension SystemTests.CanaryTests {
    private func gather(
        _ stack: DemoStack, _ transport: DemoTransport, _ broker: TestBroker
    ) async throws -> [(name: String, bytes: [UInt8])] {
        var places = [("topics", try await records(broker.configuration))]
        for database in ["takeup", "takeup_keys"] {
            places.append(("dump of \(database)", try await dump(stack.postgres.url(database: database))))
        }
        let client = HTTPClient(transport.client)
        for name in ServicePrograms.names {
            let port = try stack.program(name).environment["TAKEUP_HTTP_PORT"] ?? ""
            let metrics = try await client.send(HTTPClientRequest(.get, "http://127.0.0.1:\(port)/metrics"))
            places.append(("metrics of \(name)", metrics.body))
            places.append(("log of \(name)", Array(try Data(contentsOf: URL(filePath: "\(stack.folder)/\(name).log")))))
        }
        await client.stop()
        places.append(
            ("log of PostgreSQL", Array(try Data(contentsOf: URL(filePath: stack.postgres.folder + "/server.log")))))
        let names = FileManager.default.enumerator(atPath: stack.folder)?.compactMap { $0 as? String } ?? []
        places.append(("file names", Array(names.joined(separator: "\n").utf8)))
        return places
    }

    /// Every record of every topic: key, headers and value.
    private func records(_ cluster: KafkaConfiguration) async throws -> [UInt8] {
        let quiet = Logger(label: "tests")
        let topics = Topic.allCases.map(\.rawValue)
        let ends = try await KafkaAdmin(cluster, logger: quiet).highWatermarks(topics)
        let total = ends.values.flatMap(\.values).reduce(0, +)
        let kept = Mutex<(count: Int64, bytes: [UInt8])>((0, []))
        let consumer = try KafkaConsumer(
            cluster, group: "canary", topics: topics, logger: quiet,
            handler: { messages in
                kept.withLock { kept in
                    for message in messages {
                        kept.count += 1
                        kept.bytes += (message.key ?? []) + (message.value ?? [])
                        for header in message.headers { kept.bytes += Array(header.name.utf8) + header.value }
                    }
                }
            })
        async let running: Void = consumer.run()
        let hasAll = try await eventually(within: .seconds(30)) { kept.withLock(\.count) >= total }
        await consumer.stop()
        try await running
        #expect(hasAll && total > 50)
        return kept.withLock(\.bytes)
    }

    /// A dump as text, and what its binary columns say as text.
    private func dump(_ url: String) async throws -> [UInt8] {
        let result = try await ChildProcess.run(.init("pg_dump", ["--dbname=\(url)"]), limit: .seconds(60))
        #expect(result.exit.isSuccess, "\(result.errorText)")
        return result.output
    }

    /// A collector of traces that keeps what it is sent.
    private final class Collector: Sendable {
        private let server: HTTPServer
        private let kept: Kept

        private final class Kept: Sendable {
            let bytes = Mutex<[UInt8]>([])
        }

        var bytes: [UInt8] { kept.bytes.withLock { $0 } }

        init() throws {
            let kept = Kept()
            var router = Router()
            router.post("/v1/traces") { request in
                let body = try await request.body.bytes(upTo: 16 * 1024 * 1024)
                kept.bytes.withLock { $0 += body }
                return .json(encoded: Array("{}".utf8))
            }
            self.kept = kept
            server = try HTTPServer(HTTPServerConfiguration(), router: router)
        }

        func running<Result: Sendable>(_ body: (_ address: String) async throws -> Result) async throws -> Result {
            async let running: Void = server.run()
            let result = try await ending({ await server.stop() }) {
                try await body("http://127.0.0.1:\(server.port)")
            }
            try await running
            return result
        }
    }
}
