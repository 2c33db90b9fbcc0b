import Domain
import ServiceKit

/// The measures as a table: each with its value, what it counts and where it comes from, so that a number can be trusted or
/// doubted by whoever reads it.
enum MeasureTable {
    static func table(of book: MeasureBook) -> Table {
        var table = Table(
            title: "Direct payments on \(book.asOf.description)",
            columns: [
                .init("measure", "Measure"), .init("value", "Value"), .init("numerator", "People counted"),
                .init("denominator", "Out of"), .init("definition", "What it counts"), .init("source", "Source"),
            ])
        for row in rows(of: book) { table.append(row) }
        table.notes = [
            "Counts of one to four people are suppressed: hidden, not zero.",
            "Computed from the events of Takeup alone; the published ASCOF figure comes from the whole Client Level Data return.",
        ]
        return table
    }

    private static func rows(of book: MeasureBook) -> [[Cell]] {
        let year = "from \(book.yearStart.description) to \(book.asOf.description)"
        return takeUp(book) + [
            count(
                "New direct payments", book.flows.reduce(0) { $0 + $1.starts },
                "Direct payments that began in the months \(year)",
                "cases: support-started"),
            count(
                "Direct payments ended", book.flows.reduce(0) { $0 + $1.ends },
                "Direct payments that ended in the months \(year)",
                "cases: support-ended"),
            wait("Days from referral to first payment, median", book.waits.median, book, year),
            wait("Days from referral to first payment, 90th percentile", book.waits.ninetieth, book, year),
            count("Referrals received", book.referrals, "Referrals taken in up to the day", "referrals: received"),
            [
                .text("Direct payments champions"), .count(book.champions), .none, .none,
                .text("Champions recruited up to the day"), .text("engagement: champion-recruited"),
            ],
            [
                .text("Social workers trained"), .count(book.socialWorkersTrained), .none, .none,
                .text("Social workers who came to at least one session up to the day"),
                .text("engagement: training-delivered"),
            ],
        ]
    }

    /// The measure and its two age bands. People whose age nobody recorded are in the first row alone.
    private static func takeUp(_ book: MeasureBook) -> [[Cell]] {
        let name = "Take-up of direct payments, ASCOF 3D(2a)"
        let whole = "People with long-term support in the community on the day, and those of them with a direct payment"
        let parts = DisclosedShare.parts(book.takeUp.bands)
        let none = DisclosedShare(numerator: 0, denominator: 0)
        let all = DisclosedShare(numerator: book.takeUp.numerator, denominator: book.takeUp.denominator)
        return [
            share(name, all, whole),
            share(
                "\(name), aged 18 to 64", parts[.workingAge] ?? none, "The same, of those aged 18 to 64 when referred"),
            share(
                "\(name), aged 65 and over", parts[.older] ?? none, "The same, of those aged 65 and over when referred"),
        ]
    }

    private static func share(_ name: String, _ share: DisclosedShare, _ definition: String) -> [Cell] {
        [
            .text(name), share.percent.map { .text("\($0.description)%") } ?? .suppressed, cell(share.numerator),
            cell(share.denominator), .text(definition), .text("cases: support-started, support-ended"),
        ]
    }

    private static func count(_ name: String, _ value: Int, _ definition: String, _ source: String) -> [Cell] {
        [.text(name), cell(DisclosedCount(value)), .none, .none, .text(definition), .text(source)]
    }

    /// A percentile of one to four people would be somebody's own wait.
    private static func wait(_ name: String, _ days: Int?, _ book: MeasureBook, _ year: String) -> [Cell] {
        let people = DisclosedCount(book.waits.count)
        let value: Cell = people == .suppressed ? .suppressed : days.map { .count($0) } ?? .none
        return [
            .text(name), value, cell(people), .none, .text("People first paid \(year); nearest rank"),
            .text("payments: paid, cases: opened"),
        ]
    }

    private static func cell(_ count: DisclosedCount) -> Cell {
        switch count {
        case .shown(let number): .count(number)
        case .suppressed: .suppressed
        }
    }
}
