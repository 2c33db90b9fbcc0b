import Domain
import FoundationEssentials
import Scenario
import ServiceKit

/// `takeup demo`: from a hospital's notice to a payment and a number, on this machine alone.
enum DemoVerb {
    static let command = Command(
        "demo", abstract: "Show the whole on this machine: from a hospital's notice to a payment and a number.",
        discussion: """
            Starts PostgreSQL, a broker and the five services, sends in the notices of made-up people, walks each through its
            story with the services' own verbs, pays them, and shows the measures as a table and as a page. Nobody in it is
            real. With DEMO_EXIT=1 in the environment it ends there; else it waits for Ctrl-C. Nothing is left running.
            """
    ) { line in
        let people = line.option("people", default: 60, "How many people, 1 to 500.")
        let seed = line.option("seed", default: 2026, "The same seed makes the same people.")
        return { call in
            guard (1...500).contains(call[people]), let number = UInt64(exactly: call[seed]) else {
                throw CommandFailure(.badInput, "The demonstration takes 1 to 500 people and a seed from 0 on.")
            }
            return try await run(people: call[people], seed: number, call)
        }
    }

    private static func run(people: Int, seed: UInt64, _ call: Invocation) async throws -> ExitCode {
        let narrator = Narrator(terminal: call.terminal)
        let stack = try await DemoStack.start { narrator.say($0) }
        do {
            let today = LondonTime.date(of: Date())
            let scenario = Scenario(seed: seed, people: people, firstDay: today.adding(days: -270), days: 150)
            try await DemoPlay(stack: stack, scenario: scenario, today: today, narrator: narrator).perform()
            try await show(stack, call)
            await stack.stop()
            return .success
        } catch {
            await stack.stop()
            throw error
        }
    }

    private static func show(_ stack: DemoStack, _ call: Invocation) async throws {
        let kpi = try stack.program("kpi")
        call.terminal.output.write(try await kpi.text(["measures", "show"], as: stack.staff.analyst))
        call.terminal.output.write(try await kpi.text(["measures", "check"], as: stack.staff.analyst))
        let analyst = stack.staff.analyst
        call.terminal.say("The same as a page: \(stack.pageURL)")
        call.terminal.say("Sign in there as \(analyst.handle), with the secret \(analyst.secret)")
        guard Environment.process["DEMO_EXIT", default: ""] != "1" else { return }
        call.terminal.say("Press Ctrl-C to end everything.")
        for await _ in call.signals.listen() { break }
        call.terminal.say("Ending everything.")
    }
}

/// Tells what happens, numbered, on standard error.
final class Narrator: Sendable {
    private let terminal: Terminal

    init(terminal: Terminal) { self.terminal = terminal }

    func title(_ text: String) { terminal.say("\n\(text)") }
    func say(_ text: String) { terminal.say("  \(text)") }
}
