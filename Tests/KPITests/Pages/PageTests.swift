import Domain
import FoundationEssentials
import HTTP
import ServiceKit
import TestSupport
import Testing

@testable import KPI

@Suite("The pages of the measures, served", .serialized)
struct PageTests {
    private func serving(_ body: (Readers, (String) async throws -> HTTPClientResponse) async throws -> Void)
        async throws
    {
        try await Readers.with { readers in
            for story in (0..<30).map({ index in
                var story = PersonStory()
                story.mechanism = index < 11 ? .directPayment : .commissionedSupport
                story.paidAfter = index < 11 ? 40 + index : nil
                return story
            }) {
                for message in try story.messages(readers.feed) { try await readers.feed.deliver([message]) }
            }
            let ending = try await readers.service.serving { address in
                var configuration = HTTPClientConfiguration()
                configuration.allowsPlainHTTP = true
                let client = HTTPClient(configuration)
                let token = try readers.analyst.token()
                try await body(readers) {
                    try await client.send(
                        HTTPClientRequest(.get, address + $0, headers: [("Authorization", "Bearer " + token)]))
                }
                await client.stop()
            }
            #expect(ending.exitCode == .success, "\(ending.messages)")
        }
    }

    @Test("JSON and CSV are what the verb shows, and the page has every figure of them")
    func sameFigures() async throws {
        try await serving { readers, get in
            let verb = ["measures", "show", "--as-of", "2026-03-31"]
            let json = try await get("/measures.json?as-of=2026-03-31")
            #expect(json.status == .ok)
            #expect(
                String(decoding: json.body, as: UTF8.self)
                    == (try await readers.service.run(verb, as: readers.analyst)).output)
            let csv = String(decoding: try await get("/measures.csv?as-of=2026-03-31").body, as: UTF8.self)
            #expect(csv == (try await readers.service.run(verb, as: readers.analyst, format: .csv)).output)
            let page = try await get("/?as-of=2026-03-31")
            #expect(page[header: "Content-Type"]?.hasPrefix("text/html") == true)
            let html = String(decoding: page.body, as: UTF8.self)
            for field in CSVText.records(csv).dropFirst().flatMap({ $0 }) where !field.isEmpty {
                let escaped = field.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
                #expect(html.contains(">\(escaped)<"), "\(field)")
            }
            #expect(html.contains("36.7%"))
        }
    }

    @Test("a day that is none is a bad request that repeats nothing of it, and the page lets nothing foreign in")
    func hostile() async throws {
        try await serving { _, get in
            for path in ["/", "/measures.json", "/measures.csv"] {
                let refused = try await get(path + "?as-of=%3Cscript%3Ealert(1)%3C/script%3E")
                #expect(refused.status == .badRequest)
                #expect(refused[header: "Content-Type"] == "application/problem+json")
                #expect(!String(decoding: refused.body, as: UTF8.self).contains("script"))
            }
            let page = try await get("/")
            #expect(page[header: "Content-Security-Policy"]?.contains("default-src") == true)
            #expect(!String(decoding: page.body, as: UTF8.self).contains("<script"))
            #expect(try await get("/style.css")[header: "Content-Type"]?.hasPrefix("text/css") == true)
        }
    }

    @Test("what stands in a cell is escaped on the page")
    func escaped() {
        let page = MeasuresPage.page(
            of: MeasureBook(
                asOf: Readers.asOf, takeUp: TakeUp(spells: [], on: Readers.asOf), flows: [], waits: Waits(days: []),
                referrals: 0, champions: 0, socialWorkersTrained: 0))
        #expect(!page.markup.contains("<caption></caption>"))
        let cell = HTML.page(title: "<b>", styleSheet: "/style.css") { element("td") { Cell.text("<i>&\"").forPeople } }
        #expect(cell.markup.contains("<td>&lt;i&gt;&amp;"))
        #expect(!cell.markup.contains("<b>"))
    }
}
