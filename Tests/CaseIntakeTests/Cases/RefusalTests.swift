import Domain
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

/// A command that a case refuses where it stands, and the verb that its message must name.
private struct Refused {
    let milestone: Milestone
    let words: [String]
    let names: String
}

private let refused: [Refused] = [
    Refused(milestone: .opened, words: ["offer"], names: "case-intake assess"),
    Refused(milestone: .opened, words: ["answer", "CASE", "accepted"], names: "case-intake offer"),
    Refused(milestone: .assessed, words: ["answer", "CASE", "accepted"], names: "case-intake offer"),
    Refused(milestone: .offered, words: ["offer"], names: "case-intake answer"),
    Refused(milestone: .offered, words: ["set-up", "support-plan"], names: "a new offer"),
    Refused(milestone: .accepted, words: ["offer"], names: "case-intake offer"),
    Refused(milestone: .accepted, words: ["set-up", "route", "CASE", "own-account"], names: "set-up budget"),
    Refused(milestone: .planned, words: ["set-up", "support-plan"], names: "case-intake cases show"),
    Refused(
        milestone: .payeeKnown, words: ["agreement", "draft", "CASE", "--starts-on", "2025-12-01"],
        names: "case-intake conditions"),
    Refused(milestone: .conditionsMet, words: ["set-up", "agreement-sent"], names: "case-intake agreement draft"),
    Refused(milestone: .sent, words: ["agreement", "countersign"], names: "case-intake agreement sign"),
    Refused(
        milestone: .sent,
        words: ["support", "start", "CASE", "--mechanism", "direct-payment", "--on", "2025-12-01"],
        names: "case-intake agreement sign"),
    Refused(
        milestone: .signed,
        words: ["support", "start", "CASE", "--mechanism", "direct-payment", "--on", "2025-12-01"],
        names: "case-intake agreement countersign"),
    Refused(
        milestone: .countersigned,
        words: [
            "support", "start", "CASE", "--mechanism", "direct-payment", "--setting", "nursing", "--on", "2025-12-01",
        ], names: "--setting community"),
    Refused(
        milestone: .countersigned, words: ["support", "end", "CASE", "--on", "2025-12-01", "--reason", "died"],
        names: "case-intake support start"),
    Refused(milestone: .supported, words: ["close"], names: "case-intake support end"),
    Refused(
        milestone: .supported, words: ["support", "end", "CASE", "--on", "2025-01-01", "--reason", "died"],
        names: "--on"),
]

@Suite("What a case refuses")
struct RefusalTests {
    @Test("a step out of turn is refused with what happened, why and what to do next, and nothing is stored")
    func outOfTurn() async throws {
        try await Desk.with { desk in
            for step in refused {
                let id = try await desk.openCase(step.milestone)
                let before = try await desk.service.everything()
                let words = step.words.map { $0 == "CASE" ? id.description : $0 }
                let person = TestPerson(.socialWorker, .teamManager, .directPaymentsTeam)
                let ending = try await desk.service.run(
                    words.contains(id.description) ? words : words + [id.description], as: person, format: .table,
                    at: Desk.time)
                #expect(ending.exitCode == .failed, "\(step.words)")
                #expect(ending.output.isEmpty)
                let lines = ending.messages.split(separator: "\n")
                #expect(lines.count == 3 && lines.allSatisfy { $0.hasSuffix(".") }, "\(ending.messages)")
                #expect(lines.last?.contains(step.names) == true, "\(step.words): \(ending.messages)")
                #expect(try await desk.service.everything() == before)
            }
        }
    }

    @Test("a closed case takes nothing more, and a case that is not there is bad input")
    func closedAndMissing() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.assessed)
            try await desk.ask(id, .close)
            let closed = try await desk.service.run(["offer", id.description], as: desk.worker)
            #expect(closed.exitCode == .failed)
            #expect(closed.messages.contains("The case is closed."))
            let missing = try await desk.service.run(["offer", UUID().uuidString], as: desk.worker)
            #expect(missing.exitCode == .badInput)
            #expect(missing.messages.contains("cases list"))
        }
    }

    @Test("what cannot be meant is bad input, and what is no command line is usage")
    func badInput() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.sent)
            let hash = try await desk.newestText(id).sha256.description
            let bad: [[String]] = [
                ["agreement", "sign", id.description, "--name", "  ", "--text-sha256", hash],
                ["agreement", "sign", id.description, "--name", "A Person", "--text-sha256", "abc"],
                ["answer", id.description, "declined"],
                ["answer", id.description, "accepted", "--reason", "care-home"],
                ["set-up", "budget", id.description, "--weekly-budget", "100", "--weekly-contribution", "100.01"],
                ["set-up", "budget", id.description, "--weekly-budget", "20000.01"],
                ["agreement", "draft", id.description, "--starts-on", "2025-12-01", "--weekly-contribution", "5"],
                ["cases", "list", "--limit", "0"], ["cases", "list", "--limit", "10001"],
            ]
            let person = TestPerson(.socialWorker, .teamManager)
            for words in bad {
                let ending = try await desk.service.run(words, as: person)
                #expect(ending.exitCode == .badInput, "\(words): \(ending.messages)")
            }
            let usage: [[String]] = [
                ["offer"], ["offer", "no-uuid"], ["offer", id.description, "--no-such"],
                ["assess", id.description, "--support-reason", "boredom"],
                ["support", "start", id.description, "--mechanism", "direct-payment", "--on", "2025-02-29"],
                ["set-up", "budget", id.description, "--weekly-budget", "+5"],
                ["set-up", "budget", id.description, "--weekly-budget", "007"],
            ]
            for words in usage {
                #expect(try await desk.service.run(words, as: person).exitCode == .usage, "\(words)")
            }
        }
    }
}
