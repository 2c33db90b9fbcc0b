/// Writes help the way swift-argument-parser does, so that nobody has to learn to read it.
struct HelpText {
    let command: Command
    let path: [String]

    static let width = 80
    private static let gutter = 26

    var text: String {
        var sections = ["OVERVIEW: " + command.abstract]
        if !command.discussion.isEmpty {
            let paragraphs = command.discussion.split(separator: "\n\n", omittingEmptySubsequences: true)
            sections += paragraphs.map { Self.wrap($0.split(separator: "\n").joined(separator: " "), indent: 0) }
        }
        sections.append(usage)
        sections.append(list("ARGUMENTS", command.arguments.map(entry)))
        sections.append(list("OPTIONS", command.optionsAndFlags.map(entry) + builtIns))
        if command.subcommands.isEmpty {
            sections.append(list("COMMON OPTIONS", CommonOptions.parameters.map(entry)))
            sections.append(exitCodes)
        } else {
            sections.append(list("SUBCOMMANDS", command.subcommands.map { ($0.name, $0.abstract) }))
            sections.append(
                "  See '\(path[0]) help \((path.dropFirst() + ["<subcommand>"]).joined(separator: " "))' for detailed help."
            )
        }
        return sections.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    /// The line that a usage error repeats.
    var usage: String {
        var words = path
        if command.subcommands.isEmpty {
            words += command.optionsAndFlags.filter(\.isRequired).map { "--\($0.name) <\($0.valueName)>" }
            words += command.optionsAndFlags.filter { !$0.isRequired }.map(optionalUsage)
            words += command.arguments.map { argument in
                let word = "<\(argument.name)>" + (argument.isRepeating ? " ..." : "")
                return argument.isRequired ? word : "[\(word)]"
            }
        } else {
            words.append("<subcommand>")
        }
        return Self.wrap("USAGE: " + words.joined(separator: " "), indent: 4)
    }

    private func optionalUsage(_ parameter: Parameter) -> String {
        let value = parameter.takesValue ? " <\(parameter.valueName)>" : ""
        return "[--\(parameter.name)\(value)]" + (parameter.isRepeating ? " ..." : "")
    }

    private func entry(_ parameter: Parameter) -> (String, String) {
        var help = parameter.help
        if !parameter.choices.isEmpty { help += " (values: \(parameter.choices.joined(separator: ", ")))" }
        if let word = parameter.defaultWord { help += " (default: \(word))" }
        let short = parameter.short.map { "-\($0), " } ?? ""
        switch parameter.kind {
        case .argument: return ("<\(parameter.name)>", help)
        case .option: return ("\(short)--\(parameter.name) <\(parameter.valueName)>", help)
        case .flag(let invertible):
            return (short + "--\(parameter.name)" + (invertible ? "/--no-\(parameter.name)" : ""), help)
        }
    }

    private var builtIns: [(String, String)] {
        var entries: [(String, String)] = []
        if path.count == 1 {
            entries.append(("--version", "Show the version."))
            entries.append(
                ("--generate-completion-script <shell>", "Write a completion script for bash, zsh or fish."))
        }
        entries.append(("-h, --help", "Show help information."))
        return entries
    }

    private var exitCodes: String {
        list("EXIT CODES", ExitCode.allCases.map { (String($0.rawValue), $0.meaning) })
    }

    private func list(_ title: String, _ entries: [(String, String)]) -> String {
        guard !entries.isEmpty else { return "" }
        let lines = entries.map { label, help in
            let start = "  " + label
            let fits = start.count < Self.gutter - 1
            let head = fits ? start.padding(to: Self.gutter) : start + "\n" + String(repeating: " ", count: Self.gutter)
            return Self.wrap(head + help, indent: Self.gutter)
        }
        return "\(title):\n" + lines.joined(separator: "\n")
    }

    /// Breaks the last line of `text` between words so that none is longer than the width.
    private static func wrap(_ text: String, indent: Int) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard var line = lines.popLast() else { return text }
        while line.count > width {
            let limit = line.index(line.startIndex, offsetBy: width + 1)
            let body = line.index(line.startIndex, offsetBy: min(indent, line.count))
            guard let space = line[body..<limit].lastIndex(of: " ") else { break }
            lines.append(String(line[..<space]))
            line = String(repeating: " ", count: indent) + line[line.index(after: space)...]
        }
        lines.append(line)
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// Filled up with spaces on the right.
    func padding(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
