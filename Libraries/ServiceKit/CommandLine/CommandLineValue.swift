import Domain
package import FoundationEssentials

/// A value that can be read from one word of a command line.
package protocol CommandLineValue: Sendable {
    /// Nil when `word` is no such value.
    init?(commandLine word: String)
    /// What a word must be, to follow "expected": `a whole number`.
    static var expectation: String { get }
    /// All words there are, when they can be listed; help and completion show them.
    static var choices: [String] { get }
    /// The word this value is read from; help shows defaults with it.
    var commandLineWord: String { get }
}

extension CommandLineValue {
    /// Most values cannot be listed.
    package static var choices: [String] { [] }
}

extension CommandLineValue where Self: LosslessStringConvertible {
    /// The value's own text.
    package var commandLineWord: String { description }
}

extension String: CommandLineValue {
    /// Any word.
    package init?(commandLine word: String) { self = word }
    /// Any word.
    package static var expectation: String { "a text" }
}

extension Int: CommandLineValue {
    /// Decimal digits with an optional sign.
    package init?(commandLine word: String) { self.init(word) }
    /// Decimal digits with an optional sign.
    package static var expectation: String { "a whole number" }
}

extension Int64: CommandLineValue {
    /// Decimal digits with an optional sign.
    package init?(commandLine word: String) { self.init(word) }
    /// Decimal digits with an optional sign.
    package static var expectation: String { "a whole number" }
}

extension Double: CommandLineValue {
    /// A finite decimal number.
    package init?(commandLine word: String) {
        guard let value = Double(word), value.isFinite else { return nil }
        self = value
    }
    /// A finite decimal number.
    package static var expectation: String { "a number" }
}

extension UUID: CommandLineValue {
    /// The usual 36 characters, in either case.
    package init?(commandLine word: String) { self.init(text: word) }
    /// The usual 36 characters, in either case.
    package static var expectation: String { "an id such as 01890a5d-ac96-774b-bcce-b302099a8057" }
    /// Lower case, as everywhere in Takeup.
    package var commandLineWord: String { uuidString.lowercased() }
}

/// A value that is one of a few named ones: declare `enum Route: String, CaseIterable, CommandLineChoice`.
package protocol CommandLineChoice: CommandLineValue, CaseIterable, RawRepresentable where RawValue == String {}

extension CommandLineChoice {
    /// The raw value, exactly.
    package init?(commandLine word: String) { self.init(rawValue: word) }
    /// All raw values.
    package static var choices: [String] { allCases.map(\.rawValue) }
    /// All raw values in one sentence.
    package static var expectation: String { "one of " + choices.joined(separator: ", ") }
    /// The raw value.
    package var commandLineWord: String { rawValue }
}

/// The name of a file; completion offers files.
package struct FilePath: CommandLineValue, Hashable {
    /// As it was given.
    package let text: String

    /// A path as it was given.
    package init(_ text: String) { self.text = text }
    /// Any word that is not empty and holds no NUL.
    package init?(commandLine word: String) {
        guard !word.isEmpty, !word.utf8.contains(0) else { return nil }
        text = word
    }
    /// Any word that is not empty.
    package static var expectation: String { "the name of a file" }
    /// As it was given.
    package var commandLineWord: String { text }
}
