import Domain
import Events
import Foundation
import HTTP
import Messaging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import ServiceKit

/// Two people whose books the library's verbs are about.
let reader = PersonID(UUID())
let otherReader = PersonID(UUID())

/// A service with one table, one verb that writes, one that reads, and one page.
let library = ServiceDefinition(
    name: "kit-library", abstract: "Lends books, for tests.", schemaName: "kit_library", httpPort: 0,
    migrations: [
        MigrationComponent(
            "kit_library",
            [
                Migration(
                    version: 1, name: "books",
                    sql:
                        "create table book (title text primary key, lent_by text not null default current_setting('takeup.actor'))"
                )
            ])
    ],
    consumers: { _ in [ConsumerDefinition("kit-library", [.referrals], Forgetful())] },
    routes: { router, context in
        router.get("/books") { request in
            let titles = try await context.act(request, .readCases, readOnly: true) { work in
                work.note("list of books", of: [])
                return try await work.transaction.query("select title from book order by title").map {
                    try $0.decode(String.self)
                }
            }
            return Response.text(titles.joined(separator: ","))
        }
    },
    verbs: { service in
        [
            Command("lend", abstract: "Lend a book.") { line in
                let title = line.argument("title", String.self, "Its title.")
                let dryRun = line.flag("dry-run", "Only try.")
                return { call in
                    let title = call[title]
                    return try await service.act(call, .offerDirectPayment, dryRun: call[dryRun]) { work in
                        work.note("book", of: reader)
                        let rows = try await work.transaction.query(
                            "insert into book (title) values (\(title)) returning title, lent_by")
                        var table = Table(title: "Lent", columns: [.init("title"), .init("lentBy")])
                        for row in rows {
                            let (title, by) = try row.decode(String.self, String.self)
                            table.append([.text(title), .text(by)])
                        }
                        return table
                    }
                }
            },
            Command("count", abstract: "Count books.") { _ in
                { call in
                    try await service.look(call, .readCases) { work in
                        work.note("list of books", of: [reader, otherReader])
                        let count = try await work.transaction.query("select count(*) from book").first?.decode(
                            Int64.self)
                        return Table(title: "Books", columns: [.init("books")], rows: [[.integer(count ?? -1)]])
                    }
                }
            },
        ]
    })

private struct Forgetful: EventHandler {
    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {}
}

/// A place to run the service in: a database, a folder, an identity with Ada in it.
struct Place {
    let folder: String
    let databaseURL: String
    let settings: [String]
    let ada = UUID()
    let secret = Array("correct horse battery".utf8)

    init(databaseURL: String, broker: String) throws {
        self.databaseURL = databaseURL
        folder = NSTemporaryDirectory() + "service-\(UUID().uuidString)"
        let secrets = folder + "/secrets"
        try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
        // Without the user: each connection takes its own role.
        let at = try #require(databaseURL.firstIndex(of: "@"))
        let userless = "postgresql://" + databaseURL[databaseURL.index(after: at)...]
        try Data(userless.utf8).write(to: URL(filePath: secrets + "/database.url"))
        try Data(databaseURL.utf8).write(to: URL(filePath: secrets + "/database.admin-url"))
        let identity = LocalIdentity(folder: folder + "/identity")
        try identity.create()
        try identity.add(id: ada, handle: "ada", name: "Ada", roles: [.socialWorker, .operator], secret: secret)
        try identity.add(id: UUID(), handle: "finn", name: "Finn", roles: [.financeOfficer, .operator], secret: secret)
        try identity.add(id: UUID(), handle: "una", name: "Una", roles: [.auditor], secret: secret)
        try KeysFolder(folder + "/keys").create()
        settings = [
            "--secrets", secrets, "--set", "identity.folder=\(folder)/identity", "--set",
            "identity.token-file=\(folder)/token", "--set", "keys.folder=\(folder)/keys", "--set",
            "kafka.bootstrap-servers=\(broker)",
        ]
    }

    /// A place of its own for `body`.
    static func with(
        migrated: Bool = true, broker: String = "127.0.0.1:1", _ body: @escaping @Sendable (Place) async throws -> Void
    ) async throws {
        try await TestPostgres.shared.withDatabase("service") { url in
            let place = try Place(databaseURL: url, broker: broker)
            defer { place.leave() }
            if migrated {
                let result = await place.run("migrate", "--provision")
                try #require(result.exitCode == .success, "\(result.messages)")
            }
            try await body(place)
        }
    }

    func signIn(_ handle: String, at time: Date = Date()) throws {
        let identity = LocalIdentity(folder: folder + "/identity")
        try TokenFile.write(try identity.signIn(handle: handle, secret: secret, at: time), to: folder + "/token")
    }

    func token() throws -> String {
        try String(contentsOfFile: folder + "/token", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func run(_ words: String...) async -> Call { await run(words) }

    func run(_ words: [String]) async -> Call {
        let output = RememberedText()
        let messages = RememberedText()
        let code = await ServiceMain.perform(
            library.command, words + settings, terminal: Terminal(output: output, messages: messages))
        return Call(exitCode: code, output: output.text, messages: messages.text)
    }

    /// Runs statements, unhindered, and gives the first column of the last one's rows.
    @discardableResult
    func asSuperuser(_ script: String) async throws -> [String] {
        try await PostgresConnection.with(
            PostgresConfiguration(url: databaseURL), logger: Logger(label: "audit-tests")
        ) { connection in
            let statements = script.split(separator: ";").map(String.init).filter { $0.contains { !$0.isWhitespace } }
            for statement in statements.dropLast() { try await connection.execute(script: statement) }
            let rows = try await connection.query(Query(unescaped: statements.last ?? ""))
            return try rows.map { try $0.decode(String.self) }
        }
    }

    func leave() { try? FileManager.default.removeItem(atPath: folder) }
}
