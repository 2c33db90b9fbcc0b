import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Engagement

@Suite("Training")
struct TrainingTests {
    private func line(_ role: String = "social-worker", _ team: String = "East") -> String {
        "\(UUID()),\(role),\(team)"
    }

    @Test("a session is recorded once with everyone who came, and told")
    func recorded() async throws {
        try await Programme.with { programme in
            let list = "staff,role,team\n\(line())\n\(line())\n\(line("finance"))\n"
            let first = try await programme.record(list)
            #expect(first.exitCode == .success, "\(first.messages)")
            #expect(try first.value("attendees") == "3")
            let again = try await programme.record(list)
            #expect(again.exitCode == .badInput)
            #expect(again.messages.contains("recorded already"))
            let shown = try await programme.service.run(["training", "list"], as: programme.lead)
            #expect(try shown.rows().map { [$0["attendees"], $0["socialWorkers"]] } == [["3", "2"]])
            #expect(try await programme.told().count == 1)
        }
    }

    @Test("a list as a spreadsheet writes it is read: with a byte order mark and with other line ends")
    func spreadsheet() async throws {
        try await Programme.with { programme in
            let ending = try await programme.record("\u{FEFF}staff,role,team\r\n\(line())\r\n\(line())")
            #expect(ending.exitCode == .success, "\(ending.messages)")
            #expect(try ending.value("attendees") == "2")
        }
    }

    @Test("everything that is wrong with a list is named at once, line by line, and nothing is stored")
    func problems() async throws {
        try await Programme.with { programme in
            let list = [
                "staff,role,team", line(), "no-uuid,finance,East", line("wizard"), line("finance", ""),
                "\(UUID()),finance",
            ].joined(separator: "\n")
            let ending = try await programme.record(list)
            #expect(ending.exitCode == .badInput)
            for place in ["line 3", "line 4", "line 5", "line 6"] { #expect(ending.messages.contains(place)) }
            #expect(ending.messages.contains("4 problems"))
            #expect(try await programme.service.count("select count(*) from training_session") == 0)
        }
    }

    @Test("a list without its header, somebody twice, a session to come and a crowd are bad input")
    func badInput() async throws {
        try await Programme.with { programme in
            let twice = line()
            let crowd = ["staff,role,team"] + (0...TrainingSession.attendeesMax).map { _ in line() }
            for list in ["", "name,role,team\n", "staff,role,team\n\(twice)\n\(twice)", crowd.joined(separator: "\n")] {
                let ending = try await programme.record(list)
                #expect(ending.exitCode == .badInput)
            }
            #expect(try await programme.record("staff,role,team\n\(line())", on: "2026-03-21").exitCode == .badInput)
            #expect(try await programme.record("staff,role,team\n\(line())", title: " ").exitCode == .badInput)
            // As many as a session takes.
            #expect(try await programme.record(crowd.dropLast().joined(separator: "\n")).exitCode == .success)
        }
    }

    @Test("what was recorded is never changed or deleted")
    func onlyAddedTo() async throws {
        try await Programme.with { programme in
            _ = try await programme.record("staff,role,team\n\(line())")
            for sql in [
                "update training_session set title = 'x'", "delete from training_session",
                "update attendance set team = 'x'", "delete from attendance", "delete from champion",
            ] {
                #expect(try await programme.service.refusal(of: Query(unescaped: sql)) == "42501", "\(sql)")
            }
        }
    }
}
