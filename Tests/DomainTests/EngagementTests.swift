import Domain
import FoundationEssentials
import Testing

@Suite("Champions and training")
struct EngagementTests {
    private func champion(_ number: UInt64, _ team: String) throws -> Champion {
        try Champion(id: id(number), directorate: "Adults and Health", team: team, recruitedOn: day("2026-01-05"))
    }

    private func attendee(_ number: UInt64, _ role: StaffRole = .socialWorker) -> TrainingSession.Attendee {
        TrainingSession.Attendee(staffID: id(number), role: role, team: "East")
    }

    @Test("a champion is one from the first day to the last")
    func active() throws {
        let champion = try champion(1, "East")
        #expect(try !champion.isActive(on: day("2026-01-04")))
        #expect(try champion.isActive(on: day("2026-01-05")))
        let former = try champion.standingDown(on: day("2026-03-31"))
        #expect(try former.isActive(on: day("2026-03-31")))
        #expect(try !former.isActive(on: day("2026-04-01")))
        #expect(throws: EngagementError.alreadyStoodDown) { try former.standingDown(on: day("2026-05-01")) }
        #expect(throws: EngagementError.endsBeforeStart) { try champion.standingDown(on: day("2026-01-04")) }
    }

    @Test("teams without a champion on the day are gaps")
    func gaps() throws {
        let east = try champion(1, "East").standingDown(on: day("2026-03-31"))
        let champions = [east, try champion(2, "West")]
        let teams = ["East", "West", "South"]
        #expect(try Champion.gaps(in: teams, champions: champions, on: day("2026-03-31")) == ["South"])
        #expect(try Champion.gaps(in: teams, champions: champions, on: day("2026-04-01")) == ["East", "South"])
    }

    @Test("names are trimmed, present and within their length")
    func names() throws {
        #expect(try champion(1, "  East \n").team == "East")
        #expect(throws: EngagementError.nameMissing) { try champion(1, " \t") }
        let max = EngagementName.lengthMax
        #expect(try champion(1, String(repeating: "x", count: max)).team.count == max)
        #expect(throws: EngagementError.nameTooLong) { try champion(1, String(repeating: "x", count: max + 1)) }
    }

    @Test("a session is delivered once, when it was held, to people who are each on the list once")
    func delivery() throws {
        let session = try TrainingSession(id: id(1), title: "Direct payments", heldOn: day("2026-02-10"))
        #expect(throws: EngagementError.notYetHeld) { try session.delivered(to: [], recordedOn: day("2026-02-09")) }
        #expect(throws: EngagementError.attendeeTwice) {
            try session.delivered(to: [attendee(1), attendee(1)], recordedOn: day("2026-02-10"))
        }
        let delivered = try session.delivered(to: [attendee(1)], recordedOn: day("2026-02-10"))
        #expect(throws: EngagementError.alreadyDelivered) {
            try delivered.delivered(to: [], recordedOn: day("2026-02-11"))
        }
        let full = (0..<UInt64(TrainingSession.attendeesMax)).map { attendee($0) }
        #expect(try session.delivered(to: full, recordedOn: day("2026-02-10")).attendees?.count == full.count)
        #expect(throws: EngagementError.tooManyAttendees) {
            try session.delivered(to: full + [attendee(9_999)], recordedOn: day("2026-02-10"))
        }
    }

    @Test("people are trained once however often they come, by role and by the day")
    func trained() throws {
        let first = try TrainingSession(id: id(1), title: "One", heldOn: day("2026-02-10"))
            .delivered(to: [attendee(1), attendee(2), attendee(3, .teamManager)], recordedOn: day("2026-02-10"))
        let second = try TrainingSession(id: id(2), title: "Two", heldOn: day("2026-05-10"))
            .delivered(to: [attendee(2), attendee(4)], recordedOn: day("2026-05-10"))
        let planned = try TrainingSession(id: id(3), title: "Three", heldOn: day("2026-01-10"))
        let sessions = [first, second, planned]
        #expect(
            try TrainingSession.trained(in: sessions, role: .socialWorker, by: day("2026-05-09")) == [id(1), id(2)])
        #expect(try TrainingSession.trained(in: sessions, role: .socialWorker, by: day("2026-05-10")).count == 3)
        #expect(try TrainingSession.trained(in: sessions, role: .teamManager, by: day("2026-05-10")) == [id(3)])
    }
}
