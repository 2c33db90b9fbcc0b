import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit

/// Training sessions and who came.
enum TrainingVerbs {
    static func all(_ verbs: ServiceDefinition, _ outbox: Outbox) -> [Command] {
        [
            Command(
                "training", abstract: "Record and list training sessions.",
                subcommands: [record(verbs, outbox), list(verbs)])
        ]
    }

    private static func record(_ verbs: ServiceDefinition, _ outbox: Outbox) -> Command {
        Command("record", abstract: "Record a session that was held and everyone who came.") { line in
            let title = line.requiredOption("title", String.self, "What it was called.")
            let day = line.requiredOption("on", CivilDate.self, "When it was held.")
            let file = line.requiredOption(
                "attendees", FilePath.self, "A CSV file with the columns staff, role and team.")
            return verbs.changing(&line, .recordEngagement) { call, act in
                let attendees = try AttendanceFile.read(call[file].text)
                var random = SystemRandomNumberGenerator()
                let session = try TrainingSession(
                    id: .v7(at: act.now, using: &random), title: call[title], heldOn: call[day]
                ).delivered(to: attendees, recordedOn: LondonTime.date(of: act.now))
                try await store(session, attendees, act)
                let told = try NewEvent(
                    TrainingDelivered(
                        sessionID: session.id, title: try ShortText(session.title), heldOn: session.heldOn,
                        attendees: try attendees.map { attendee in
                            TrainingDelivered.Attendee(
                                staffID: attendee.staffID, role: attendee.role,
                                team: try ShortText(attendee.team))
                        }),
                    at: act.now, id: .v7(at: act.now, using: &random))
                try await outbox.append([told], in: act.transaction)
                return Table(
                    title: "Training",
                    properties: [("sessionID", .id(session.id)), ("attendees", .count(attendees.count))])
            }
        }
    }

    private static func store(
        _ session: TrainingSession, _ attendees: [TrainingSession.Attendee], _ act: Work
    ) async throws {
        let rows = try await act.transaction.query(
            """
            insert into training_session (session_id, title, held_on, recorded_by)
            values (\(session.id), \(session.title), \(session.heldOn), \(act.staffID))
            on conflict (title, held_on) do nothing returning session_id
            """)
        guard !rows.isEmpty else { throw EngagementError.alreadyDelivered }
        _ = try await act.transaction.query(
            """
            insert into attendance (session_id, staff_id, role, team)
            select \(session.id), staff_id, role, team
            from unnest(\(attendees.map(\.staffID.uuid))::uuid[], \(attendees.map(\.role.rawValue))::text[],
                \(attendees.map(\.team))::text[]) as t (staff_id, role, team)
            """)
    }

    private static func list(_ verbs: ServiceDefinition) -> Command {
        Command("list", abstract: "List sessions, the newest first.") { line in
            let limit = line.option("limit", default: 100, "How many at most.")
            return verbs.looking(.readEngagement) { call, act in
                try ListLimit.check(call[limit])
                let rows = try await act.transaction.query(
                    """
                    select s.session_id, s.title, s.held_on, count(a.staff_id),
                        count(a.staff_id) filter (where a.role = 'social-worker')
                    from training_session s left join attendance a using (session_id)
                    group by s.session_id order by s.held_on desc, s.session_id limit \(call[limit])
                    """)
                var table = Table(
                    title: "Training",
                    columns: [
                        .init("sessionID", "Session"), .init("title", "Title"), .init("heldOn", "Held"),
                        .init("attendees", "Came"), .init("socialWorkers", "Social workers"),
                    ])
                for row in rows {
                    let (id, title, day, came, workers) = try row.decode(
                        TrainingSessionID.self, String.self, CivilDate.self, Int64.self, Int64.self)
                    table.append([.id(id), .text(title), .date(day), .integer(came), .integer(workers)])
                }
                return table
            }
        }
    }
}
