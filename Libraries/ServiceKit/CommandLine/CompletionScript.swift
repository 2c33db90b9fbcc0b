/// A shell that completion scripts exist for.
enum Shell: String, Sendable {
    case bash, zsh, fish
}

/// Writes a script that completes subcommands, options and the values that can be listed.
struct CompletionScript {
    let root: Command

    func text(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private struct Node {
        let path: [String]
        let command: Command
        var options: [Parameter] {
            command.optionsAndFlags + (command.subcommands.isEmpty ? CommonOptions.parameters : [])
        }
        var words: [String] {
            command.subcommands.map(\.name) + options.flatMap(Self.spellings) + ["--help"]
        }

        static func spellings(_ parameter: Parameter) -> [String] {
            parameter.kind == .flag(invertible: true)
                ? ["--\(parameter.name)", "--no-\(parameter.name)"] : ["--\(parameter.name)"]
        }
    }

    private var nodes: [Node] {
        func walk(_ command: Command, _ path: [String]) -> [Node] {
            [Node(path: path, command: command)] + command.subcommands.flatMap { walk($0, path + [$0.name]) }
        }
        return walk(root, [root.name])
    }

    private var function: String { "_" + root.name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() }

    /// The `case` branches that bash and zsh share. The variable is not called `path`: in zsh that is the search path.
    private func branches(_ indent: String) -> (subcommands: String, words: String, values: String) {
        var subcommands: [String] = []
        var words: [String] = []
        var values: [String] = []
        for node in nodes {
            let path = node.path.joined(separator: " ")
            for child in node.command.subcommands {
                subcommands.append("\(indent)'\(path)|\(child.name)') verb_path='\(path) \(child.name)' ;;")
            }
            words.append("\(indent)'\(path)') choices='\(node.words.joined(separator: " "))' ;;")
            for option in node.options where option.takesValue {
                let choices = option.wantsFile ? "files=1" : "choices='\(option.choices.joined(separator: " "))'"
                values.append("\(indent)'\(path)|--\(option.name)') \(choices); value=1 ;;")
            }
        }
        return (
            subcommands.joined(separator: "\n"), words.joined(separator: "\n"), values.joined(separator: "\n")
        )
    }

    private var bash: String {
        let parts = branches("        ")
        return """
            \(function)() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
                local verb_path='\(root.name)' choices='' files='' value='' index
                for ((index = 1; index < COMP_CWORD; index++)); do
                    case "$verb_path|${COMP_WORDS[index]}" in
            \(parts.subcommands)
                    esac
                done
                case "$verb_path|$previous" in
            \(parts.values)
                esac
                if [[ -z "$value" ]]; then
                    case "$verb_path" in
            \(parts.words)
                    esac
                fi
                if [[ -n "$files" ]]; then
                    mapfile -t COMPREPLY < <(compgen -f -- "$current")
                else
                    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
                fi
            }
            complete -o default -F \(function) \(root.name)

            """
    }

    private var zsh: String {
        let parts = branches("        ")
        return """
            #compdef \(root.name)
            \(function)() {
                local previous="${words[CURRENT-1]}" verb_path='\(root.name)' choices='' files='' value='' index
                for ((index = 2; index < CURRENT; index++)); do
                    case "$verb_path|${words[index]}" in
            \(parts.subcommands)
                    esac
                done
                case "$verb_path|$previous" in
            \(parts.values)
                esac
                if [[ -z "$value" ]]; then
                    case "$verb_path" in
            \(parts.words)
                    esac
                fi
                if [[ -n "$files" ]]; then
                    _files
                else
                    compadd -- ${=choices}
                fi
            }
            compdef \(function) \(root.name)

            """
    }

    private var fish: String {
        var lines = ["complete -c \(root.name) -f"]
        for node in nodes {
            let seen = node.path.dropFirst()
            let children = node.command.subcommands.map(\.name).joined(separator: " ")
            var conditions = seen.map { "__fish_seen_subcommand_from \($0)" }
            if !children.isEmpty { conditions.append("not __fish_seen_subcommand_from \(children)") }
            let condition = conditions.isEmpty ? "" : " -n '\(conditions.joined(separator: "; and "))'"
            for child in node.command.subcommands {
                lines.append("complete -c \(root.name)\(condition) -a \(child.name) -d '\(Self.quote(child.abstract))'")
            }
            for option in node.options {
                let value =
                    !option.takesValue
                    ? ""
                    : option.wantsFile
                        ? " -r -F"
                        : " -x" + (option.choices.isEmpty ? "" : " -a '\(option.choices.joined(separator: " "))'")
                for spelling in Node.spellings(option) {
                    lines.append(
                        "complete -c \(root.name)\(condition) -l \(spelling.dropFirst(2))\(value) -d '\(Self.quote(option.help))'"
                    )
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quote(_ text: String) -> String {
        text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
