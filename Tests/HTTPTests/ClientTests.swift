import Synchronization
import Testing

@testable import HTTP

@Suite("Client")
struct ClientTests {
    private static let fiveBytes = "hello"

    private var router: Router {
        var router = standardRouter()
        router.get("/bytes/{count}", Int.self) { _, count in .text(String(repeating: "b", count: count)) }
        router.get("/moved") { _ in .redirect(seeOther: "/hello") }
        router.get("/long") { _ in
            try await Task.sleep(for: .seconds(30))
            return .text("late")
        }
        router.get("/seen") { request in .text(request.headers["x-thing"] ?? "nothing") }
        for method in HTTPMethod.allCases where method != .head && method != .options && method != .get {
            router.on(method, "/method") { request in
                .text("\(request.method.rawValue) \(try await request.body.bytes(upTo: 100).count)")
            }
        }
        return router
    }

    private func withClient<Value: Sendable>(
        _ configure: (inout HTTPClientConfiguration) -> Void = { _ in },
        _ body: (HTTPClient, String) async throws -> Value
    ) async throws -> Value {
        try await withServer(router) { server in
            var configuration = HTTPClientConfiguration()
            configuration.allowsPlainHTTP = true
            // A busy machine is no reason to fail.
            configuration.connectTimeout = .seconds(60)
            configure(&configuration)
            let client = HTTPClient(configuration)
            let value = try await body(client, "http://127.0.0.1:\(server.port)")
            await client.stop()
            return value
        }
    }

    private func code(_ body: () async throws -> HTTPClientResponse) async -> HTTPClientError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? HTTPClientError)?.code
        }
    }

    @Test("every method arrives with its body")
    func methods() async throws {
        try await withClient { client, base in
            for method in [HTTPMethod.post, .put, .patch, .delete] {
                let response = try await client.send(
                    HTTPClientRequest(method, base + "/method", body: Array("abc".utf8)))
                #expect(String(decoding: response.body, as: UTF8.self) == "\(method.rawValue) 3")
            }
            let empty = try await client.send(HTTPClientRequest(.post, base + "/method"))
            #expect(String(decoding: empty.body, as: UTF8.self) == "POST 0")
            let head = try await client.send(HTTPClientRequest(.head, base + "/hello"))
            #expect(head.status == .ok)
            #expect(head[header: "content-length"] == "5")
            #expect(head.body.isEmpty)
        }
    }

    @Test("a status of any kind is an answer, and a redirect is not followed")
    func statuses() async throws {
        try await withClient { client, base in
            let unknown = try await client.send(HTTPClientRequest(.get, base + "/nowhere"))
            #expect(unknown.status == .notFound)
            let moved = try await client.send(HTTPClientRequest(.get, base + "/moved"))
            #expect(moved.status == .seeOther)
            #expect(moved[header: "Location"] == "/hello")
        }
    }

    @Test("an answer may have responseBytesMax bytes", arguments: [(99, true), (100, true), (101, false)])
    func size(count: Int, isTaken: Bool) async throws {
        try await withClient({ $0.responseBytesMax = 100 }) { client, base in
            let code = await code { try await client.send(HTTPClientRequest(.get, base + "/bytes/\(count)")) }
            #expect(code == (isTaken ? nil : .tooLarge))
            let streamed = await self.code { try await client.send(HTTPClientRequest(.get, base + "/stream?n=100")) }
            #expect(streamed == .tooLarge)
        }
    }

    @Test("a server that does not answer in time is given up")
    func timeout() async throws {
        try await withClient({ $0.requestTimeout = .milliseconds(200) }) { client, base in
            #expect(await code { try await client.send(HTTPClientRequest(.get, base + "/long")) } == .timeout)
            let own = HTTPClientRequest(.get, base + "/later", timeout: .seconds(20))
            let patient = try await client.send(own)
            #expect(patient.status == .ok)
        }
    }

    @Test("a cancelled task ends its request, and the client goes on")
    func cancellation() async throws {
        try await withClient { client, base in
            let task = Task { await code { try await client.send(HTTPClientRequest(.get, base + "/long")) } }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            #expect(await task.value == .cancelled)
            let next = try await client.send(HTTPClientRequest(.get, base + "/hello"))
            #expect(next.status == .ok)
        }
    }

    @Test("more than requestsMax requests at once are refused as busy")
    func busy() async throws {
        try await withClient({ $0.requestsMax = 2 }) { client, base in
            let long = (0..<2).map { _ in
                Task { await code { try await client.send(HTTPClientRequest(.get, base + "/long")) } }
            }
            try await eventually { client.requestsInHand == 2 }
            #expect(await code { try await client.send(HTTPClientRequest(.get, base + "/hello")) } == .busy)
            for task in long { task.cancel() }
            for task in long { #expect(await task.value == .cancelled) }
            let next = try await client.send(HTTPClientRequest(.get, base + "/hello"))
            #expect(next.status == .ok)
        }
    }

    @Test("plain HTTP is refused unless it is allowed, and so is every other scheme")
    func schemes() async throws {
        try await withServer(router) { server in
            let client = HTTPClient()
            let urls = [
                "http://127.0.0.1:\(server.port)/hello", "file:///etc/passwd", "ftp://127.0.0.1/x", "", "https://a b/",
            ]
            for url in urls {
                #expect(await code { try await client.send(HTTPClientRequest(.get, url)) } == .invalidURL, "\(url)")
            }
            await client.stop()
        }
    }

    @Test("a header that would begin another is refused before anything is sent")
    func headerInjection() async throws {
        try await withClient { client, base in
            for header in [("X-Thing", "a\r\nX-Other: b"), ("X Thing", "a"), ("", "a"), ("X-Thing", "a\0b")] {
                let request = HTTPClientRequest(.get, base + "/seen", headers: [header])
                #expect(await code { try await client.send(request) } == .invalidHeader)
            }
            let fine = HTTPClientRequest(.get, base + "/seen", headers: [("X-Thing", "a b")])
            let seen = try await client.send(fine)
            #expect(String(decoding: seen.body, as: UTF8.self) == "a b")
        }
    }

    @Test("nobody listening, and a client that was stopped, are told apart")
    func unreachable() async throws {
        let closed = ClosedPort()
        let url = "http://127.0.0.1:\(closed.number)/"
        var configuration = HTTPClientConfiguration()
        configuration.allowsPlainHTTP = true
        let client = HTTPClient(configuration)
        #expect(await code { try await client.send(HTTPClientRequest(.get, url)) } == .cannotConnect)
        withExtendedLifetime(closed) {}
        await client.stop()
        await client.stop()
        #expect(await code { try await client.send(HTTPClientRequest(.get, url)) } == .stopped)
    }

    @Test("many requests side by side are all answered")
    func manyAtOnce() async throws {
        try await withClient { client, base in
            let count = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        try await client.send(HTTPClientRequest(.get, base + "/bytes/\(index)")).body.count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(count == (0..<200).reduce(0, +))
        }
    }
}
