/// A message of HL7 version 2: segments of fields, each with repetitions, components and subcomponents, none of them yet
/// understood. Source: HL7 v2.4, chapter 2.
package struct HL7Message: Sendable {
    /// The segments in order; the first is MSH.
    let segments: [HL7Segment]

    /// What keeps a message from being taken apart.
    package enum Refusal: String, Error, Sendable, CaseIterable {
        case tooLarge = "too-large"
        case tooManySegments = "too-many-segments"
        case notUTF8 = "not-utf8"
        case noHeader = "no-header"
        case delimiters

        var fix: String {
            switch self {
            case .tooLarge: "send one message of at most \(HL7Message.bytesMax) bytes"
            case .tooManySegments: "send one message of at most \(HL7Message.segmentsMax) segments"
            case .notUTF8: "send the text as UTF-8 (MSH-18 UNICODE UTF-8), or as 8859/1 and say so there"
            case .noHeader: "begin the message with MSH"
            case .delimiters: "give five different delimiters in MSH-1 and MSH-2, such as |^~\\&"
            }
        }
    }

    /// The largest message, in bytes.
    package static let bytesMax = 1_024 * 1_024
    /// The most segments of a message.
    package static let segmentsMax = 1_000

    /// Whether the bytes begin as a message of version 2 does, with or without the frame of MLLP.
    package static func isOne(_ bytes: [UInt8]) -> Bool {
        bytes.drop { $0 == 0x0B || $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }.starts(with: "MSH".utf8)
    }

    init(_ bytes: [UInt8]) throws(Refusal) {
        guard bytes.count <= Self.bytesMax else { throw .tooLarge }
        // MLLP frames a message with VT before it and FS CR behind it.
        let framed = bytes.drop { $0 == 0x0B || $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }
        guard let text = String(validating: framed, as: UTF8.self) ?? Self.latin1(framed) else { throw .notUTF8 }
        guard text.hasPrefix("MSH") else { throw .noHeader }
        let delimiters = try HL7Delimiters(text)
        let lines = text.unicodeScalars.split { $0 == "\r" || $0 == "\n" || $0 == "\u{1C}" }
        guard lines.count <= Self.segmentsMax else { throw .tooManySegments }
        segments = lines.map { HL7Segment(Substring($0), delimiters) }
    }

    /// The text of a message that says it is in ISO 8859-1 (MSH-18), as many UK systems still write; nil for any other.
    private static func latin1(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let delimiter = bytes.dropFirst(3).first else { return nil }
        let header = bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        let fields = header.split(separator: delimiter, omittingEmptySubsequences: false)
        guard fields.count > 17, fields[17].starts(with: "8859/1".utf8) else { return nil }
        return String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    }

    var header: HL7Segment { segments[0] }

    /// The first segment of a name.
    func first(_ name: String) -> HL7Segment? { segments.first { $0.name == name } }
}

/// What parts the pieces of a message: MSH-1 and MSH-2.
struct HL7Delimiters: Sendable {
    let field: Unicode.Scalar
    let component: Unicode.Scalar
    let repetition: Unicode.Scalar
    let escape: Unicode.Scalar
    let subcomponent: Unicode.Scalar

    init(_ text: String) throws(HL7Message.Refusal) {
        let scalars = Array(text.unicodeScalars.prefix(8).dropFirst(3))
        guard scalars.count == 5, Set(scalars).count == 5,
            scalars.allSatisfy({ $0.isASCII && !$0.properties.isAlphabetic && $0.value > 0x20 })
        else { throw .delimiters }
        field = scalars[0]
        component = scalars[1]
        repetition = scalars[2]
        escape = scalars[3]
        subcomponent = scalars[4]
    }
}

/// One segment. Fields, components and subcomponents count from 1, as the standard counts them; repetitions from 0.
struct HL7Segment: Sendable {
    let name: String
    private let fields: [Substring]
    private let delimiters: HL7Delimiters

    init(_ line: Substring, _ delimiters: HL7Delimiters) {
        self.delimiters = delimiters
        var fields = line.unicodeScalars.split(separator: delimiters.field, omittingEmptySubsequences: false)
            .map(Substring.init)
        name = String(fields[0])
        // MSH-1 is the delimiter itself.
        if name == "MSH" { fields.insert(Substring(String(delimiters.field)), at: 1) }
        self.fields = fields
    }

    /// The repetitions of a field, as they are written.
    func repetitions(_ field: Int) -> [Substring] {
        guard fields.indices.contains(field), !fields[field].isEmpty else { return [] }
        return split(fields[field], delimiters.repetition)
    }

    /// The text of a component's first subcomponent; nil for none, an empty one and HL7's null (`""`).
    func text(_ field: Int, _ component: Int = 1, repetition: Int = 0) -> String? {
        let repetitions = repetitions(field)
        guard repetitions.indices.contains(repetition) else { return nil }
        return text(of: repetitions[repetition], component)
    }

    /// The same, of one repetition.
    func text(of repetition: Substring, _ component: Int) -> String? {
        let components = split(repetition, delimiters.component)
        guard components.indices.contains(component - 1) else { return nil }
        let first = split(components[component - 1], delimiters.subcomponent).first ?? ""
        let text = unescaped(first)
        let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        return trimmed.isEmpty || String(trimmed) == "\"\"" ? nil : String(trimmed)
    }

    private func split(_ text: Substring, _ delimiter: Unicode.Scalar) -> [Substring] {
        text.unicodeScalars.split(separator: delimiter, omittingEmptySubsequences: false).map(Substring.init)
    }

    /// `\F\` and its kind; `\Xhh..\` gives bytes of UTF-8. What is no escape stays as it is.
    private func unescaped(_ text: Substring) -> String {
        guard text.unicodeScalars.contains(delimiters.escape) else { return String(text) }
        var result = ""
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(of: delimiters.escape) {
            result.unicodeScalars.append(contentsOf: rest[..<start])
            let inside = rest[rest.index(after: start)...]
            guard let end = inside.firstIndex(of: delimiters.escape) else { rest = rest[start...]; break }
            let code = String(String.UnicodeScalarView(inside[..<end]))
            result += replacement(for: code) ?? "\(delimiters.escape)\(code)\(delimiters.escape)"
            rest = rest[rest.index(after: end)...]
        }
        result.unicodeScalars.append(contentsOf: rest)
        return result
    }

    private func replacement(for code: String) -> String? {
        switch code {
        case "F": String(delimiters.field)
        case "S": String(delimiters.component)
        case "T": String(delimiters.subcomponent)
        case "R": String(delimiters.repetition)
        case "E": String(delimiters.escape)
        case ".br": "\n"
        default: code.hasPrefix("X") ? bytes(code.dropFirst()).flatMap { String(validating: $0, as: UTF8.self) } : nil
        }
    }

    private func bytes(_ digits: Substring) -> [UInt8]? {
        guard digits.utf8.count.isMultiple(of: 2) else { return nil }
        let values = digits.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard values.count == digits.utf8.count else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
