import FoundationEssentials
import Messaging
package import Postgres
package import ServiceKit
import Synchronization

/// One service on a database of its own, as its `migrate` leaves it: what tests of its verbs, its handlers and its tables
/// work with.
package struct ServiceUnderTest: Sendable {
    /// Which service.
    package let service: ServiceDefinition
    /// The database as the service's application role.
    package let pool: PostgresPool
    /// A folder for this test's files.
    package let folder: String
    /// The words that point a call of the service at this database.
    package let settings: [String]
    /// Seals and opens what the service stores about people.
    package let vault: PersonVault

    private let databaseURL: String

    /// Runs `body` with the service on a fresh database. `settings` come on top of where the database and the issuer are.
    package static func with(
        _ service: ServiceDefinition, settings: [String: String] = [:],
        _ body: (ServiceUnderTest) async throws -> Void
    ) async throws {
        let url = try await ServiceDatabase.fresh(of: service)
        let folder = try TemporaryFolder.make(service.name).path
        let keys = try await TestKeys.settings()
        let all = try TestIssuer.settings().merging(keys) { $1 }.merging(settings) { $1 }
        let words = try ServiceDatabase.words(for: url, in: folder, all)
        try await ServiceDatabase.withPool(of: service, at: url) { pool in
            try await TestKeys.withVault(of: service.schema.name) { vault in
                try await body(
                    ServiceUnderTest(
                        service: service, pool: pool, folder: folder, settings: words, vault: vault, databaseURL: url))
            }
        }
    }

    /// Runs a verb as `person`, or as nobody, and returns what it wrote. Its result is JSON unless another form is asked for.
    package func run(
        _ words: [String], as person: TestPerson? = nil, format: OutputFormat = .json, at time: String? = nil
    ) async throws -> VerbResult {
        let tokenFile = "\(folder)/token-\(person?.id.uuidString ?? "nobody")"
        if let person { try TokenFile.write(try person.token(), to: tokenFile) }
        var words = words + settings + ["--set", "identity.token-file=\(tokenFile)", "--format", format.rawValue]
        if let time { words += ["--set", "clock.time=\(time)"] }
        let (output, messages) = (KeptText(), KeptText())
        let exitCode = await ServiceMain.perform(
            service.command, words, terminal: Terminal(output: output, messages: messages))
        return VerbResult(exitCode: exitCode, output: output.text, messages: messages.text)
    }

    /// The same service with one setting fewer.
    package func without(_ setting: String) -> ServiceUnderTest {
        let place = settings.firstIndex { $0.hasPrefix(setting + "=") }
        var fewer = settings
        if let place { fewer.removeSubrange((place - 1)...place) }
        return ServiceUnderTest(
            service: service, pool: pool, folder: folder, settings: fewer, vault: vault, databaseURL: databaseURL)
    }

    /// Runs `body` on a connection of one of the server's roles, in which nobody acts; nil is the superuser.
    package func asDatabaseRole<Result>(
        _ role: String?, _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let url = role.map { ServiceDatabase.address(databaseURL, as: $0) } ?? databaseURL
        var configuration = try PostgresConfiguration(url: url)
        configuration.searchPath = [service.schema.name, "public"]
        return try await PostgresConnection.with(configuration, logger: ServiceDatabase.quiet, body)
    }

    /// Writes a file into the test's folder and returns its path.
    package func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(Array(bytes)).write(to: URL(filePath: path))
        return path
    }

    /// A count, by a statement that gives one number.
    package func count(_ sql: Query) async throws -> Int {
        Int(try await pool.query(sql).only().decode(Int64.self))
    }

    /// The SQLSTATE with which the database refuses a statement of the application role; nil where it does not.
    package func refusal(of sql: Query) async throws -> String? {
        do {
            _ = try await pool.query(sql)
            return nil
        } catch let error as PostgresError {
            guard let state = error.sqlState else { throw error }
            return state
        }
    }

    /// Every row that the service has stored, table by table: two of them are equal where nothing changed in between. The
    /// audit is not among them: it grows where somebody only looks.
    package func everything() async throws -> [String: [String]] {
        let tables = try await pool.query(
            """
            select table_name::text from information_schema.tables
            where table_schema = current_schema() and table_name not like 'audit\\_%'
            """
        ).map { try $0.decode(String.self) }
        var rows: [String: [String]] = [:]
        for table in tables {
            rows[table] = try await pool.query("select t::text from \(ident: table) t order by 1").map {
                try $0.decode(String.self)
            }
        }
        return rows
    }
}

extension ServiceUnderTest {
    /// What the bytes in a dump of tables (`\\x...`) say as text, for a search of what should be sealed.
    package func plainText(of dump: String) -> String {
        dump.split(separator: "\\x").dropFirst().map { part in
            let digits = Array(part.utf8.prefix { Character(UnicodeScalar($0)).isHexDigit })
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
            }
            return String(decoding: bytes, as: UTF8.self)
        }.joined(separator: "\n")
    }
}

/// How a verb ended and what it wrote.
package struct VerbResult: Sendable {
    /// The number for the shell.
    package let exitCode: ExitCode
    /// Standard output.
    package let output: String
    /// Standard error.
    package let messages: String

    /// The rows of a result in JSON, each value as text; what is not known (null) is left out.
    package func rows() throws -> [[String: String]] {
        try JSONDecoder().decode(Document.self, from: Data(output.utf8)).rows.map { $0.compactMapValues(\.text) }
    }

    /// The value of a property, for results about one thing.
    package func value(_ property: String) throws -> String? {
        try rows().first { $0["property"] == property }?["value"]
    }

    private struct Document: Decodable {
        let rows: [[String: Value]]
    }

    private enum Value: Decodable {
        case known(String)
        case unknown

        var text: String? { if case .known(let text) = self { text } else { nil } }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() { self = .unknown; return }
            do { self = .known(try container.decode(String.self)); return } catch DecodingError.typeMismatch {}
            do { self = .known(String(try container.decode(Int64.self))); return } catch DecodingError.typeMismatch {}
            self = .known(String(try container.decode(Bool.self)))
        }
    }
}

/// Remembers what was written.
package final class KeptText: TextSink {
    private let kept = Mutex("")

    /// Nothing yet.
    package init() {}

    /// All of it.
    package var text: String { kept.withLock { $0 } }
    package func write(_ text: String) { kept.withLock { $0 += text } }
}
