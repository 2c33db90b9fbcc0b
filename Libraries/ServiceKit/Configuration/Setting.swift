/// A declared setting: its key, what it means, and how its text is read.
///
/// `database.url` is read, first found first, from `--set database.url=...`, the environment variable
/// `TAKEUP_DATABASE_URL`, the file `database.url` in the secrets folder, the JSON file (`{"database": {"url": ...}}`),
/// and its default.
package struct Setting<Value: SettingValue>: Sendable {
    /// The key, dotted, lower case.
    package let key: String
    let declaration: SettingDeclaration

    /// A setting that must be given.
    package init(
        _ key: String, _ type: Value.Type = Value.self, secret: Bool = false, alias: String? = nil, _ help: String
    ) {
        self.init(key, secret: secret, alias: alias, defaultText: nil, isRequired: true, help: help)
    }

    /// A setting with a default.
    package init(_ key: String, default value: Value, secret: Bool = false, alias: String? = nil, _ help: String) {
        self.init(key, secret: secret, alias: alias, defaultText: value.settingText, isRequired: false, help: help)
    }

    private init(_ key: String, secret: Bool, alias: String?, defaultText: String?, isRequired: Bool, help: String) {
        self.key = key
        declaration = SettingDeclaration(
            key: key, help: help, isSecret: secret, isRequired: isRequired, alias: alias, defaultText: defaultText,
            expectation: Value.settingExpectation, parse: { Value(setting: $0) })
    }
}

/// A setting as the loader and `config show` see it.
package struct SettingDeclaration: Sendable {
    package let key: String
    package let help: String
    /// Never shown, and refused on a command line, where every user of the machine could read it.
    package let isSecret: Bool
    package let isRequired: Bool
    /// A variable that others already use for it, for example `KAFKA_BOOTSTRAP_SERVERS`.
    package let alias: String?
    package let defaultText: String?
    let expectation: String
    let parse: @Sendable (String) -> (any Sendable)?

    /// The same setting, empty where it is not given. Nobody reads it then.
    var optional: SettingDeclaration {
        SettingDeclaration(
            key: key, help: help, isSecret: isSecret, isRequired: false, alias: alias, defaultText: defaultText ?? "",
            expectation: expectation, parse: { [parse] in $0.isEmpty ? parse($0) ?? "" : parse($0) })
    }

    /// `TAKEUP_` and the key in capitals, other characters as underscores.
    package var environmentVariable: String {
        "TAKEUP_" + String(key.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }
}

/// The settings that a program understands.
package struct SettingList: Sendable {
    private(set) var declarations: [SettingDeclaration] = []
    private(set) var prefixes: [String] = []

    /// No settings yet.
    package init() {}

    /// Adds a setting. The same setting may be added by several parts.
    package mutating func add(_ setting: Setting<some SettingValue>) {
        guard !declarations.contains(where: { $0.key == setting.key }) else { return }
        declarations.append(setting.declaration)
    }

    /// Lets every key below `prefix` (`kafka.extra.`) pass as it is, for what a library of ours hands on.
    package mutating func passThrough(prefix: String) {
        prefixes.append(prefix)
    }

    /// The same settings with none that must be given, for a program that only has to get past them.
    package var allOptional: SettingList {
        var result = self
        result.declarations = declarations.map(\.optional)
        return result
    }

    /// Both lists together.
    package func adding(_ other: SettingList) -> SettingList {
        var result = self
        for declaration in other.declarations where !declarations.contains(where: { $0.key == declaration.key }) {
            result.declarations.append(declaration)
        }
        result.prefixes += other.prefixes
        return result
    }
}
