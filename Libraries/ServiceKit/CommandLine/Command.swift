/// One verb of a command line, or a group of them.
///
/// A verb declares what it takes and returns what it does:
/// ```swift
/// Command("offer", abstract: "Record that a direct payment was offered.") { line in
///     let caseID = line.argument("case", UUID.self, "The case's id.")
///     let note = line.option("note", String.self, "What was said.")
///     return { call in
///         try await offer(call[caseID], note: call[note])
///         return .success
///     }
/// }
/// ```
package struct Command: Sendable {
    /// What a verb does once its words were read.
    package typealias Handler = @Sendable (Invocation) async throws -> ExitCode

    /// The word it is called by.
    package let name: String
    /// One sentence for lists.
    package let abstract: String
    /// What else a reader of its help should know.
    package let discussion: String
    /// The verbs below it; empty for a verb.
    package let subcommands: [Command]

    let parameters: [Parameter]
    let handler: Handler?

    /// A verb: the closure declares its parameters once and returns the handler.
    package init(
        _ name: String, abstract: String, discussion: String = "",
        _ declare: (inout CommandDeclaration) -> Handler
    ) {
        var declaration = CommandDeclaration()
        handler = declare(&declaration)
        parameters = declaration.parameters
        subcommands = []
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
    }

    /// A group of verbs.
    package init(_ name: String, abstract: String, discussion: String = "", subcommands: [Command]) {
        precondition(Set(subcommands.map(\.name)).count == subcommands.count, "\(name) has two verbs of one name")
        handler = nil
        parameters = []
        self.subcommands = subcommands
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
    }

    func subcommand(_ name: String) -> Command? { subcommands.first { $0.name == name } }

    var arguments: [Parameter] { parameters.filter { $0.kind == .argument } }
    var optionsAndFlags: [Parameter] { parameters.filter { $0.kind != .argument } }
}

/// One call of a verb: its values, where it may write, and who asks it to stop.
package struct Invocation: Sendable {
    /// The words that led to the verb: `["case-intake", "cases", "list"]`.
    package let path: [String]
    /// Where it writes.
    package let terminal: Terminal
    /// What the process was sent while the verb runs.
    package let signals: SignalSource
    /// The options that every verb takes.
    package let common: CommonOptions

    private let values: [String: any Sendable]

    init(
        path: [String], values: [String: any Sendable], common: CommonOptions, terminal: Terminal,
        signals: SignalSource
    ) {
        self.path = path
        self.values = values
        self.common = common
        self.terminal = terminal
        self.signals = signals
    }

    /// The value of a parameter that this verb declared.
    package subscript<Value>(key: ParameterKey<Value>) -> Value {
        guard let value = values[key.display] as? Value else {
            preconditionFailure("\(key.display) was not declared by \(path.joined(separator: " "))")
        }
        return value
    }
}
