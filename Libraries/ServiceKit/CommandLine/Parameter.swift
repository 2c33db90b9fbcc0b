/// One thing that a command line can carry, as the parser, the help text and the completion scripts see it.
struct Parameter: Sendable {
    enum Kind: Sendable, Equatable {
        case argument
        case option
        /// `invertible` adds `--no-name`.
        case flag(invertible: Bool)
    }

    let kind: Kind
    let name: String
    var short: Character?
    let valueName: String
    let help: String
    let isRequired: Bool
    var isRepeating = false
    var defaultWord: String?
    var choices: [String] = []
    var wantsFile = false
    /// Turns all words that were given, possibly none, into the value that the key promises.
    let convert: @Sendable ([String]) throws(UsageError) -> any Sendable

    /// `<case>` or `--reason`, as messages name it.
    var display: String { kind == .argument ? "<\(name)>" : "--\(name)" }

    var takesValue: Bool { kind == .argument || kind == .option }
}

/// Names a parameter's value and remembers its type.
package struct ParameterKey<Value: Sendable>: Sendable {
    let display: String
}

/// The command line was wrong; shown with the usage on stderr, exit code 64.
package struct UsageError: Error, Sendable, Equatable {
    /// What was wrong, one sentence without an end.
    package let message: String
    /// The command it was about, for its usage line.
    var path: [String] = []

    /// An error that a command finds in its own values (two options that exclude each other).
    package init(_ message: String) { self.message = message }
}

/// Collects what a command takes. Each call declares one parameter and returns the key to read it with.
package struct CommandDeclaration {
    private(set) var parameters: [Parameter] = []

    init() {}

    /// A word that must be given, by its place.
    package mutating func argument<Value: CommandLineValue>(
        _ name: String, _ type: Value.Type = Value.self, _ help: String
    ) -> ParameterKey<Value> {
        add(
            .argument, name, help, isRequired: true, type: Value.self
        ) { words throws(UsageError) in try one(words, "<\(name)>") }
    }

    /// A word that may be given, by its place.
    package mutating func optionalArgument<Value: CommandLineValue>(
        _ name: String, _ type: Value.Type = Value.self, _ help: String
    ) -> ParameterKey<Value?> {
        add(
            .argument, name, help, type: Value.self
        ) { words throws(UsageError) -> Value? in words.isEmpty ? nil : try one(words, "<\(name)>") as Value }
    }

    /// All words that are left; `isRequired` asks for at least one.
    package mutating func arguments<Value: CommandLineValue>(
        _ name: String, _ type: Value.Type = Value.self, isRequired: Bool = false, _ help: String
    ) -> ParameterKey<[Value]> {
        add(
            .argument, name, help, isRequired: isRequired, isRepeating: true, type: Value.self
        ) { words throws(UsageError) in try all(words, "<\(name)>") }
    }

    /// `--name <value>` that may be left out.
    package mutating func option<Value: CommandLineValue>(
        _ name: String, short: Character? = nil, _ type: Value.Type = Value.self, valueName: String? = nil,
        _ help: String
    ) -> ParameterKey<Value?> {
        add(
            .option, name, help, short: short, valueName: valueName, type: Value.self
        ) { words throws(UsageError) -> Value? in words.isEmpty ? nil : try one(words, "--\(name)") as Value }
    }

    /// `--name <value>` that has a default.
    package mutating func option<Value: CommandLineValue>(
        _ name: String, short: Character? = nil, default value: Value, valueName: String? = nil, _ help: String
    ) -> ParameterKey<Value> {
        add(
            .option, name, help, short: short, valueName: valueName, defaultWord: value.commandLineWord,
            type: Value.self
        ) { words throws(UsageError) in words.isEmpty ? value : try one(words, "--\(name)") }
    }

    /// `--name <value>` that must be given.
    package mutating func requiredOption<Value: CommandLineValue>(
        _ name: String, short: Character? = nil, _ type: Value.Type = Value.self, valueName: String? = nil,
        _ help: String
    ) -> ParameterKey<Value> {
        add(
            .option, name, help, short: short, valueName: valueName, isRequired: true, type: Value.self
        ) { words throws(UsageError) in try one(words, "--\(name)") }
    }

    /// `--name <value>` that may be given many times.
    package mutating func options<Value: CommandLineValue>(
        _ name: String, short: Character? = nil, _ type: Value.Type = Value.self, valueName: String? = nil,
        _ help: String
    ) -> ParameterKey<[Value]> {
        add(
            .option, name, help, short: short, valueName: valueName, isRepeating: true, type: Value.self
        ) { words throws(UsageError) in try all(words, "--\(name)") }
    }

    /// `--name`, false unless it is given. Asked to be `invertible`, `--no-name` exists too and the last one counts.
    package mutating func flag(
        _ name: String, short: Character? = nil, default value: Bool = false, invertible: Bool = false, _ help: String
    ) -> ParameterKey<Bool> {
        parameters.append(
            Parameter(
                kind: .flag(invertible: invertible), name: name, short: short, valueName: "", help: help,
                isRequired: false, defaultWord: invertible ? (value ? "--\(name)" : "--no-\(name)") : nil,
                convert: { words in words.last.map { $0 == "true" } ?? value }))
        return ParameterKey(display: "--\(name)")
    }

    private mutating func add<Value: CommandLineValue, Result: Sendable>(
        _ kind: Parameter.Kind, _ name: String, _ help: String, short: Character? = nil, valueName: String? = nil,
        isRequired: Bool = false, isRepeating: Bool = false, defaultWord: String? = nil, type: Value.Type,
        convert: @escaping @Sendable ([String]) throws(UsageError) -> Result
    ) -> ParameterKey<Result> {
        let parameter = Parameter(
            kind: kind, name: name, short: short, valueName: valueName ?? name, help: help, isRequired: isRequired,
            isRepeating: isRepeating, defaultWord: defaultWord, choices: Value.choices,
            wantsFile: Value.self == FilePath.self, convert: convert)
        precondition(!parameters.contains { $0.display == parameter.display }, "\(parameter.display) declared twice")
        parameters.append(parameter)
        return ParameterKey(display: parameter.display)
    }
}

private func one<Value: CommandLineValue>(_ words: [String], _ display: String) throws(UsageError) -> Value {
    // A single-valued option given again is refused by the parser; words holds exactly one.
    guard let word = words.last, let value = Value(commandLine: word) else {
        let guess = suggestion(for: words.last ?? "", among: Value.choices)
        throw UsageError(
            "The value '\(words.last ?? "")' is invalid for '\(display)': expected \(Value.expectation)"
                + (guess.map { ". Did you mean '\($0)'?" } ?? ""))
    }
    return value
}

private func all<Value: CommandLineValue>(_ words: [String], _ display: String) throws(UsageError) -> [Value] {
    var values: [Value] = []
    for word in words { values.append(try one([word], display)) }
    return values
}
