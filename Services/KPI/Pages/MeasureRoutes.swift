import Domain
import HTTP
import ServiceKit

/// The pages of the measures, for whoever is signed in. They show counts about nobody in particular, small ones hidden.
struct MeasureRoutes: Sendable {
    let signIn: PageSignIn

    func add(to router: inout Router) {
        router.get("/") { request in
            try await show(request) { .html(MeasuresPage.page(of: $0)) }
        }
        router.get("/measures.json") { request in
            try await show(request) {
                .json(encoded: Array(MeasureTable.table(of: $0).rendered(as: .json).utf8))
            }
        }
        router.get("/measures.csv") { request in
            try await show(request) {
                Response(
                    contentType: "text/csv; charset=utf-8",
                    bytes: Array(MeasureTable.table(of: $0).rendered(as: .csv).utf8))
            }
        }
        router.get(MeasuresPage.styleSheetPath) { _ in
            Response(contentType: "text/css; charset=utf-8", bytes: Array(StyleSheet.css.utf8))
        }
    }

    private func show(
        _ request: Request, _ answer: @escaping @Sendable (MeasureBook) -> Response
    ) async throws -> Response {
        try await signIn.show(request, .readMeasures) { work in
            let asOf = try day(request) ?? work.today
            work.note("measures as of \(asOf)", of: [])
            return answer(try await MeasureBook.compute(asOf: asOf, in: work.transaction))
        }
    }

    private func day(_ request: Request) throws -> CivilDate? {
        guard let text = request.query["as-of"] else { return nil }
        guard let day = CivilDate(text) else {
            throw Problem(.badRequest, detail: "as-of must be a date such as 2026-03-31.")
        }
        return day
    }
}
