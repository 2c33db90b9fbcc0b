import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import HTTP

/// Routes that most server tests share.
func standardRouter() -> Router {
    var router = Router()
    router.get("/hello") { _ in .text("hello") }
    router.get("/later") { _ in
        try await Task.sleep(for: .milliseconds(20))
        return .text("later")
    }
    router.get("/fails") { _ in throw Secret() }
    router.post("/echo") { request in
        let bytes = try await request.body.bytes(upTo: 1 << 24)
        return Response(contentType: "application/octet-stream", bytes: bytes)
    }
    router.post("/refuses") { _ in throw Problem(.unauthorized) }
    router.post("/ignores") { _ in .text("ignored") }
    router.post("/count") { request in
        var count = 0
        for try await chunk in request.body { count += chunk.count }
        return .text("\(count)")
    }
    router.get("/stream") { request in
        let count = request.query["n"].flatMap { Int($0) } ?? 10
        return .stream(contentType: "text/plain") { writer in
            for index in 0..<count { try await writer.write("line \(index)\n") }
        }
    }
    return router
}

private struct Secret: Error { let text = "the password is swordfish" }

func get(_ target: String, headers: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
}

func post(_ target: String, _ body: String, headers: String = "") -> String {
    "POST \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}

@Suite("Server")
struct ServerTests {
    private func ask(_ server: HTTPServer, _ request: String) async -> Answer? {
        await blocking {
            let client = RawClient(port: server.port)
            client.send(request)
            return client.receiveAnswer()
        }
    }

    @Test("clients that come together are shared out to the threads in turn")
    func sharedOut() async throws {
        let threads = Mutex<[UInt: Int]>([:])
        var router = Router()
        router.get("/thread") { _ in
            threads.withLock { $0[UInt(pthread_self()), default: 0] += 1 }
            return .text("done")
        }
        try await withServer(router, { $0.threads = 3 }) { server in
            await blocking {
                let clients = (0..<12).map { _ in RawClient(port: server.port) }
                for client in clients {
                    client.send(get("/thread"))
                    _ = client.receiveAnswer()
                }
            }
        }
        #expect(threads.withLock { $0.values.sorted() } == [4, 4, 4])
    }

    @Test("a handler that does not wait and one that waits are answered on one connection, in order")
    func keepAlive() async throws {
        try await withServer(standardRouter()) { server in
            let answers = await blocking {
                let client = RawClient(port: server.port)
                return [get("/hello"), get("/later"), post("/echo", "abc"), get("/hello")].map { request in
                    client.send(request)
                    return client.receiveAnswer()?.text
                }
            }
            #expect(answers == ["hello", "later", "abc", "hello"])
        }
    }

    @Test("an error of ours is 500 with a text that tells nothing about it")
    func unexpectedError() async throws {
        try await withServer(standardRouter()) { server in
            let answer = try #require(await ask(server, get("/fails")))
            #expect(answer.status == 500)
            #expect(answer[header: "content-type"] == "application/problem+json")
            #expect(!answer.text.contains("swordfish"))
            #expect(!answer.text.contains("Secret"))
        }
    }

    @Test("every answer tells browsers to guess, frame and load nothing, and a page keeps its own policy")
    func browserDefences() async throws {
        var router = standardRouter()
        router.get("/page") { _ in .html(HTML.page(title: "A page") { element("main") { "x" } }) }
        router.get("/away") { _ in .redirect(seeOther: "/page") }
        try await withServer(router) { server in
            for path in ["/page", "/away", "/fails", "/nowhere", "/hello"] {
                let answer = try #require(await ask(server, get(path)))
                #expect(answer[header: "x-content-type-options"] == "nosniff", "\(path)")
                #expect(answer[header: "referrer-policy"] == "same-origin")
                #expect(answer[header: "cross-origin-resource-policy"] == "same-origin")
                let policy = answer[header: "content-security-policy"] ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                #expect(policy.contains("style-src 'self'") == (path == "/page"))
                #expect(answer[header: "strict-transport-security"] == nil, "this is not over TLS")
            }
        }
    }

    @Test("HEAD gets the headers of GET and no body")
    func head() async throws {
        try await withServer(standardRouter()) { server in
            let text = await blocking {
                let client = RawClient(port: server.port)
                client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return client.receiveToEnd().text
            }
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.contains("Content-Length: 5"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("bodies of every framing and size arrive whole", arguments: [0, 1, 65_535, 65_536, 65_537, 3_000_000])
    func bodies(count: Int) async throws {
        try await withServer(standardRouter()) { server in
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let plain = await blocking {
                let client = RawClient(port: server.port)
                client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\n")
                client.send(body)
                return client.receiveAnswer()?.body
            }
            #expect(plain?.count == count)
            // Compared first: a difference of millions of bytes is not worth describing.
            let isPlainSame = plain == body
            #expect(isPlainSame)
            let chunked = await blocking {
                let client = RawClient(port: server.port)
                client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                var rest = body[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(10_000)
                    rest = rest.dropFirst(piece.count)
                    client.send(String(piece.count, radix: 16) + "\r\n")
                    client.send(Array(piece) + [13, 10])
                }
                client.send("0\r\n\r\n")
                return client.receiveAnswer()?.body
            }
            let isChunkedSame = chunked == body
            #expect(chunked?.count == count)
            #expect(isChunkedSame)
        }
    }

    @Test("a handler that refuses is heard before the client uploads with 100-continue")
    func refusesBeforeUpload() async throws {
        try await withServer(standardRouter()) { server in
            let answer = await ask(
                server,
                "POST /refuses HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")
            #expect(answer?.status == 401)
        }
    }

    @Test("a client that waits for 100-continue is told to go on when the handler reads")
    func continues() async throws {
        try await withServer(standardRouter()) { server in
            let texts = await blocking {
                let client = RawClient(port: server.port)
                client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                let interim = client.receive().map { String(decoding: $0, as: UTF8.self) } ?? ""
                client.send("abc")
                return (interim, client.receiveAnswer()?.text)
            }
            #expect(texts.0.hasPrefix("HTTP/1.1 100"))
            #expect(texts.1 == "abc")
        }
    }

    @Test("a body the handler ignores is dropped and the connection goes on", arguments: [10, 500_000])
    func ignoredBody(count: Int) async throws {
        try await withServer(standardRouter()) { server in
            let answers = await blocking {
                let client = RawClient(port: server.port)
                client.send(post("/ignores", String(repeating: "x", count: count)))
                let first = client.receiveAnswer()?.text
                client.send(get("/hello"))
                return [first, client.receiveAnswer()?.text]
            }
            #expect(answers == ["ignored", "hello"])
        }
    }

    @Test("a streamed answer arrives whole, chunked, and ends")
    func streamedAnswer() async throws {
        try await withServer(standardRouter()) { server in
            let text = await blocking {
                let client = RawClient(port: server.port)
                client.send(get("/stream?n=5000", headers: "Connection: close\r\n"))
                return client.receiveToEnd().text
            }
            #expect(text.contains("Transfer-Encoding: chunked"))
            #expect(text.contains("line 0\n"))
            #expect(text.contains("line 4999\n"))
            #expect(text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("stop returns when nothing runs, also when the server never ran, and more than once")
    func stops() async throws {
        let server = try HTTPServer(HTTPServerConfiguration(), router: Router())
        await server.stop()
        await server.stop()
        try await withServer(Router()) { _ in }
    }

    @Test("a port that is taken is told as such")
    func portTaken() async throws {
        let first = try HTTPServer(HTTPServerConfiguration(), router: Router())
        #expect {
            _ = try HTTPServer(HTTPServerConfiguration(port: first.port), router: Router())
        } throws: { ($0 as? HTTPServerError)?.code == .cannotListen }
        await first.stop()
    }
}
