import Glibc
import ServiceKit

/// A process for tests to send signals to: it says when it runs, and how it ended.
@main enum ServiceKitProbe {
    static func main() { ServiceMain.run(root) }

    static let root = Command(
        "probe", abstract: "A process for tests.",
        subcommands: [
            Command("serve", abstract: "Run a group until a signal comes.") { line in
                let deaf = line.flag("deaf", "Ignore being stopped.")
                let untilInputEnds = line.flag("until-input-ends", "Stop at the end of standard input too.")
                return { call in
                    if call[untilInputEnds] { call.signals.terminateWhenInputEnds() }
                    let waiter = Waiter(terminal: call.terminal, isDeaf: call[deaf])
                    return await ServiceGroup([.init("waiter", waiter)]).run(signals: call.signals).exitCode
                }
            },
            Command("parent", abstract: "Start another that serves, say its id, and wait for ever.") { _ in
                { call in
                    let child = try ChildProcess.start(
                        .init("/proc/self/exe", ["serve", "--until-input-ends"]), input: .untilWeEnd, output: .discard)
                    call.terminal.output.write("\(child.id)\n")
                    try await Task.sleep(for: .seconds(600))
                    return .success
                }
            },
            Command("wait", abstract: "Wait for ever, listening to no signal.") { _ in
                { call in
                    call.terminal.output.write("running\n")
                    try await Task.sleep(for: .seconds(600))
                    return .success
                }
            },
        ])
}

/// Runs until it is stopped.
private final class Waiter: LongRunning {
    private let terminal: Terminal
    private let isDeaf: Bool
    private let gate = AsyncStream.makeStream(of: Void.self)

    init(terminal: Terminal, isDeaf: Bool) {
        self.terminal = terminal
        self.isDeaf = isDeaf
    }

    func run() async throws {
        terminal.output.write("running\n")
        for await _ in gate.stream {}
        terminal.output.write(Task.isCancelled ? "cancelled\n" : "stopped\n")
    }

    func stop() async {
        terminal.output.write("stopping\n")
        if !isDeaf { gate.continuation.finish() }
    }
}
