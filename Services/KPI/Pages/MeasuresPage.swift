import Domain
import HTTP
import ServiceKit

/// The measures as a web page, without a script: a table that reads the same aloud, on paper and on a phone.
enum MeasuresPage {
    static let styleSheetPath = "/style.css"

    static func page(of book: MeasureBook) -> HTML {
        let table = MeasureTable.table(of: book)
        return HTML.page(title: "Direct payments, \(book.asOf.description)", styleSheet: styleSheetPath) {
            element("main", .id("main")) {
                element("h1") { "Direct payments on \(book.asOf.spelledOut)" }
                headline(book)
                element("table") {
                    element("caption") { "Measures, what they count and where they come from" }
                    header(table)
                    element("tbody") { for row in table.rows { line(row) } }
                }
                months(book)
                for note in table.notes { element("p") { note } }
                element("p") {
                    "The same as "
                    element("a", .href("/measures.json?as-of=\(book.asOf.description)")) { "JSON" }
                    " or "
                    element("a", .href("/measures.csv?as-of=\(book.asOf.description)")) { "CSV" }
                    "."
                }
                element("p") { element("a", .href("/sign-out")) { "Sign out" } }
            }
        }
    }

    private static func headline(_ book: MeasureBook) -> HTML {
        let share = DisclosedShare(numerator: book.takeUp.numerator, denominator: book.takeUp.denominator)
        return element("p", .class("headline")) {
            if let percent = share.percent {
                element("strong") { "\(percent.description)%" }
                " of \(share.denominator.description) people supported in the community have a direct payment."
            } else {
                "Too few people are supported in the community to show a share."
            }
        }
    }

    private static func header(_ table: Table) -> HTML {
        element("thead") {
            element("tr") { for column in table.columns { element("th", .scope("col")) { column.title } } }
        }
    }

    private static func line(_ row: [Cell]) -> HTML {
        element("tr") {
            element("th", .scope("row")) { row[0].forPeople }
            for cell in row.dropFirst() {
                element("td") { cell.forPeople }
            }
        }
    }

    private static func months(_ book: MeasureBook) -> HTML {
        // The year's totals stand in the table above.
        let starts = DisclosedCount.series(book.flows.map(\.starts))
        let ends = DisclosedCount.series(book.flows.map(\.ends))
        return element("table") {
            element("caption") { "New and ended direct payments by month" }
            element("thead") {
                element("tr") {
                    element("th", .scope("col")) { "Month" }
                    element("th", .scope("col")) { "New" }
                    element("th", .scope("col")) { "Ended" }
                }
            }
            element("tbody") {
                for (flow, counts) in zip(book.flows, zip(starts, ends)) {
                    element("tr") {
                        element("th", .scope("row")) { flow.month.description }
                        element("td") { shown(counts.0) }
                        element("td") { shown(counts.1) }
                    }
                }
            }
        }
    }

    /// A count as the table beside it shows it.
    private static func shown(_ count: DisclosedCount) -> String {
        switch count {
        case .shown(let number): String(number)
        case .suppressed: Cell.suppressed.forPeople
        }
    }
}
