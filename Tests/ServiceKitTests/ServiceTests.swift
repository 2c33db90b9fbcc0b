import Events
import Foundation
import HTTP
import Kafka
import Messaging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import ServiceKit

@Suite("A service", .serialized, .timeLimit(.minutes(2)))
struct ServiceTests {
    @Test("what a person does is stored under that person's id, and a rehearsal stores nothing")
    func acts() async throws {
        try await Place.with { place in
            try place.signIn("ada")
            let rehearsed = await place.run("lend", "Emma", "--dry-run")
            #expect(rehearsed.exitCode == .success)
            #expect(rehearsed.output.contains("rehearsal"))
            #expect(await place.run("count", "--format", "csv").output == "books\r\n0\r\n")
            let lent = await place.run("lend", "Emma", "--format", "csv")
            #expect(lent.output == "title,lentBy\r\nEmma,\(place.ada.uuidString.lowercased())\r\n")
            #expect(await place.run("count", "--format", "csv").output == "books\r\n1\r\n")
            let again = await place.run("lend", "Emma")
            #expect(again.exitCode == .failed)
            #expect(!again.messages.contains("Emma"))
        }
    }

    @Test("nobody signed in, somebody whose sign-in ran out and somebody without the role may not, exit code 77")
    func refused() async throws {
        try await Place.with { place in
            #expect(await place.run("count").exitCode == .notAllowed)
            try place.signIn("ada", at: Date().addingTimeInterval(-3_600))
            #expect(await place.run("count").exitCode == .notAllowed)
            try place.signIn("finn")
            let other = await place.run("lend", "Emma")
            #expect(other.exitCode == .notAllowed)
            #expect(other.messages.contains("social-worker"))
            try place.signIn("ada")
            #expect(await place.run("count", "--format", "csv").output == "books\r\n0\r\n")
        }
    }

    @Test("a verb that only looks cannot write, whatever its code does")
    func readOnly() async throws {
        try await Place.with { place in
            try place.signIn("ada")
            let sly = Command("sly", abstract: "Writes while looking.") { _ in
                { call in
                    try await library.look(call, .readCases) { work in
                        _ = try await work.transaction.query("insert into book (title) values ('x')")
                        return Table(title: "t", columns: [])
                    }
                }
            }
            let messages = RememberedText()
            let code = await ServiceMain.perform(
                sly, place.settings, terminal: Terminal(output: RememberedText(), messages: messages))
            #expect(code == .failed)
            #expect(messages.text.contains("25006"))
        }
    }

    @Test("migrating is rehearsed, applied once and shown; a service on older tables refuses with 78")
    func migrations() async throws {
        try await Place.with(migrated: false) { place in
            #expect(await place.run("migrate").exitCode != .success)
            #expect(await place.run("migrate", "--provision", "--dry-run").output.contains("books"))
            let refused = await place.run("serve")
            #expect(refused.exitCode == .configuration)
            #expect(refused.messages.contains("kit-library migrate"))
            #expect(await place.run("migrate", "--provision").output.contains("books"))
            #expect(await place.run("migrate").output.contains("(none)"))
            #expect(await place.run("migrate", "--status").output.contains("applied"))
        }
    }

    @Test("a database that is away is exit code 69, and no password is shown")
    func databaseAway() async throws {
        try await Place.with(migrated: false) { place in
            let url = "postgresql://u:CANARY-1@127.0.0.1:1/x"
            try Data(url.utf8).write(to: URL(filePath: place.folder + "/secrets/database.url"))
            try place.signIn("ada")
            let result = await place.run("count")
            #expect(result.exitCode == .dependencyDown)
            #expect(!(result.messages + result.output).contains("CANARY-1"))
            let relay = await place.run("config", "check")
            #expect(relay.exitCode == .configuration)
            #expect(relay.messages.contains("database.relay-url"))
        }
    }

    @Test("doctor says what is wrong and what to do, and exits with 2")
    func doctor() async throws {
        try await Place.with { place in
            let result = await place.run("doctor", "--format", "csv", "--set", "kafka.extra.socket.timeout.ms=1000")
            #expect(result.exitCode == .foundProblems)
            #expect(result.output.contains("database,true,connects as kit_library_app"))
            #expect(result.output.contains("tables,true"))
            #expect(result.output.contains("broker,false"))
        }
    }

    @Test("the outbox, a replay and the dead letters can be looked at by those who may")
    func operations() async throws {
        try await Place.with { place in
            #expect(await place.run("outbox", "status").output.contains("(none)"))
            #expect(await place.run("dead-letters", "list").exitCode == .notAllowed)
            try place.signIn("ada")
            #expect(await place.run("dead-letters", "list").output.contains("(none)"))
            #expect(await place.run("dead-letters", "list", "--consumer", "nobody").exitCode == .usage)
            #expect(await place.run("dead-letters", "show", "7").exitCode == .badInput)
            #expect(await place.run("dead-letters", "discard", "7", "--why", "x").exitCode == .badInput)
            #expect(await place.run("replay", "--all", "--format", "csv").output == "events\r\n0\r\n")
            #expect(await place.run("replay").exitCode == .usage)
            #expect(await place.run("replay", "--all", "--topic", "cases").exitCode == .usage)
        }
    }

    @Test("a service serves, is healthy, knows who asks, and stops when it is told to")
    func serves() async throws {
        let broker = try EmbeddedBroker(topics: Topic.allCases.map { ($0.rawValue, 1) })
        try await Place.with(broker: broker.bootstrapServers) { place in
            let port = try Self.freePort()
            let settings =
                place.settings + [
                    "--set", "kafka.embedded=true", "--set", "http.port=\(port)", "--set", "log.level=critical",
                ]
            try place.signIn("ada")
            let signals = SignalSource()
            let messages = RememberedText()
            async let ending = ServiceMain.perform(
                library.command, ["serve"] + settings, terminal: Terminal(output: RememberedText(), messages: messages),
                signals: signals)
            var configuration = HTTPClientConfiguration()
            configuration.allowsPlainHTTP = true
            let client = HTTPClient(configuration)
            try await Self.waitUntilReady(client, port)
            let token = try place.token()
            func ask(_ path: String, _ token: String?) async throws -> (Int, String) {
                let headers = token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
                let response = try await client.send(.init(.get, "http://127.0.0.1:\(port)\(path)", headers: headers))
                return (Int(response.status.rawValue), String(decoding: response.body, as: UTF8.self))
            }
            #expect(try await ask("/books", nil).0 == 401)
            #expect(try await ask("/books", token + "x").0 == 401)
            #expect(await place.run("lend", "Emma").exitCode == .success)
            #expect(try await ask("/books", token) == (200, "Emma"))
            try place.signIn("finn")
            #expect(try await ask("/books", place.token()).0 == 403)
            for path in ["/livez", "/readyz"] {
                let answer = try await ask(path, nil)
                #expect(answer.0 == 200)
                #expect(answer.1.contains(#""consumer kit-library":"ok""#), "\(path) says how the consumer is")
            }
            #expect(try await ask("/metrics", nil).1.contains("build_info{service=\"kit-library\""))
            #expect(await place.run("doctor").output.contains("answers, its topics are there"))
            signals.received(.terminate)
            #expect(await ending == .success, "\(messages.text)")
            await client.stop()
        }
        await broker.stop()
    }

    private static func waitUntilReady(_ client: HTTPClient, _ port: UInt16) async throws {
        while true {
            let response = try? await client.send(.init(.get, "http://127.0.0.1:\(port)/readyz"))
            if response?.status == .ok { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func freePort() throws -> UInt16 {
        let server = try HTTPServer(HTTPServerConfiguration(), router: Router())
        return server.port
    }
}

@Suite("Service settings")
struct ServiceSettingsTests {
    @Test("a role's user goes into either form of a database address")
    func users() {
        #expect(Configuration.adding(user: "a_app", to: "postgresql://h/d") == "postgresql://h/d?user=a_app")
        #expect(
            Configuration.adding(user: "a_app", to: "postgresql://h/d?port=1") == "postgresql://h/d?port=1&user=a_app")
        #expect(Configuration.adding(user: "a_app", to: "host=h dbname=d") == "host=h dbname=d user=a_app")
    }

    @Test("the whole command line of a service has a help text for every verb")
    func help() async {
        func walk(_ command: Command, _ path: [String]) -> [[String]] {
            [path] + command.subcommands.flatMap { walk($0, path + [$0.name]) }
        }
        for path in walk(library.command, []) {
            let output = RememberedText()
            let code = await ServiceMain.perform(
                library.command, path + ["--help"], terminal: Terminal(output: output, messages: RememberedText()))
            #expect(code == .success)
            #expect(output.text.hasPrefix("OVERVIEW: ") && output.text.contains("\nUSAGE: kit-library"))
            #expect(output.text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(path)")
        }
    }
}
