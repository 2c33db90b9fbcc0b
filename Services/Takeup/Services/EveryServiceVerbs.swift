import FoundationEssentials
import ServiceKit

/// The verbs that do the same with every service, one after the other.
enum EveryServiceVerbs {
    static let all = [migrate, doctor, replay, audit]

    private static let migrate = Command(
        "migrate", abstract: "Bring every service's tables to this version.",
        discussion: "Stops at the first service that fails. Each service's own 'migrate' says more."
    ) { line in
        let provision = line.flag("provision", "First make schemas and roles; needs database.admin-url.")
        let status = line.flag("status", "Only show which steps were applied.")
        let dryRun = line.flag("dry-run", "Run the steps and roll them back.")
        return { call in
            var words = ["migrate", "--format", call.common.format.rawValue]
            if call[provision] { words.append("--provision") }
            if call[status] { words.append("--status") }
            if call[dryRun] { words.append("--dry-run") }
            for name in ServicePrograms.names {
                let code = try await ServicePrograms.run(name, words)
                guard code == 0 else {
                    throw CommandFailure(.failed, "\(name) migrate failed with exit code \(code).")
                }
            }
            return .success
        }
    }

    private static let doctor = Command(
        "doctor", abstract: "Check every service, its database and its broker.",
        discussion: "Exit code 2 where something is wrong."
    ) { _ in
        { call in
            var isGood = true
            for name in ServicePrograms.names {
                call.terminal.say("Checking \(name).")
                let code = try await ServicePrograms.run(name, ["doctor", "--format", call.common.format.rawValue])
                if code != 0 { isGood = false }
            }
            return isGood ? .success : .foundProblems
        }
    }

    private static let audit = Command(
        "audit", abstract: "Ask every service who did and saw what, and prove that nothing of it was changed.",
        subcommands: [
            Command(
                "verify", abstract: "Check every service's audit.", discussion: "Exit code 2 where something is wrong."
            ) {
                _ in
                { call in try await ask(["audit", "verify"], call) }
            },
            Command("who-saw", abstract: "Show everybody who did something with a person's record anywhere, or saw it.")
            {
                line in
                let person = line.argument("person", UUID.self, "The person's id.")
                return { call in try await ask(["audit", "who-saw", call[person].uuidString.lowercased()], call) }
            },
        ])

    /// Asks every service the same; the worst answer counts.
    private static func ask(_ words: [String], _ call: Invocation) async throws -> ExitCode {
        var worst = ExitCode.success
        for name in ServicePrograms.names {
            let code = try await ServicePrograms.run(name, words + ["--format", call.common.format.rawValue])
            if code != 0 { worst = ExitCode(rawValue: code) ?? .failed }
        }
        return worst
    }

    private static let replay = Command(
        "replay", abstract: "Publish events of a service again; readers drop what they have seen.",
        discussion:
            "The words after -- go to the service's own 'replay', for example: takeup replay case-intake -- --all"
    ) { line in
        let name = line.argument(
            "service", String.self, "Whose events: \(ServicePrograms.names.joined(separator: ", ")).")
        let words = line.arguments("words", String.self, "What the service's own 'replay' takes.")
        return { call in
            guard ServicePrograms.names.contains(call[name]) else {
                throw CommandFailure(
                    .badInput, "There is no service \(call[name]).",
                    next: "Name one of \(ServicePrograms.names.joined(separator: ", ")).")
            }
            let code = try await ServicePrograms.run(call[name], ["replay"] + call[words])
            guard let known = ExitCode(rawValue: code) else { return .failed }
            return known
        }
    }
}
