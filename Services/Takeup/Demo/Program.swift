import FoundationEssentials
import ServiceKit

/// A service's executable, run the way an operator runs it: a verb, in a process of its own, as somebody who signed in.
struct Program: Sendable {
    let path: String
    let environment: [String: String]

    /// The longest time that one verb gets.
    static let limit: Duration = .seconds(60)

    /// Runs a verb and returns its result. Throws with what the verb said where its exit code is not 0.
    @discardableResult
    func run(_ words: [String], as person: DemoPerson? = nil, at time: Date? = nil) async throws -> Answer {
        try Answer(try await output(of: words + ["--format", "json"], as: person, at: time))
    }

    /// Runs a verb and returns its result as people read it.
    func text(_ words: [String], as person: DemoPerson? = nil) async throws -> String {
        String(decoding: try await output(of: words, as: person, at: nil), as: UTF8.self)
    }

    private func output(of words: [String], as person: DemoPerson?, at time: Date?) async throws -> [UInt8] {
        var environment = environment
        if let person { environment["TAKEUP_TOKEN_FILE"] = person.tokenFile }
        if let time { environment["TAKEUP_CLOCK_TIME"] = RFC3339.text(time) }
        let result = try await ChildProcess.run(.init(path, words, environment: environment), limit: Self.limit)
        guard result.exit.isSuccess else {
            throw CommandFailure(
                .failed, "\(name) \(words.prefix(2).joined(separator: " ")) failed: \(result.exit).",
                why: result.errorText)
        }
        return result.output
    }

    /// The executable's own name.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// What a verb answered in JSON.
struct Answer: Sendable {
    /// One row per thing, by column.
    let rows: [[String: String]]

    private struct Document: Decodable {
        let rows: [[String: Value]]
    }

    /// A cell, as text.
    private struct Value: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                text = nil
                // Where it is no string it is a number or a truth value, which are tried next.
            } else if let text = try? container.decode(String.self) {
                self.text = text
                // Where it is no whole number the last one decides.
            } else if let number = try? container.decode(Int64.self) {
                text = String(number)
            } else {
                text = String(try container.decode(Bool.self))
            }
        }
    }

    init(_ output: [UInt8]) throws {
        guard !output.isEmpty else {
            rows = []
            return
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(output))
        rows = document.rows.map { $0.compactMapValues(\.text) }
    }

    /// The value of one property of a single thing.
    subscript(property: String) -> String? {
        rows.first { $0["property"] == property }?["value"]
    }

    /// The value of a property that must be there.
    func required(_ property: String) throws -> String {
        guard let value = self[property] else {
            throw CommandFailure(.internalBug, "The answer has no \(property).")
        }
        return value
    }
}
