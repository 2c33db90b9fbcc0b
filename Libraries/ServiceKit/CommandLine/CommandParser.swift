/// What a command line asks for.
enum ParsedCommandLine {
    case run(command: Command, path: [String], values: [String: any Sendable], common: CommonOptions)
    case help(command: Command, path: [String])
    case version
    case completionScript(Shell)
}

/// Reads the words of a command line the way swift-argument-parser does.
struct CommandParser {
    let root: Command

    /// More words than this are refused; the largest honest call lists a few hundred ids.
    static let wordsMax = 10_000

    func parse(_ words: [String]) throws(UsageError) -> ParsedCommandLine {
        guard words.count <= Self.wordsMax else { throw UsageError("Too many words (at most \(Self.wordsMax))") }
        if words.first == "help" { return try help(Array(words.dropFirst())) }
        var reading = Reading(command: root, path: [root.name])
        do throws(UsageError) {
            var rest = words[...]
            while let word = rest.popFirst() {
                if let special = try reading.take(word, &rest) { return special }
            }
            return try reading.finish()
        } catch {
            var located = error
            located.path = reading.path
            throw located
        }
    }

    private func help(_ names: [String]) throws(UsageError) -> ParsedCommandLine {
        var command = root
        var path = [root.name]
        for name in names {
            guard let next = command.subcommand(name) else {
                throw unknownSubcommand(name, of: command)
            }
            command = next
            path.append(name)
        }
        return .help(command: command, path: path)
    }
}

private func unknownSubcommand(_ name: String, of command: Command) -> UsageError {
    let guess = suggestion(for: name, among: command.subcommands.map(\.name))
    return UsageError("Unexpected argument '\(name)'" + (guess.map { ". Did you mean '\($0)'?" } ?? ""))
}

/// The state of one reading: how deep in the tree, and the words found for each parameter.
private struct Reading {
    var command: Command
    var path: [String]
    private var found: [String: [String]] = [:]
    private var positionals: [String] = []
    private var onlyPositionals = false

    init(command: Command, path: [String]) {
        self.command = command
        self.path = path
    }

    private var accepted: [Parameter] { command.optionsAndFlags + CommonOptions.parameters }

    mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> ParsedCommandLine? {
        if onlyPositionals {
            try takePositional(word)
        } else if word == "--" {
            onlyPositionals = true
        } else if word == "-h" || word == "--help" {
            return .help(command: command, path: path)
        } else if word == "--version", path.count == 1 {
            return .version
        } else if word.hasPrefix("--generate-completion-script"), path.count == 1 {
            return try completion(word, &rest)
        } else if word.hasPrefix("--") {
            try takeLong(word, &rest)
        } else if word.hasPrefix("-"), word.count > 1, Double(word) == nil {
            try takeShort(word, &rest)
        } else {
            try takePositional(word)
        }
        return nil
    }

    private func completion(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> ParsedCommandLine {
        let given = word.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init) ?? rest.popFirst()
        guard let shell = given.flatMap(Shell.init(rawValue:)) else {
            throw UsageError("'--generate-completion-script' needs bash, zsh or fish")
        }
        return .completionScript(shell)
    }

    private mutating func takeLong(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let attached = parts.count == 2 ? String(parts[1]) : nil
        if let parameter = accepted.first(where: { $0.name == name }) {
            try take(parameter, attached, &rest)
        } else if name.hasPrefix("no-"),
            let parameter = accepted.first(where: {
                $0.kind == .flag(invertible: true) && $0.name == name.dropFirst(3)
            })
        {
            guard attached == nil else { throw UsageError("'--\(name)' takes no value") }
            found[parameter.display, default: []].append("false")
        } else {
            throw unknownOption("--\(name)")
        }
    }

    private mutating func takeShort(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let letters = word.dropFirst()
        for (index, letter) in zip(letters.indices, letters) {
            guard let parameter = accepted.first(where: { $0.short == letter }) else {
                throw unknownOption(letters.count == 1 ? word : "-\(letter)")
            }
            guard parameter.takesValue else {
                try take(parameter, nil, &rest)
                continue
            }
            let attached = letters[letters.index(after: index)...]
            return try take(parameter, attached.isEmpty ? nil : String(attached), &rest)
        }
    }

    private mutating func take(
        _ parameter: Parameter, _ attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard parameter.takesValue else {
            guard attached == nil else { throw UsageError("'\(parameter.display)' takes no value") }
            found[parameter.display, default: []].append("true")
            return
        }
        if !parameter.isRepeating, found[parameter.display] != nil {
            throw UsageError("'\(parameter.display)' was given twice")
        }
        // A word that looks like an option is not taken as a value: '--note --dry-run' is a slip, not a note.
        let following: String? =
            if let next = rest.first, attached == nil, !next.hasPrefix("--") { rest.popFirst() } else { nil }
        guard let value = attached ?? following else {
            throw UsageError("Missing value for '\(parameter.display) <\(parameter.valueName)>'")
        }
        found[parameter.display, default: []].append(value)
    }

    private mutating func takePositional(_ word: String) throws(UsageError) {
        guard !command.subcommands.isEmpty else { return positionals.append(word) }
        guard let next = command.subcommand(word) else { throw unknownSubcommand(word, of: command) }
        command = next
        path.append(word)
    }

    private func unknownOption(_ word: String) -> UsageError {
        var known = accepted.map(\.display) + ["--help"]
        known += accepted.filter { $0.kind == .flag(invertible: true) }.map { "--no-\($0.name)" }
        if path.count == 1 { known.append("--version") }
        let guess = suggestion(for: word, among: known)
        return UsageError("Unknown option '\(word)'" + (guess.map { ". Did you mean '\($0)'?" } ?? ""))
    }

    mutating func finish() throws(UsageError) -> ParsedCommandLine {
        guard command.handler != nil else {
            if path.count == 1, found.isEmpty { return .help(command: command, path: path) }
            throw UsageError("Missing expected subcommand")
        }
        try assignPositionals()
        var values: [String: any Sendable] = [:]
        for parameter in command.parameters + CommonOptions.parameters {
            let words = found[parameter.display] ?? []
            if parameter.isRequired, words.isEmpty {
                throw UsageError(
                    "Missing expected argument '\(parameter.kind == .option ? "\(parameter.display) <\(parameter.valueName)>" : parameter.display)'"
                )
            }
            values[parameter.display] = try parameter.convert(words)
        }
        return .run(command: command, path: path, values: values, common: CommonOptions(values: values))
    }

    private mutating func assignPositionals() throws(UsageError) {
        var left = positionals[...]
        for argument in command.arguments {
            if argument.isRepeating {
                found[argument.display] = Array(left)
                left = []
            } else if let word = left.popFirst() {
                found[argument.display] = [word]
            }
        }
        guard let extra = left.first else { return }
        throw UsageError(
            left.count == 1
                ? "Unexpected argument '\(extra)'" : "\(left.count) unexpected arguments: \(quoted(left))")
    }

    private func quoted(_ words: ArraySlice<String>) -> String {
        words.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
    }
}
