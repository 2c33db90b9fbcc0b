import Crypto
import FoundationEssentials

/// Reads settings from all places they may stand in.
package struct ConfigurationLoader: Sendable {
    let settings: SettingList
    let environment: [String: String]

    /// The largest configuration file or secret that is read.
    package static let fileBytesMax = 1 << 20

    /// A loader for the settings of a program.
    package init(_ settings: SettingList, environment: [String: String] = Environment.process) {
        self.settings = settings
        self.environment = environment
    }

    /// The configuration, or everything that is wrong with it.
    package func load(_ options: CommonOptions) throws(ConfigurationErrors) -> Configuration {
        var reading = Reading(settings: settings, environment: environment)
        reading.readCommandLine(options.settings)
        reading.readFile(options.configurationFile ?? environment["TAKEUP_CONFIG"])
        reading.readSecrets(options.secretsFolder ?? environment["TAKEUP_SECRETS"])
        return try reading.configuration()
    }
}

private struct Reading {
    let settings: SettingList
    let environment: [String: String]
    private var commandLine: [String: String] = [:]
    private var file: [String: String] = [:]
    private var secrets: [String: String] = [:]
    private var passedThrough: [String: String] = [:]
    private var problems: [String] = []

    init(settings: SettingList, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    private func declaration(_ key: String) -> SettingDeclaration? { settings.declarations.first { $0.key == key } }

    mutating func readCommandLine(_ assignments: [String]) {
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                // The text is not repeated: it may be a secret that somebody mistyped.
                problems.append("--set needs key=value")
                continue
            }
            let key = String(assignment[..<equals])
            if declaration(key)?.isSecret == true {
                problems.append(
                    "\(key) is a secret and is not taken from the command line, where others can read it. "
                        + "Put it in a file named \(key) in the secrets folder.")
            } else {
                accept(key, String(assignment[assignment.index(after: equals)...]), "--set", into: \.commandLine)
            }
        }
    }

    mutating func readFile(_ path: String?) {
        guard let path, !path.isEmpty else { return }
        guard let bytes = contents(path, "The configuration file") else { return }
        do {
            let json = try StrictJSON(bytes)
            guard case .object = json else {
                problems.append("\(path) must hold one JSON object")
                return
            }
            flatten(json, prefix: "", path)
        } catch {
            problems.append("\(path) is not valid JSON (\(describe(error)))")
        }
    }

    private func describe(_ refusal: StrictJSON.Refusal) -> String {
        switch refusal {
        case .notJSON(let position): "at byte \(position)"
        case .duplicateMember: "a member is there twice"
        case .tooDeep: "nested too deeply"
        case .tooLong: "too long"
        }
    }

    private mutating func flatten(_ json: StrictJSON, prefix: String, _ path: String) {
        switch json {
        case .object(let members):
            for member in members {
                flatten(member.value, prefix: prefix.isEmpty ? member.name : "\(prefix).\(member.name)", path)
            }
        case .string(let text), .number(let text): accept(prefix, text, path, into: \.file)
        case .bool(let value): accept(prefix, value ? "true" : "false", path, into: \.file)
        case .null, .array: problems.append("\(path): \(prefix) must be a text, a number, true or false")
        }
    }

    mutating func readSecrets(_ folder: String?) {
        guard let folder, !folder.isEmpty else { return }
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
            problems.append("The secrets folder \(folder) does not exist")
            return
        }
        for declaration in settings.declarations {
            let path = "\(folder)/\(declaration.key)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            guard let bytes = contents(path, "The secret") else { continue }
            guard var text = String(validating: bytes, as: UTF8.self) else {
                problems.append("\(path) is not UTF-8")
                continue
            }
            // Editors end a file with a new line; it is not part of the secret.
            if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
            secrets[declaration.key] = text
        }
    }

    private mutating func contents(_ path: String, _ what: String) -> [UInt8]? {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= ConfigurationLoader.fileBytesMax else {
                problems.append("\(what) \(path) is larger than \(ConfigurationLoader.fileBytesMax) bytes")
                return nil
            }
            return Array(data)
        } catch {
            problems.append("\(what) \(path) cannot be read")
            return nil
        }
    }

    private mutating func accept(
        _ key: String, _ text: String, _ place: String, into values: WritableKeyPath<Reading, [String: String]>
    ) {
        if declaration(key) != nil {
            if self[keyPath: values][key] != nil { problems.append("\(key) is given twice in \(place)") }
            self[keyPath: values][key] = text
        } else if settings.prefixes.contains(where: { key.hasPrefix($0) && key.count > $0.count }) {
            if passedThrough[key] == nil { passedThrough[key] = text }
        } else {
            let guess = suggestion(for: key, among: settings.declarations.map(\.key))
            problems.append("\(place): there is no setting '\(key)'" + (guess.map { ". Did you mean '\($0)'?" } ?? ""))
        }
    }

    mutating func configuration() throws(ConfigurationErrors) -> Configuration {
        var entries: [Configuration.Entry] = []
        for declaration in settings.declarations {
            guard let (text, source) = found(declaration) else {
                problems.append(
                    "\(declaration.key) is missing (\(declaration.help.prefix(1).lowercased() + declaration.help.dropFirst())"
                        + " Set \(declaration.alias ?? declaration.environmentVariable).)")
                continue
            }
            guard let value = declaration.parse(text) else {
                let shown = declaration.isSecret ? "its value" : "'\(Configuration.withoutPassword(text))'"
                problems.append(
                    "\(declaration.key): \(shown) (from \(source.rawValue)) is not \(declaration.expectation)")
                continue
            }
            entries.append(.init(declaration: declaration, text: text, source: source, value: value))
        }
        guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
        return Configuration(entries: entries, passedThrough: passedThrough)
    }

    private func found(_ declaration: SettingDeclaration) -> (String, SettingSource)? {
        let key = declaration.key
        if let text = commandLine[key] { return (text, .commandLine) }
        if let text = environment[declaration.environmentVariable] { return (text, .environment) }
        if let alias = declaration.alias, let text = environment[alias] { return (text, .environment) }
        if let text = secrets[key] { return (text, .secretsFolder) }
        if let text = file[key] { return (text, .file) }
        return declaration.defaultText.map { ($0, .defaultValue) }
    }
}
