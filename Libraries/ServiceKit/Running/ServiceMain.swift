import Glibc
import Synchronization
import Telemetry

/// The way into every executable:
/// ```swift
/// @main enum App { static func main() { ServiceMain.run(rootCommand) } }
/// ```
/// `main` is synchronous on purpose: signals must be blocked before the runtime starts its threads.
package enum ServiceMain {
    /// Runs the verb that the process's arguments name, and ends the process with its exit code.
    package static func run(_ root: Command) -> Never {
        MemoryAllocator.returnWhatIsIdle()
        SignalSource.block()
        let words = Array(CommandLine.arguments.dropFirst())
        switch prepare(root, words, terminal: .standard) {
        case .ended(let code):
            exit(code.rawValue)
        case .ready(let verb):
            let signals = SignalSource()
            let task = Task<Void, Never>.detached { exit(await verb.perform(signals: signals).rawValue) }
            signals.whenUnheard(interruption(of: task))
            signals.takeForEver()
        }
    }

    /// A verb that listens to no signal is cancelled by the first one and ended by the second.
    private static func interruption(of task: Task<Void, Never>) -> @Sendable (SignalSource.Signal) -> Void {
        let count = Counted()
        return { _ in
            if count.next() == 1 { task.cancel() } else { _exit(ExitCode.interrupted.rawValue) }
        }
    }

    private final class Counted: Sendable {
        private let value = Atomic<Int>(0)
        func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// Runs a command line inside a running program and hands back its exit code; what tests use.
    package static func perform(
        _ root: Command, _ words: [String], terminal: Terminal, signals: SignalSource = SignalSource()
    ) async -> ExitCode {
        switch prepare(root, words, terminal: terminal) {
        case .ended(let code): code
        case .ready(let verb): await verb.perform(signals: signals)
        }
    }

    private enum Prepared {
        case ended(ExitCode)
        case ready(ReadyVerb)
    }

    private static func prepare(_ root: Command, _ words: [String], terminal: Terminal) -> Prepared {
        do throws(UsageError) {
            switch try CommandParser(root: root).parse(words) {
            case .help(let command, let path):
                terminal.output.write(HelpText(command: command, path: path).text)
            case .version:
                terminal.output.write("\(root.name) \(takeupVersion)\n")
            case .completionScript(let shell):
                terminal.output.write(CompletionScript(root: root).text(for: shell))
            case .run(let command, let path, let values, let common):
                return .ready(
                    ReadyVerb(command: command, path: path, values: values, common: common, terminal: terminal))
            }
            return .ended(.success)
        } catch {
            terminal.messages.write(usageMessage(error, root))
            return .ended(.usage)
        }
    }

    static func usageMessage(_ error: UsageError, _ root: Command) -> String {
        var command = root
        for name in error.path.dropFirst() { command = command.subcommand(name) ?? command }
        let path = error.path.isEmpty ? [root.name] : error.path
        return """
            Error: \(error.message)
            \(HelpText(command: command, path: path).usage)
              See '\(path.joined(separator: " ")) --help' for more information.

            """
    }
}

/// The version of everything in this repository.
package let takeupVersion = "0.1.0"

/// A verb whose words were read and found good.
private struct ReadyVerb: Sendable {
    let command: Command
    let path: [String]
    let values: [String: any Sendable]
    let common: CommonOptions
    let terminal: Terminal

    func perform(signals: SignalSource) async -> ExitCode {
        guard let handler = command.handler else { return .internalBug }
        let call = Invocation(path: path, values: values, common: common, terminal: terminal, signals: signals)
        do {
            return try await handler(call)
        } catch let error as UsageError {
            terminal.say("Error: \(error.message)")
            return .usage
        } catch {
            let failure = CommandFailure(describing: error)
            terminal.messages.write(failure.rendered(as: common.format))
            return failure.exitCode
        }
    }
}

extension CommandFailure {
    /// For people a few lines; in JSON mode one JSON object, so that a program that reads stderr can tell.
    func rendered(as format: OutputFormat) -> String {
        guard format == .json else { return "Error: \(description)\n" }
        var json = JSONText()
        json.object { json in
            json.key("schema_version")
            json.integer(1)
            json.member("error", what)
            json.member("why", why)
            json.member("next", next)
            json.key("exit_code")
            json.integer(exitCode.rawValue)
        }
        return json.text + "\n"
    }
}
