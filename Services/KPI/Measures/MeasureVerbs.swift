import Domain
import FoundationEssentials
import ServiceKit

/// Showing the measures, and counting them a second time.
enum MeasureVerbs {
    static func all(_ verbs: ServiceDefinition) -> [Command] {
        [
            Command(
                "measures", abstract: "Show the measures on a day, and check them.",
                subcommands: [show(verbs), check(verbs)])
        ]
    }

    private static func show(_ verbs: ServiceDefinition) -> Command {
        Command("show", abstract: "Show take-up, starts and waits on a day.") { line in
            let day = line.option("as-of", CivilDate.self, "The day; today without it.")
            return verbs.looking(.readMeasures) { call, act in
                MeasureTable.table(
                    of: try await MeasureBook.compute(asOf: call[day] ?? act.today, in: act.transaction))
            }
        }
    }

    private static func check(_ verbs: ServiceDefinition) -> Command {
        Command(
            "check", abstract: "Count the measures a second time, by SQL alone, and compare.",
            discussion: "Exit code 2 where the two counts differ."
        ) { line in
            let day = line.option("as-of", CivilDate.self, "The day; today without it.")
            return verbs.looking(.readMeasures) { call, act in
                let asOf = call[day] ?? act.today
                let book = SeparateCount(of: try await MeasureBook.compute(asOf: asOf, in: act.transaction))
                let separate = try await SeparateCount.count(asOf: asOf, in: act.transaction)
                let table = comparison(book, separate)
                guard book == separate else { throw FoundProblems(table) }
                return table
            }
        }
    }

    private static func comparison(_ book: SeparateCount, _ separate: SeparateCount) -> Table {
        func row(_ name: String, _ value: (SeparateCount) -> Int?) -> [Cell] {
            let (one, other) = (value(book), value(separate))
            return [
                .text(name), one.map { .count($0) } ?? .none, other.map { .count($0) } ?? .none, .bool(one == other),
            ]
        }
        return Table(
            title: "Counted twice",
            columns: [
                .init("figure", "Figure"), .init("byRules", "By the rules"), .init("bySQL", "By SQL"),
                .init("equal", "Equal"),
            ],
            rows: [
                row("People with a direct payment") { $0.takeUpNumerator },
                row("People supported in the community") { $0.takeUpDenominator },
                row("People aged 18 to 64 with a direct payment") { $0.workingAge.numerator },
                row("People aged 18 to 64 supported in the community") { $0.workingAge.denominator },
                row("People aged 65 and over with a direct payment") { $0.older.numerator },
                row("People aged 65 and over supported in the community") { $0.older.denominator },
                row("New direct payments") { $0.starts },
                row("Median wait in days") { $0.waitMedian },
                row("90th percentile of waits in days") { $0.waitNinetieth },
            ])
    }
}
