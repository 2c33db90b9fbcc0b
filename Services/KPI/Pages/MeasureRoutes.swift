import Domain
import FoundationEssentials
import HTTP
import Postgres
import ServiceKit

/// The pages of the measures. They show counts about nobody in particular, small ones hidden.
struct MeasureRoutes: Sendable {
    let pool: PostgresPool
    let now: @Sendable () -> Date

    func add(to router: inout Router) {
        router.get("/") { request in
            .html(MeasuresPage.page(of: try await book(for: request)))
        }
        router.get("/measures.json") { request in
            .json(encoded: Array(MeasureTable.table(of: try await book(for: request)).rendered(as: .json).utf8))
        }
        router.get("/measures.csv") { request in
            Response(
                contentType: "text/csv; charset=utf-8",
                bytes: Array(MeasureTable.table(of: try await book(for: request)).rendered(as: .csv).utf8))
        }
        router.get(MeasuresPage.styleSheetPath) { _ in
            Response(contentType: "text/css; charset=utf-8", bytes: Array(StyleSheet.css.utf8))
        }
    }

    private func book(for request: Request) async throws -> MeasureBook {
        let asOf: CivilDate
        if let text = request.query["as-of"] {
            guard let day = CivilDate(text) else {
                throw Problem(.badRequest, detail: "as-of must be a date such as 2026-03-31.")
            }
            asOf = day
        } else {
            asOf = LondonTime.date(of: now())
        }
        return try await pool.transaction(TransactionOptions(isolation: .repeatableRead, readOnly: true)) {
            transaction in
            try await MeasureBook.compute(asOf: asOf, in: transaction)
        }
    }
}
