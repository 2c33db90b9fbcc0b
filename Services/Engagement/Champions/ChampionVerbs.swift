import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit

/// The direct payments champions of the teams.
enum ChampionVerbs {
    static func all(_ verbs: ServiceDefinition, _ outbox: Outbox) -> [Command] {
        [
            Command(
                "champions", abstract: "Record and list direct payments champions.",
                subcommands: [recruit(verbs, outbox), list(verbs)])
        ]
    }

    private static func recruit(_ verbs: ServiceDefinition, _ outbox: Outbox) -> Command {
        Command("recruit", abstract: "Record that somebody has become a champion.") { line in
            let staff = line.argument("staff", StaffID.self, "Their staff id.")
            let directorate = line.requiredOption("directorate", String.self, "Their directorate.")
            let team = line.requiredOption("team", String.self, "Their team.")
            let day = line.requiredOption("on", CivilDate.self, "The first day.")
            return verbs.changing(&line, .recordEngagement) { call, act in
                var random = SystemRandomNumberGenerator()
                let champion = try Champion(
                    id: .v7(at: act.now, using: &random), directorate: call[directorate], team: call[team],
                    recruitedOn: call[day])
                try await add(champion, staffID: call[staff], act)
                let told = try NewEvent(
                    ChampionRecruited(
                        championID: champion.id, directorate: try ShortText(champion.directorate),
                        team: try ShortText(champion.team), recruitedOn: champion.recruitedOn),
                    at: act.now, id: .v7(at: act.now, using: &random))
                try await outbox.append([told], in: act.transaction)
                return Table(
                    title: "Champion", properties: [("championID", .id(champion.id)), ("team", .text(champion.team))])
            }
        }
    }

    private static func add(_ champion: Champion, staffID: StaffID, _ act: Work) async throws {
        let rows = try await act.transaction.query(
            """
            insert into champion (champion_id, staff_id, directorate, team, recruited_on, recorded_by)
            values (\(champion.id), \(staffID), \(champion.directorate), \(champion.team), \(champion.recruitedOn),
                \(act.staffID))
            on conflict (staff_id) where stood_down_on is null do nothing returning champion_id
            """)
        guard !rows.isEmpty else { throw CommandFailure(.failed, "This member of staff is a champion already.") }
    }

    private static func list(_ verbs: ServiceDefinition) -> Command {
        Command("list", abstract: "List champions by directorate and team.") { line in
            let limit = line.option("limit", default: 200, "How many at most.")
            return verbs.looking(.readEngagement) { call, act in
                try ListLimit.check(call[limit])
                let rows = try await act.transaction.query(
                    """
                    select champion_id, directorate, team, recruited_on, stood_down_on from champion
                    order by directorate, team, recruited_on limit \(call[limit])
                    """)
                var table = Table(
                    title: "Champions",
                    columns: [
                        .init("championID", "Champion"), .init("directorate", "Directorate"), .init("team", "Team"),
                        .init("recruitedOn", "Since"), .init("stoodDownOn", "Until"),
                    ])
                for row in rows {
                    let (id, directorate, team, since, until) = try row.decode(
                        ChampionID.self, String.self, String.self, CivilDate.self, CivilDate?.self)
                    table.append([.id(id), .text(directorate), .text(team), .date(since), .date(until)])
                }
                return table
            }
        }
    }
}

extension EngagementError: ExitCodeProviding {
    var exitCode: ExitCode { .badInput }
}
