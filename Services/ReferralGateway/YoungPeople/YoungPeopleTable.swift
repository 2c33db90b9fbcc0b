import Domain
import Formats
import ServiceKit

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

    /// What became of each whom the return asks something for.
    static func table(of outcomes: [TransitionReferrals.Outcome], _ reading: YoungPeopleReading) -> Table {
        var table = Table(
            title: "Young people referred",
            columns: [
                .init("child", "Child"), .init("standing", "Standing"), .init("outcome", "Outcome"),
                .init("referralID", "Referral"), .init("receipt", "Receipt"),
            ])
        for outcome in outcomes {
            guard let receipt = outcome.receipt else { continue }
            table.append([
                .text(outcome.person.childID), .text(outcome.standing.word), .text(receipt.outcome.rawValue),
                receipt.referralID.map { .id($0) } ?? .none, .id(receipt.id),
            ])
        }
        table.notes = notes(outcomes.map(\.standing), reading)
        table.notes += outcomes.flatMap { outcome in
            (outcome.receipt?.findings ?? []).map { "\(outcome.person.childID): \($0.rule): \($0.fix)" }
        }
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
        case .later, .noSign, .withAdultCare, .movedAway, .leftCare, .died, .past: false
        }
    }

    fileprivate var word: String {
        switch self {
        case .refer(_, let daysLeft): daysLeft >= 0 ? "refer" : "refer, late"
        case .later: "later"
        case .noSign: "no sign"
        case .withAdultCare: "with adult care"
        case .movedAway: "moved away"
        case .leftCare: "left care"
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
