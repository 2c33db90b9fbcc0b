import Domain
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import Engagement

@Suite("Champions")
struct ChampionTests {
    @Test("somebody becomes a champion once, and the others are told without who it is")
    func recruit() async throws {
        try await Programme.with { programme in
            let staff = UUID().uuidString.lowercased()
            let words = [
                "champions", "recruit", staff, "--directorate", " Adults and Health ", "--team", "East", "--on",
                "2026-03-02",
            ]
            let first = try await programme.service.run(words, as: programme.lead)
            #expect(first.exitCode == .success, "\(first.messages)")
            let again = try await programme.service.run(words, as: programme.lead)
            #expect(again.exitCode == .failed)
            #expect(again.messages.contains("champion already"))
            let told = try await programme.told()
            #expect(told.count == 1)
            #expect(told[0].contains(#""team":"East""#) && told[0].contains(#""directorate":"Adults and Health""#))
            #expect(!told[0].contains(staff))
            let list = try await programme.service.run(["champions", "list"], as: programme.lead)
            #expect(try list.rows().map { $0["championID"] } == [try first.value("championID")])
        }
    }

    @Test("two who record the same champion at once record one", arguments: 1...3)
    func atOnce(_ round: Int) async throws {
        try await Programme.with { programme in
            let words = [
                "champions", "recruit", UUID().uuidString, "--directorate", "D", "--team", "T", "--on", "2026-03-02",
            ]
            async let one = programme.service.run(words, as: TestPerson(.championLead))
            async let other = programme.service.run(words, as: TestPerson(.championLead))
            let endings = try await [one.exitCode, other.exitCode]
            #expect(Set(endings) == [.success, .failed])
            #expect(try await programme.told().count == 1)
        }
    }

    @Test("names that are missing or too long, and a list without end, are bad input")
    func badInput() async throws {
        try await Programme.with { programme in
            let long = String(repeating: "x", count: EngagementName.lengthMax + 1)
            for (directorate, team) in [("", "T"), ("D", "  "), (long, "T"), ("D", long)] {
                let ending = try await programme.service.run(
                    [
                        "champions", "recruit", UUID().uuidString, "--directorate", directorate, "--team", team,
                        "--on", "2026-03-02",
                    ], as: programme.lead)
                #expect(ending.exitCode == .badInput, "\(ending.messages)")
            }
            for words in [["champions", "list", "--limit", "0"], ["training", "list", "--limit", "10001"]] {
                #expect(try await programme.service.run(words, as: programme.lead).exitCode == .badInput)
            }
            #expect(try await programme.told().isEmpty)
        }
    }
}
