import Domain
import FoundationEssentials
import Messaging

/// Which letters to list.
private enum LetterState: String, CommandLineChoice {
    case open, replayed, discarded, all
}

extension ServiceDefinition {
    var deadLettersCommand: Command {
        Command(
            "dead-letters", abstract: "Look at events that could not be applied, and settle them.",
            discussion: "Nothing is ever deleted: a letter is corrected, applied again, or let go with a reason.",
            subcommands: [listLetters, showLetter, fixLetter, replayLetters, discardLetter])
    }

    /// Tells the audit that a letter was shown, and whom it is about.
    private typealias TellOfPeople = @Sendable (_ letter: Int64, _ people: [PersonID]) async throws -> Void

    /// Runs `body` with the letters of the chosen consumer, for somebody who may.
    private func withLetters(
        _ call: Invocation, consumer: String?, _ permission: Permission,
        _ body:
            @escaping @Sendable (DeadLetters, ActingPerson, _ tellOfPeople: TellOfPeople) async throws -> Table
    ) async throws -> ExitCode {
        let table = try await withContext(call) { context in
            let person = try await context.signedInPerson()
            try person.require(permission)
            let consumers = try consumers(context)
            let chosen = consumers.filter { consumer == nil || $0.name == consumer }
            guard let only = chosen.first, chosen.count == 1 else {
                throw CommandFailure(
                    .usage, "Say which consumer: --consumer.",
                    why: "There are: \(consumers.map(\.name).joined(separator: ", ")).")
            }
            let what = call.path.dropFirst().joined(separator: " ")
            try await context.audit(person, permission, what)
            let letters = DeadLetters(
                consumer: only.name, pool: context.pool, handler: only.handler, logger: context.logger)
            return try await body(letters, person) { letter, people in
                try await context.audit(person, permission, "\(what) \(letter)", of: people)
            }
        }
        call.show(table)
        return .success
    }

    private var listLetters: Command {
        Command("list", abstract: "List letters, oldest first.") { line in
            let consumer = line.option("consumer", String.self, "Which reader's letters.")
            let state = line.option("state", default: LetterState.open, "Which letters.")
            let after = line.option("after", default: 0, valueName: "id", "Only letters after this one.")
            let limit = line.option("limit", default: 50, "How many at most.")
            return { call in
                let (state, after, limit) = (call[state], call[after], call[limit])
                return try await withLetters(call, consumer: call[consumer], .readDeadLetters) { letters, _, _ in
                    let found = try await letters.list(
                        state: DeadLetter.State(rawValue: state.rawValue), after: Int64(after), limit: limit)
                    var table = Table(
                        title: "Dead letters",
                        columns: [
                            .init("id", "Id"), .init("topic", "Topic"), .init("type", "Type"),
                            .init("reason", "Reason"),
                            .init("error", "Error"), .init("attempts", "Attempts"), .init("diedAt", "Died at"),
                            .init("state", "State"),
                        ])
                    for letter in found {
                        table.append([
                            .integer(letter.id), .text(letter.topic), .text(letter.eventType), .text(letter.reason),
                            .text(letter.error), .count(letter.attempts), .time(letter.diedAt),
                            .text(letter.state.rawValue),
                        ])
                    }
                    return table
                }
            }
        }
    }

    private var showLetter: Command {
        Command("show", abstract: "Show one letter with its headers and its content.") { line in
            let id = line.argument("id", Int64.self, "The letter's number.")
            let consumer = line.option("consumer", String.self, "Which reader's letter.")
            return { call in
                let id = call[id]
                return try await withLetters(call, consumer: call[consumer], .readDeadLetters) { letters, _, tell in
                    guard let content = try await letters.show(id) else {
                        throw CommandFailure(.badInput, "There is no dead letter \(id).")
                    }
                    let people = content.people
                    if !people.isEmpty { try await tell(id, people) }
                    return Self.table(content)
                }
            }
        }
    }

    private static func table(_ content: DeadLetterContent) -> Table {
        let letter = content.letter
        var properties: [(String, Cell)] = [
            ("id", .integer(letter.id)), ("topic", .text(letter.topic)),
            ("partition", .integer(Int64(letter.partition))),
            ("offset", .integer(letter.offset)), ("type", .text(letter.eventType)),
            ("event", .text(letter.eventID?.uuidString.lowercased())), ("reason", .text(letter.reason)),
            ("error", .text(letter.error)), ("attempts", .count(letter.attempts)), ("died at", .time(letter.diedAt)),
            ("state", .text(letter.state.rawValue)), ("fixed by", .text(letter.fixedBy)),
            ("fixed because", .text(letter.fixedWhy)),
        ]
        for header in content.headers { properties.append(("header " + header.name, text(header.value))) }
        properties.append(("payload", content.payload.map(text) ?? .none))
        if let original = content.originalPayload { properties.append(("original payload", text(original))) }
        return Table(title: "Dead letter \(letter.id)", properties: properties)
    }

    /// Text where the bytes are text, hexadecimal where they are not.
    private static func text(_ bytes: [UInt8]) -> Cell {
        if let text = String(validating: bytes, as: UTF8.self) { return .text(text) }
        return .text("hex:" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    private var fixLetter: Command {
        Command("fix", abstract: "Put a corrected content in a letter's place; what arrived is kept.") { line in
            let id = line.argument("id", Int64.self, "The letter's number.")
            let file = line.requiredOption("payload", FilePath.self, valueName: "file", "The corrected content.")
            let why = line.requiredOption("why", String.self, valueName: "reason", "Why it is right.")
            let consumer = line.option("consumer", String.self, "Which reader's letter.")
            let dryRun = line.flag("dry-run", "Only see whether it would be read.")
            return { call in
                let (id, why, isDryRun) = (call[id], call[why], call[dryRun])
                let payload = try Self.contents(call[file].text)
                return try await withLetters(call, consumer: call[consumer], .settleDeadLetters) { letters, person, _ in
                    try await letters.fix(
                        id, payload: payload, by: person.id.uuidString.lowercased(), why: why, dryRun: isDryRun)
                    return Table(
                        title: isDryRun ? "Would be corrected" : "Corrected; now replay it",
                        columns: [.init("id", "Id")], rows: [[.integer(id)]])
                }
            }
        }
    }

    private static func contents(_ path: String) throws(CommandFailure) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw CommandFailure(.badInput, "\(path) cannot be read.")
        }
    }

    private var replayLetters: Command {
        Command("replay", abstract: "Apply letters again, in their order.") { line in
            let ids = line.arguments("id", Int64.self, isRequired: true, "The letters' numbers.")
            let consumer = line.option("consumer", String.self, "Which reader's letters.")
            let dryRun = line.flag("dry-run", "Apply them and roll back.")
            return { call in
                let (ids, isDryRun) = (call[ids], call[dryRun])
                return try await withLetters(call, consumer: call[consumer], .settleDeadLetters) { letters, person, _ in
                    var table = Table(title: "Replayed", columns: [.init("id", "Id"), .init("outcome", "Outcome")])
                    for id in ids {
                        let outcome = try await letters.replay(
                            id, by: person.id.uuidString.lowercased(), dryRun: isDryRun)
                        table.append([.integer(id), .text(outcome.rawValue)])
                    }
                    return table
                }
            }
        }
    }

    private var discardLetter: Command {
        Command("discard", abstract: "Let a letter go, with a reason.") { line in
            let id = line.argument("id", Int64.self, "The letter's number.")
            let why = line.requiredOption("why", String.self, valueName: "reason", "Why it need not be applied.")
            let consumer = line.option("consumer", String.self, "Which reader's letter.")
            let dryRun = line.flag("dry-run", "Only see whether it could be.")
            return { call in
                let (id, why, isDryRun) = (call[id], call[why], call[dryRun])
                return try await withLetters(call, consumer: call[consumer], .settleDeadLetters) { letters, person, _ in
                    try await letters.discard(id, by: person.id.uuidString.lowercased(), why: why, dryRun: isDryRun)
                    return Table(
                        title: isDryRun ? "Would be discarded" : "Discarded", columns: [.init("id", "Id")],
                        rows: [[.integer(id)]])
                }
            }
        }
    }
}

extension DeadLetterContent {
    private struct AboutSomebody: Decodable {
        let personID: PersonID
    }

    /// Whom it is about, as far as it can be read: what arrived, and what somebody put in its place.
    fileprivate var people: [PersonID] {
        [payload, originalPayload].compactMap { bytes in
            // What cannot be read names nobody; the letter is there because of such bytes.
            bytes.flatMap { try? JSONDecoder().decode(AboutSomebody.self, from: Data($0)).personID }
        }
    }
}
