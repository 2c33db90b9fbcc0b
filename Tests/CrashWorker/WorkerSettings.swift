import FoundationEssentials

/// What a worker is told on its command line, as `--name value` pairs.
struct WorkerSettings: Sendable {
    /// Name of the consumer, and so of its group.
    let consumer: String
    /// The CloudEvents source of what it publishes.
    let source: String
    /// libpq addresses for the two roles of its schema.
    let appURL: String
    let relayURL: String
    let schema: String
    let brokers: String
    let sessionTimeout: Duration
    /// Messages of one batch.
    let batchCount: Int
    /// How long a transaction stays open after it has written everything.
    let pause: Duration
    /// Only every so manieth event pauses its batch; 1 is every batch.
    let pauseEvery: Int64
    /// An event of this key ends the process while it is handled.
    let deadlyKey: UUID?

    struct Invalid: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else {
                throw Invalid(description: "expected --name value, got \(name)")
            }
            values[String(name.dropFirst(2))] = value
        }
        func required(_ name: String) throws -> String {
            guard let value = values.removeValue(forKey: name) else {
                throw Invalid(description: "--\(name) is missing")
            }
            return value
        }
        func number(_ name: String) throws -> Int64 {
            guard let number = Int64(try required(name)) else { throw Invalid(description: "--\(name) is no number") }
            return number
        }
        consumer = try required("consumer")
        source = try required("source")
        appURL = try required("app-url")
        relayURL = try required("relay-url")
        schema = try required("schema")
        brokers = try required("brokers")
        sessionTimeout = .milliseconds(try number("session-ms"))
        batchCount = Int(try number("batch"))
        pause = .milliseconds(try number("pause-ms"))
        pauseEvery = try number("pause-every")
        deadlyKey = try values.removeValue(forKey: "deadly").map { text in
            guard let key = UUID(uuidString: text) else { throw Invalid(description: "--deadly is no UUID") }
            return key
        }
        guard values.isEmpty else { throw Invalid(description: "unknown: \(values.keys.sorted())") }
    }
}
