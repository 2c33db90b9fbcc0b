import FoundationEssentials
import Postgres
package import ServiceKit

// What holds for the verbs of every service alike, as questions that a test asks.

extension ServiceUnderTest {
    /// The service's own verbs, each as the words that lead to it; those that every service has are left out.
    package var ownVerbs: Set<[String]> {
        let common = Set(ServiceDefinition(name: "any", abstract: "", schemaName: "any", httpPort: 0).command.names)
        func leaves(_ command: Command, _ path: [String]) -> [[String]] {
            command.subcommands.isEmpty ? [path] : command.subcommands.flatMap { leaves($0, path + [$0.name]) }
        }
        return Set(service.command.subcommands.filter { !common.contains($0.name) }.flatMap { leaves($0, [$0.name]) })
    }

    /// How a call ends for each role alone, and (under nil) for a person without a role. Throws where somebody did what they
    /// may and the audit does not know it.
    package func endings(of words: [String]) async throws -> [Role?: VerbResult] {
        var endings: [Role?: VerbResult] = [nil: try await run(words, as: TestPerson())]
        for role in Role.allCases {
            let person = TestPerson(role)
            let ending = try await run(words, as: person)
            if ending.exitCode == .success, try await auditEntries(of: person) == 0 { throw Unaudited(words: words) }
            endings[role] = ending
        }
        return endings
    }

    private func auditEntries(of person: TestPerson) async throws -> Int {
        try await count("select count(*) from audit_entry where actor = \(person.id.uuidString.lowercased())")
    }

    private struct Unaudited: Error { let words: [String] }

    /// Where JSON, CSV and the table for people do not say the same; empty where they agree.
    package func disagreements(of words: [String], as person: TestPerson) async throws -> [String] {
        let json = try await run(words, as: person, format: .json)
        let csv = try await run(words, as: person, format: .csv)
        let table = try await run(words, as: person, format: .table)
        guard [json, csv, table].allSatisfy({ $0.exitCode == .success }) else {
            return ["it did not succeed: \(json.messages)\(csv.messages)\(table.messages)"]
        }
        let rows = try json.rows()
        let lines = CSVText.records(csv.output)
        guard let names = lines.first, lines.count == rows.count + 1 else {
            return ["\(rows.count) rows in JSON, \(lines.count) lines of CSV"]
        }
        // Amounts are grouped for people.
        let forPeople = table.output.filter { $0 != "," }
        var differences = Set(rows.flatMap(\.keys)).subtracting(names).map { "JSON alone has \($0)" }
        for (row, line) in zip(rows, lines.dropFirst()) {
            for (name, field) in zip(names, line) {
                let forms = Self.forms(of: row[name] ?? "")
                if !forms.contains(field) { differences.append("\(name): JSON \(row[name] ?? "null"), CSV \(field)") }
                let shown = field.filter { $0 != "," }.split(separator: "\n").allSatisfy { part in
                    Self.forms(of: String(part)).contains { forPeople.contains($0) }
                }
                if !shown { differences.append("\(name): the table does not show \(field)") }
            }
        }
        return differences
    }

    /// The forms in which the same value may stand: as it is, pence as pounds, and yes and no.
    private static func forms(of text: String) -> [String] {
        switch text {
        case "true": return [text, "yes"]
        case "false": return [text, "no"]
        default:
            guard let pence = Int(text), pence >= 0 else { return [text] }
            let rest = pence % 100
            return [text, "\(pence / 100).\(rest < 10 ? "0" : "")\(rest)"]
        }
    }
}

extension Command {
    fileprivate var names: [String] { subcommands.map(\.name) }
}

/// Reads CSV as a spreadsheet does (RFC 4180), apart from what writes it.
package enum CSVText {
    /// The records of a text, each with its fields.
    package static func records(_ text: String) -> [[String]] {
        var (records, record, field, isQuoted) = ([[String]](), [String](), "", false)
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"" where isQuoted && rest.first == "\"": rest.removeFirst(); field.unicodeScalars.append("\"")
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: record.append(field); field = ""
            case "\r" where !isQuoted: break
            case "\n" where !isQuoted:
                records.append(record + [field])
                (record, field) = ([], "")
            default: field.unicodeScalars.append(scalar)
            }
        }
        return records
    }
}
