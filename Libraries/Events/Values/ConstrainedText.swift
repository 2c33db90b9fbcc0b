/// Text under a rule that the schemas state as well, checked when it is made and when it is read.
package protocol ConstrainedText: Codable, Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The rule, as it is shown to people.
    static var rule: String { get }
    /// Whether the rule allows this text.
    static func allows(_ text: String) -> Bool
    /// The text as it is.
    var text: String { get }
    /// For text that was checked.
    init(checked text: String)
}

/// Text that its rule does not allow.
package struct ConstrainedTextError: Error, Sendable, CustomStringConvertible {
    /// The rule that was broken; the text itself is not shown.
    package let rule: String
    /// Safe to show.
    package var description: String { "expected \(rule)" }
}

extension ConstrainedText {
    /// Throws where the rule does not allow `text`.
    package init(_ text: String) throws(ConstrainedTextError) {
        guard Self.allows(text) else { throw ConstrainedTextError(rule: Self.rule) }
        self.init(checked: text)
    }

    /// For text written in the program, where breaking the rule is a mistake of the programmer.
    package init(stringLiteral text: String) {
        precondition(Self.allows(text), "expected \(Self.rule)")
        self.init(checked: text)
    }

    /// The text.
    package var description: String { text }

    /// Reads a string that the rule allows.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard Self.allows(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected \(Self.rule)")
        }
        self.init(checked: text)
    }

    /// Writes the string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A word of a code list in kebab case, such as `agreement-signed`: 1 to 64 of `a-z`, `0-9` and single hyphens between them.
package struct CodeWord: ConstrainedText {
    /// The word.
    package let text: String
    /// Wraps a word that was checked.
    package init(checked text: String) { self.text = text }

    /// The longest word, in bytes.
    package static let bytesMax = 64
    /// The rule in words.
    package static let rule = "a code word in kebab case of at most 64 characters"

    /// Whether it is such a word.
    package static func allows(_ text: String) -> Bool {
        guard (1...bytesMax).contains(text.utf8.count) else { return false }
        let hyphen = UInt8(ascii: "-")
        var previous = hyphen
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case hyphen where previous != hyphen: break
            default: return false
            }
            previous = byte
        }
        return previous != hyphen
    }
}

/// One line of text for people: a team, a title, a ward. 1 to 200 Unicode scalars without control characters.
package struct ShortText: ConstrainedText {
    /// The line.
    package let text: String
    /// Wraps a line that was checked.
    package init(checked text: String) { self.text = text }

    /// The longest line, in Unicode scalars, as JSON Schema counts.
    package static let scalarsMax = 200
    /// The rule in words.
    package static let rule = "one line of 1 to 200 characters"

    /// Whether it is such a line.
    package static func allows(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return (1...scalarsMax).contains(scalars.count)
            && !scalars.contains { $0.properties.generalCategory == .control }
    }
}
