/// The options that every verb of every service takes.
package struct CommonOptions: Sendable {
    /// How the result is written.
    package var format: OutputFormat = .table
    /// The JSON file to read configuration from, instead of `TAKEUP_CONFIG`.
    package var configurationFile: String?
    /// The folder with one file a secret, instead of `TAKEUP_SECRETS`.
    package var secretsFolder: String?
    /// `key=value` settings, which win over everything else.
    package var settings: [String] = []

    /// What nobody asked for.
    package init() {}

    private static let declared: (parameters: [Parameter], keys: Keys) = {
        var declaration = CommandDeclaration()
        let keys = Keys(
            format: declaration.option(
                "format", default: OutputFormat.table,
                "How to write the result: table for people, json or csv for programs."),
            configurationFile: declaration.option(
                "config", FilePath.self, valueName: "file", "The JSON file with settings (or TAKEUP_CONFIG)."),
            secretsFolder: declaration.option(
                "secrets", FilePath.self, valueName: "folder",
                "The folder with one file for each secret setting (or TAKEUP_SECRETS)."),
            settings: declaration.options(
                "set", String.self, valueName: "key=value", "A setting for this call; 'config show' lists the keys."))
        return (declaration.parameters, keys)
    }()

    private struct Keys: Sendable {
        let format: ParameterKey<OutputFormat>
        let configurationFile: ParameterKey<FilePath?>
        let secretsFolder: ParameterKey<FilePath?>
        let settings: ParameterKey<[String]>
    }

    static var parameters: [Parameter] { declared.parameters }

    init(values: [String: any Sendable]) {
        let keys = Self.declared.keys
        format = values[keys.format.display] as? OutputFormat ?? .table
        configurationFile = (values[keys.configurationFile.display] as? FilePath)?.text
        secretsFolder = (values[keys.secretsFolder.display] as? FilePath)?.text
        settings = values[keys.settings.display] as? [String] ?? []
    }
}
