/// Where the value of a setting came from.
package enum SettingSource: String, Sendable {
    case commandLine = "command line"
    case environment
    case secretsFolder = "secrets folder"
    case file
    case defaultValue = "default"
    case missing
}

/// All settings of a process, read and found good.
package struct Configuration: Sendable {
    struct Entry: Sendable {
        let declaration: SettingDeclaration
        let text: String
        let source: SettingSource
        let value: any Sendable
    }

    private let entries: [String: Entry]
    private let order: [String]
    private let passedThrough: [String: String]

    init(entries: [Entry], passedThrough: [String: String]) {
        self.entries = Dictionary(entries.map { ($0.declaration.key, $0) }) { first, _ in first }
        order = entries.map(\.declaration.key)
        self.passedThrough = passedThrough
    }

    /// The value of a declared setting.
    package subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = entries[setting.key]?.value as? Value else {
            preconditionFailure("the setting \(setting.key) was read but never declared")
        }
        return value
    }

    /// Everything given below a pass-through prefix, without the prefix.
    package func extra(below prefix: String) -> [String: String] {
        var result: [String: String] = [:]
        for (key, value) in passedThrough where key.hasPrefix(prefix) {
            result[String(key.dropFirst(prefix.count))] = value
        }
        return result
    }

    /// Every setting with where it came from; secrets are not in it. A URL's password is not shown even where the
    /// setting was not declared secret, and of passed-through keys only the names.
    package var table: Table {
        var table = Table(
            title: "Configuration",
            columns: [
                .init("key", "Key"), .init("value", "Value"), .init("source", "From"), .init("variable", "Variable"),
                .init("help", "What it is"),
            ])
        for entry in order.compactMap({ entries[$0] }) {
            table.append([
                .text(entry.declaration.key), .text(Self.shown(entry)), .text(entry.source.rawValue),
                .text(entry.declaration.alias ?? entry.declaration.environmentVariable), .text(entry.declaration.help),
            ])
        }
        for key in passedThrough.keys.sorted() {
            table.append([.text(key), .text("(set)"), .none, .none, .text("handed on as it is")])
        }
        return table
    }

    private static func shown(_ entry: Entry) -> String {
        if entry.declaration.isSecret { return entry.text.isEmpty ? "(empty)" : "(secret, set)" }
        return withoutPassword(entry.text)
    }

    /// `postgresql://user:secret@host/` as `postgresql://user:***@host/`.
    static func withoutPassword(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return text
        }
        return text[...colon] + "***" + text[at...]
    }
}

/// Everything that is wrong with a configuration, found in one go.
package struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence each; no value of a secret is in them.
    package let problems: [String]

    /// One problem a line.
    package var description: String {
        "The configuration has \(problems.count == 1 ? "a problem" : "\(problems.count) problems"):\n"
            + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
