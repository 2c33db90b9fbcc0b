/// One value of a table.
package enum Cell: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double, decimals: Int)
    /// Whole pence: `£1,234.56` for people, `1234.56` in CSV, and in JSON the pence as a string, as in every contract.
    case pence(Int64)
    case bool(Bool)
    /// Nothing known: empty for people and in CSV, null in JSON.
    case none
    /// Known but not shown, for disclosure control: never to be read as zero.
    case suppressed

    /// Text that may be missing.
    package static func text(_ value: String?) -> Cell { value.map { .text($0) } ?? .none }
    /// A count.
    package static func count(_ value: Int) -> Cell { .integer(Int64(value)) }
}

/// A result that people read as a table and programs as JSON or CSV.
package struct Table: Sendable {
    /// One column: `name` for programs (camelCase), `title` for people.
    package struct Column: Sendable {
        let name: String
        /// For people.
        package let title: String

        /// A column; without a title its name is shown.
        package init(_ name: String, _ title: String? = nil) {
            self.name = name
            self.title = title ?? name
        }
    }

    /// What it shows, one line.
    package let title: String
    /// What stands in each place of a row.
    package let columns: [Column]
    /// The values; each row has as many as there are columns.
    package private(set) var rows: [[Cell]]
    /// What a reader must know beside it, one sentence each.
    package var notes: [String]

    /// A table whose rows fit its columns.
    package init(title: String, columns: [Column], rows: [[Cell]] = [], notes: [String] = []) {
        self.title = title
        self.columns = columns
        self.rows = []
        self.notes = notes
        for row in rows { append(row) }
    }

    /// One thing: a row per property.
    package init(title: String, properties: [(String, Cell)]) {
        self.init(
            title: title, columns: [Column("property", "Property"), Column("value", "Value")],
            rows: properties.map { [.text($0.0), $0.1] })
    }

    /// Adds a row.
    package mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count, "\(title): a row has \(columns.count) cells")
        rows.append(row)
    }

    /// The whole table in one of the formats, ending in a new line.
    package func rendered(as format: OutputFormat) -> String {
        switch format {
        case .table: people
        case .json: json
        case .csv: csv
        }
    }

    // MARK: For people

    private var people: String {
        let cells = rows.map { $0.map(\.forPeople) }
        let widths = columns.indices.map { column in
            cells.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        let toTheRight = columns.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { $0[column].isNumeric || $0[column] == .none }
        }
        func line(_ words: [String]) -> String {
            let filled = words.indices.map { index in
                let gap = String(repeating: " ", count: widths[index] - words[index].count)
                return toTheRight[index] ? gap + words[index] : words[index] + gap
            }
            return Self.trimmingEnd(filled.joined(separator: "  "))
        }
        var lines = [title, ""]
        lines.append(line(columns.map(\.title)))
        lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
        lines += cells.map(line)
        if rows.isEmpty { lines.append("(none)") }
        if !notes.isEmpty { lines += [""] + notes }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func trimmingEnd(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    // MARK: For programs

    private var json: String {
        var json = JSONText()
        json.object { json in
            json.key("schema_version")
            json.integer(1)
            json.member("title", title)
            json.key("rows")
            json.array { json in
                for row in rows {
                    json.object { json in
                        for (column, cell) in zip(columns, row) {
                            json.key(column.name)
                            cell.write(to: &json)
                        }
                    }
                }
            }
            json.key("notes")
            json.array { json in notes.forEach { json.string($0) } }
        }
        return json.text + "\n"
    }

    /// RFC 4180, with CRLF and a heading of column names.
    private var csv: String {
        let heading = columns.map { CSV.field($0.name) }.joined(separator: ",")
        return ([heading] + rows.map { $0.map(\.forCSV).joined(separator: ",") }).map { $0 + "\r\n" }.joined()
    }
}

/// The rules of a CSV field.
package enum CSV {
    /// Quoted where RFC 4180 asks for it; text that a spreadsheet would take for a formula starts with an apostrophe.
    package static func field(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension Cell {
    var isNumeric: Bool {
        switch self {
        case .integer, .number, .pence, .suppressed: true
        case .text, .bool, .none: false
        }
    }

    /// As people read it. Control characters are shown as `?`: data must not be able to steer the terminal that shows it.
    package var forPeople: String {
        switch self {
        case .text(let text):
            String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
        case .integer(let value): String(value)
        case .number(let value, let decimals): Self.fixed(value, decimals)
        case .pence(let pence): (pence < 0 ? "-£" : "£") + Self.grouped(pence.magnitude / 100) + Self.pennies(pence)
        case .bool(let value): value ? "yes" : "no"
        case .none: ""
        case .suppressed: "suppressed"
        }
    }

    var forCSV: String {
        switch self {
        case .text(let text): CSV.field(text)
        case .integer(let value): String(value)
        case .number(let value, let decimals): Self.fixed(value, decimals)
        case .pence(let pence): (pence < 0 ? "-" : "") + String(pence.magnitude / 100) + Self.pennies(pence)
        case .bool(let value): value ? "true" : "false"
        case .none: ""
        case .suppressed: "suppressed"
        }
    }

    func write(to json: inout JSONText) {
        switch self {
        case .text(let text): json.string(text)
        case .integer(let value): json.integer(value)
        case .number(let value, _): json.number(value)
        case .pence(let pence): json.string(String(pence))
        case .bool(let value): json.bool(value)
        case .none: json.null()
        case .suppressed: json.string("suppressed")
        }
    }

    private static func pennies(_ pence: Int64) -> String {
        let rest = String(pence.magnitude % 100)
        return "." + (rest.count < 2 ? "0" + rest : rest)
    }

    private static func grouped(_ value: UInt64) -> String {
        var groups: [String] = []
        var digits = Substring(String(value))
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = digits.dropLast(3)
        }
        return ([String(digits)] + groups).joined(separator: ",")
    }

    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15, (0...6).contains(decimals) else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value * scale).rounded(.toNearestOrAwayFromZero)
        guard scaled.magnitude < 9e18 else { return "\(value)" }
        let digits = String(UInt64(scaled.magnitude))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = scaled < 0 ? "-" : ""
        return decimals == 0 ? sign + padded : "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}
