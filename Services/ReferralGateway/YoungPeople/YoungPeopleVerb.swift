import Domain
import Formats
import ServiceKit

/// Shows who of a return of children's services will turn 18 and may need adult care. Nothing of the return is stored.
enum YoungPeopleVerb {
    static func command(_ service: ServiceDefinition) -> Command {
        Command(
            "young-people", abstract: "Show who of a return will turn 18 and may need adult care.",
            discussion:
                "Takes a children in need census (XML), or the files of an SSDA903 return together (CSV or XML). Planning begins at "
                + "sixteen and a half; who arrives late is shown until 19. Nothing is stored. Exit code 65 where something in the "
                + "return is wrong: whoever could be read is shown, with every finding."
        ) { line in
            let files = line.arguments("file", FilePath.self, isRequired: true, "The files of one return.")
            let day = line.option("on", CivilDate.self, "The day for which it is asked; today where it is not given.")
            let isAll = line.flag("all", "Also those who are not to be referred, with the reason.")
            return { call in
                let inputs = try call[files].map { path in
                    (name: path.name, bytes: try InputFile.read(path.text, upTo: CINCensus.limits.bytesMax))
                }
                let reading = YoungPeopleReading.read(inputs)
                let table = try await service.withContext(call) { context in
                    let person = try await context.signedInPerson()
                    return try await context.act(as: person, .readReferrals, readOnly: true) { work in
                        work.note("young people of a return", of: [])
                        return YoungPeopleTable.table(of: reading, on: call[day] ?? work.today, isAll: call[isAll])
                    }
                }
                call.show(table)
                return reading.report.hasErrors ? .badInput : .success
            }
        }
    }
}

extension FilePath {
    /// The last part of the path.
    fileprivate var name: String { text.split(separator: "/").last.map(String.init) ?? text }
}

/// Young people as somebody who plans for them looks at them: whose birthday comes first stands first.
enum YoungPeopleTable {
    static func table(of reading: YoungPeopleReading, on day: CivilDate, isAll: Bool) -> Table {
        let standings = reading.people.map { (person: $0, standing: TurningEighteen.standing(of: $0, on: day)) }
        let shown = standings.filter { isAll || $0.standing.needsSomebody }
            .sorted { ($0.standing.order, $0.person.childID) < ($1.standing.order, $1.person.childID) }
        var table = Table(
            title: "Young people who turn 18",
            columns: [
                .init("child", "Child"), .init("standing", "Standing"), .init("eighteenOn", "Turns 18"),
                .init("daysLeft", "Days left"), .init("signs", "Why"),
            ])
        for (person, standing) in shown {
            table.append([
                .text(person.childID), .text(standing.word), standing.eighteenOn.map { .date($0) } ?? .none,
                standing.daysLeft.map { .integer(Int64($0)) } ?? .none,
                .text(AdultNeedSign.allCases.filter(person.signs.contains).map(\.text).joined(separator: "; ")),
            ])
        }
        table.notes = notes(standings.map(\.standing), reading)
        return table
    }

    private static func notes(_ standings: [TransitionStanding], _ reading: YoungPeopleReading) -> [String] {
        let counts = Dictionary(grouping: standings, by: \.word).mapValues(\.count)
        let tally = counts.sorted { $0.key < $1.key }.map { "\($1) \($0)" }.joined(separator: ", ")
        let unread = reading.childCount - reading.people.count
        let findings = reading.report.issues.map { "\($0.severity.rawValue) at \($0.path) (\($0.rule)): \($0.fix)" }
        let omitted = reading.report.omitted > 0 ? ["\(reading.report.omitted) more findings"] : []
        return ["\(reading.childCount) children: \(tally)" + (unread > 0 ? ", \(unread) not read" : "")] + findings
            + omitted
    }
}

extension TransitionStanding {
    /// Whether somebody of adult care has to do something.
    fileprivate var needsSomebody: Bool {
        switch self {
        case .refer, .birthUnknown: true
        case .later, .noSign, .withAdultCare, .movedAway, .died, .past: false
        }
    }

    fileprivate var word: String {
        switch self {
        case .refer(_, let daysLeft): daysLeft >= 0 ? "refer" : "refer, late"
        case .later: "later"
        case .noSign: "no sign"
        case .withAdultCare: "with adult care"
        case .movedAway: "moved away"
        case .died: "died"
        case .birthUnknown: "birth unknown"
        case .past: "past"
        }
    }

    fileprivate var eighteenOn: CivilDate? { if case .refer(let day, _) = self { day } else { nil } }
    fileprivate var daysLeft: Int? { if case .refer(_, let days) = self { days } else { nil } }

    /// Who is to be referred first, by birthday; then who somebody has to look at.
    fileprivate var order: Int {
        switch self {
        case .refer(let day, _): day.dayNumber
        case .birthUnknown: .max - 1
        default: .max
        }
    }
}
