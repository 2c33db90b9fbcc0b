import Synchronization
import Telemetry
import Testing

@testable import HTTP

@Suite("Request telemetry")
struct RequestTelemetryTests {
    @Test("each request is counted and timed under its route, method and status, and nothing of its target")
    func counts() async throws {
        // Metrics are the process's: a route that only this test has keeps others out.
        let route = "/counted/{number}"
        var router = Router()
        router.get(route, Int.self) { _, number in
            if number == 500 { throw CancellationError() }
            return .text("\(number)")
        }
        func count(_ status: String) -> Int64 {
            Counter(
                label: "http_server_requests_total",
                dimensions: [("method", "GET"), ("route", route), ("status", status)]
            ).value
        }
        try await withServer(router, logger: Logger(label: "http.tests")) { server in
            let statuses = await blocking {
                let client = RawClient(port: server.port)
                return ["/counted/1", "/counted/2", "/counted/x", "/counted/500"].map { target in
                    client.send(get(target))
                    return client.receiveAnswer()?.status
                }
            }
            #expect(statuses == [200, 200, 404, 503])
        }
        #expect(count("200") == 2)
        #expect(count("404") == 1)
        #expect(count("503") == 1)
    }

    @Test("the caller's trace goes on in the handler, and from there to the next server")
    func trace() async throws {
        let parent = TraceContext.root()
        var inner = Router()
        inner.get("/inner") { request in .text(request.headers["traceparent"] ?? "none") }
        try await withServer(inner) { next in
            let url = "http://127.0.0.1:\(next.port)/inner"
            var outer = Router()
            outer.get("/outer") { _ in
                var configuration = HTTPClientConfiguration()
                configuration.allowsPlainHTTP = true
                let client = HTTPClient(configuration)
                let response = try await client.send(HTTPClientRequest(.get, url))
                await client.stop()
                return .text(String(decoding: response.body, as: UTF8.self))
            }
            try await withServer(outer, logger: Logger(label: "http.tests")) { server in
                let answers = await blocking {
                    let client = RawClient(port: server.port)
                    return ["traceparent: \(parent.traceparent)\r\n", "traceparent: 00-nonsense\r\n", ""].map {
                        header in
                        client.send(get("/outer", headers: header))
                        return client.receiveAnswer()?.text
                    }
                }
                let carried = answers[0].flatMap { TraceContext(traceparent: $0) }
                #expect(carried?.traceID == parent.traceID)
                // A header that is no context begins no trace of its own making.
                #expect(answers[1] != "00-nonsense")
            }
        }
    }

    @Test("a refusal is counted under the rule it broke")
    func refusals() async throws {
        let counter = Counter(label: "http_server_refusals_total", dimensions: [("rule", HeadRule.hostCount.rawValue)])
        let before = counter.value
        try await withServer(Router(), logger: Logger(label: "http.tests")) { server in
            let status = await blocking {
                let client = RawClient(port: server.port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
                return client.receiveAnswer()?.status
            }
            #expect(status == 400)
        }
        #expect(counter.value == before + 1)
    }
}
