import Foundation
import Testing

@testable import ServiceKit

private let databaseURL = Setting("database.url", String.self, secret: true, "The database.")
private let port = Setting("http.port", default: 8080, "The port.")
private let wait = Setting("http.wait", default: Duration.seconds(30), "How long.")
private let brokers = Setting("kafka.bootstrap-servers", String.self, alias: "KAFKA_BOOTSTRAP_SERVERS", "The brokers.")
private let verbose = Setting("verbose", default: false, "Whether to say more.")

private let settings: SettingList = {
    var list = SettingList()
    list.add(databaseURL)
    list.add(port)
    list.add(wait)
    list.add(brokers)
    list.add(verbose)
    list.passThrough(prefix: "kafka.extra.")
    return list
}()

@Suite("Configuration")
struct ConfigurationTests {
    /// A folder of its own, gone after `body`.
    private func withFolder<T>(_ body: (String) throws -> T) throws -> T {
        let folder = NSTemporaryDirectory() + "configuration-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    private func options(set: [String] = [], file: String? = nil, secrets: String? = nil) -> CommonOptions {
        var options = CommonOptions()
        options.settings = set
        options.configurationFile = file
        options.secretsFolder = secrets
        return options
    }

    @Test("the first place that has a value wins: command line, environment, secrets, file, default")
    func order() throws {
        try withFolder { folder in
            let file = folder + "/file.json"
            try Data(
                #"{"database":{"url":"from-file"},"http":{"port":1,"wait":"1s"},"kafka":{"bootstrap-servers":"f"}}"#
                    .utf8
            )
            .write(to: URL(filePath: file))
            let secrets = folder + "/secrets"
            try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
            try Data("from-secret\n".utf8).write(to: URL(filePath: secrets + "/database.url"))
            let loader = ConfigurationLoader(
                settings,
                environment: ["TAKEUP_HTTP_PORT": "2", "KAFKA_BOOTSTRAP_SERVERS": "e", "TAKEUP_HTTP_WAIT": "2m"])
            let read = try loader.load(options(set: ["http.port=3"], file: file, secrets: secrets))
            #expect(read[databaseURL] == "from-secret")
            #expect(read[port] == 3)
            #expect(read[wait] == .seconds(120))
            #expect(read[brokers] == "e")
            #expect(read[verbose] == false)
        }
    }

    @Test("every error is reported at once, and with the key that was probably meant")
    func allErrors() throws {
        let loader = ConfigurationLoader(settings, environment: ["TAKEUP_HTTP_WAIT": "soon", "TAKEUP_VERBOSE": "yes"])
        let errors = #expect(throws: ConfigurationErrors.self) {
            try loader.load(
                options(set: ["http.prot=1", "http.port=eighty", "nonsense", "database.url=x"], file: "/nowhere.json"))
        }
        let problems = try #require(errors?.problems)
        #expect(problems.count == 9)
        #expect(problems.contains { $0.contains("Did you mean 'http.port'?") })
        #expect(problems.contains("http.port: 'eighty' (from command line) is not a whole number"))
        #expect(
            problems.contains("http.wait: 'soon' (from environment) is not a duration such as 250ms, 30s, 5m or 1h"))
        #expect(problems.contains("verbose: 'yes' (from environment) is not true or false"))
        #expect(problems.contains { $0.hasPrefix("database.url is a secret and is not taken from the command line") })
        #expect(problems.contains { $0.hasPrefix("database.url is missing (the database. Set TAKEUP_DATABASE_URL.)") })
        #expect(
            problems.contains {
                $0.hasPrefix("kafka.bootstrap-servers is missing") && $0.contains("KAFKA_BOOTSTRAP_SERVERS")
            })
        #expect(problems.contains("The configuration file /nowhere.json cannot be read"))
    }

    @Test("no secret is ever shown: not by config show, not by an error")
    func redaction() throws {
        let canary = "CANARY-7f3a"
        let loader = ConfigurationLoader(
            settings,
            environment: [
                "TAKEUP_DATABASE_URL": canary, "KAFKA_BOOTSTRAP_SERVERS": "kafka://user:\(canary)@host:9092/x",
                "TAKEUP_HTTP_PORT": "9",
            ])
        let table = try loader.load(options(set: ["kafka.extra.sasl.password=\(canary)"])).table
        for format in [OutputFormat.table, .json, .csv] {
            let shown = table.rendered(as: format)
            #expect(!shown.contains(canary))
            #expect(shown.contains("(secret, set)"))
            #expect(shown.contains("kafka://user:***@host:9092/x"))
            #expect(shown.contains("kafka.extra.sasl.password"))
        }
        let number = Setting("token.bits", Int.self, secret: true, "A secret number.")
        var list = SettingList()
        list.add(number)
        let errors = #expect(throws: ConfigurationErrors.self) {
            try ConfigurationLoader(list, environment: ["TAKEUP_TOKEN_BITS": canary]).load(options())
        }
        #expect(errors?.description.contains(canary) == false)
        #expect(errors?.description.contains("token.bits: its value (from environment) is not a whole number") == true)
    }

    @Test("a key given twice in a file, a list where a text belongs and broken JSON are errors")
    func badFiles() throws {
        try withFolder { folder in
            for (text, problem) in [
                (#"{"http":{"port":1,"port":2}}"#, "a member is there twice"),
                (#"{"http":{"port":[1]}}"#, "http.port must be a text, a number, true or false"),
                (#"{"http.port":1,"http":{"port":2}}"#, "http.port is given twice"),
                (#"{"http":"#, "is not valid JSON"),
                ("[]", "must hold one JSON object"),
            ] {
                let file = folder + "/bad.json"
                try Data(text.utf8).write(to: URL(filePath: file))
                let errors = #expect(throws: ConfigurationErrors.self) {
                    try ConfigurationLoader(
                        settings, environment: ["TAKEUP_DATABASE_URL": "x", "KAFKA_BOOTSTRAP_SERVERS": "y"]
                    )
                    .load(options(file: file))
                }
                #expect(errors?.problems.count == 1)
                #expect(errors?.description.contains(problem) == true, "\(text)")
            }
        }
    }

    @Test("keys below a pass-through prefix are handed on")
    func passThrough() throws {
        let read = try ConfigurationLoader(
            settings, environment: ["TAKEUP_DATABASE_URL": "x", "KAFKA_BOOTSTRAP_SERVERS": "y"]
        )
        .load(options(set: ["kafka.extra.socket.timeout.ms=10"]))
        #expect(read.extra(below: "kafka.extra.") == ["socket.timeout.ms": "10"])
    }

    @Test("durations are read and written alike", arguments: ["250ms", "30s", "5m", "1h", "0s"])
    func durations(text: String) {
        #expect(Duration(setting: text)?.settingText == text)
    }

    @Test("what is no duration is refused", arguments: ["", "5", "-1s", "1.5s", "s", "9223372036854775807h", "1d"])
    func notDurations(text: String) {
        #expect(Duration(setting: text) == nil)
    }
}
