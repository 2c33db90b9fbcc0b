import Synchronization
import Testing

@testable import HTTP

@Suite("Limits")
struct LimitTests {
    private func status(_ server: HTTPServer, _ text: String) async -> Int? {
        await blocking {
            let client = RawClient(port: server.port)
            client.send(text)
            return client.receiveAnswer()?.status
        }
    }

    @Test("the target may have targetBytesMax bytes", arguments: [(-1, 404), (0, 404), (1, 414)])
    func target(offset: Int, expected: Int) async throws {
        try await withServer(standardRouter(), { $0.limits.targetBytesMax = 100 }) { server in
            let target = "/" + String(repeating: "a", count: 100 + offset - 1)
            #expect(await status(server, get(target)) == expected)
        }
    }

    @Test("the head may have headBytesMax bytes", arguments: [(-1, 200), (0, 200), (1, 431)])
    func head(offset: Int, expected: Int) async throws {
        try await withServer(standardRouter(), { $0.limits.headBytesMax = 1_000 }) { server in
            let rest = 1_000 + offset - get("/hello", headers: "A: \r\n").utf8.count
            let text = get("/hello", headers: "A: \(String(repeating: "b", count: rest))\r\n")
            #expect(text.utf8.count == 1_000 + offset)
            #expect(await status(server, text) == expected)
        }
    }

    @Test("a head as long and as full as it may be leaves room for an answer's head of two kilobytes")
    func fullHead() async throws {
        var router = Router()
        router.get("/hello") { request in
            var response = Response.text("\(request.headers.count)")
            for number in 0..<20 { response.addHeader("X-\(number)", String(repeating: "y", count: 100)) }
            return response
        }
        try await withServer(router) { server in
            let limits = HTTPServerLimits()
            // Host is one of them.
            let lines = limits.headerCountMax - 1
            let shortest = get("/hello", headers: String(repeating: "A: \r\n", count: lines)).utf8.count
            let fill = limits.headBytesMax - shortest
            let headers = (0..<lines).map { line in
                "A: \(String(repeating: "b", count: fill / lines + (line < fill % lines ? 1 : 0)))\r\n"
            }
            let text = get("/hello", headers: headers.joined())
            #expect(text.utf8.count == limits.headBytesMax)
            #expect(await status(server, text) == 200)
        }
    }

    @Test("there may be headerCountMax headers", arguments: [(-1, 200), (0, 200), (1, 431)])
    func headerCount(offset: Int, expected: Int) async throws {
        try await withServer(standardRouter(), { $0.limits.headerCountMax = 10 }) { server in
            let others = String(repeating: "A: b\r\n", count: 10 + offset - 1)
            #expect(await status(server, get("/hello", headers: others)) == expected)
        }
    }

    @Test("an announced body may have bodyBytesMax bytes", arguments: [(-1, 200), (0, 200), (1, 413)])
    func announcedBody(offset: Int, expected: Int) async throws {
        try await withServer(standardRouter(), { $0.limits.bodyBytesMax = 1_000 }) { server in
            let text = post("/count", String(repeating: "a", count: 1_000 + offset))
            #expect(await status(server, text) == expected)
        }
    }

    @Test("a chunked body may have bodyBytesMax bytes", arguments: [(-1, 200), (0, 200), (1, 413), (5_000, 413)])
    func chunkedBody(offset: Int, expected: Int) async throws {
        try await withServer(standardRouter(), { $0.limits.bodyBytesMax = 1_000 }) { server in
            let count = 1_000 + offset
            let text =
                "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(count, radix: 16) + "\r\n" + String(repeating: "a", count: count) + "\r\n0\r\n\r\n"
            #expect(await status(server, text) == expected)
        }
    }

    @Test("a handler takes as many bytes as it says", arguments: [(-1, 200), (0, 200), (1, 413)])
    func handlerBody(offset: Int, expected: Int) async throws {
        var router = Router()
        router.post("/ten") { request in .text("\(try await request.body.bytes(upTo: 10).count)") }
        try await withServer(router) { server in
            #expect(await status(server, post("/ten", String(repeating: "a", count: 10 + offset))) == expected)
        }
    }

    @Test(
        "a body up to gatheredBytesMax is whole before the handler starts, a longer one is not",
        arguments: [
            (-1, true), (0, true), (1, false),
        ])
    func gathered(offset: Int, isGathered: Bool) async throws {
        let started = Mutex(false)
        var router = Router()
        router.post("/x") { request in
            started.withLock { $0 = true }
            return .text("\(try await request.body.bytes(upTo: 1_000).count)")
        }
        try await withServer(router, { $0.limits.gatheredBytesMax = 100 }) { server in
            let count = 100 + offset
            let client = Mutex(RawClient(port: server.port))
            _ = client.withLock { $0.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\nhalf") }
            if isGathered {
                try await Task.sleep(for: .milliseconds(150))
            } else {
                try await eventually { started.withLock { $0 } }
            }
            #expect(started.withLock { $0 } == !isGathered)
            let text = await blocking {
                client.withLock { client in
                    client.send(String(repeating: "a", count: count - 4))
                    return client.receiveAnswer()?.text
                }
            }
            #expect(text == "\(count)")
        }
    }

    @Test("an unwanted body up to droppedBytesMax is dropped, a longer one ends the connection")
    func dropped() async throws {
        try await withServer(standardRouter(), { $0.limits.droppedBytesMax = 100_000 }) { server in
            let goesOn = await blocking {
                let client = RawClient(port: server.port)
                client.send(post("/ignores", String(repeating: "x", count: 100_000)))
                let first = client.receiveAnswer()?.status
                client.send(get("/hello"))
                return [first, client.receiveAnswer()?.status]
            }
            #expect(goesOn == [200, 200])
            let ends = await blocking {
                let client = RawClient(port: server.port)
                client.send(post("/ignores", String(repeating: "x", count: 100_001)))
                return client.receiveToEnd().isClosed
            }
            #expect(ends)
        }
    }

    @Test("a connection carries requestsPerConnectionMax requests; the last answer says so")
    func requestsPerConnection() async throws {
        try await withServer(standardRouter(), { $0.limits.requestsPerConnectionMax = 3 }) { server in
            let connections = await blocking {
                let client = RawClient(port: server.port)
                var seen: [String?] = []
                for _ in 0..<3 {
                    client.send(get("/hello"))
                    seen.append(client.receiveAnswer()?[header: "connection"] ?? "")
                }
                return (seen, client.receiveToEnd().isClosed)
            }
            #expect(connections.0.last == "close")
            #expect(connections.0.dropLast().allSatisfy { $0 != "close" })
            #expect(connections.1)
        }
    }

    @Test("connectionsMax are served at once; the next waits until one leaves")
    func connections() async throws {
        try await withServer(
            standardRouter(),
            {
                $0.limits.connectionsMax = 4
                $0.threads = 1
            }
        ) { server in
            let (waits, answeredAfter) = await blocking {
                var clients = (0..<4).map { _ in RawClient(port: server.port) }
                for client in clients {
                    client.send(get("/hello"))
                    precondition(client.receiveAnswer()?.status == 200)
                }
                let next = RawClient(port: server.port, receiveTimeoutSeconds: 1)
                next.send(get("/hello"))
                let waits = next.receive() == nil
                clients.removeFirst()
                var answer: Answer?
                for _ in 0..<10 where answer == nil { answer = next.receiveAnswer() }
                withExtendedLifetime(clients) {}
                return (waits, answer?.status)
            }
            #expect(waits)
            #expect(answeredAfter == 200)
        }
    }

    @Test("connectionsPerAddressMax are served from one address; the next is reset")
    func connectionsPerAddress() async throws {
        try await withServer(standardRouter(), { $0.limits.connectionsPerAddressMax = 3 }) { server in
            let statuses = await blocking {
                let clients = (0..<4).map { _ in
                    let client = RawClient(port: server.port)
                    client.send(get("/hello"))
                    return client
                }
                return clients.map { $0.receiveAnswer()?.status }
            }
            #expect(statuses.compactMap { $0 }.count == 3)
        }
    }

    @Test("a handler past handlerDeadline is cancelled and the client gets 503")
    func handlerDeadline() async throws {
        let wasCancelled = Mutex(false)
        var router = Router()
        router.get("/slow") { _ in
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                wasCancelled.withLock { $0 = true }
            }
            return .text("late")
        }
        try await withServer(router, { $0.limits.handlerDeadline = .milliseconds(300) }) { server in
            #expect(await status(server, get("/slow")) == 503)
            try await eventually { wasCancelled.withLock { $0 } }
        }
    }

    private func isClosed(_ server: HTTPServer, feeding pieces: [String], every milliseconds: UInt32) async -> Bool {
        await blocking {
            let client = RawClient(port: server.port, receiveTimeoutSeconds: 10)
            for piece in pieces {
                if !client.send(piece) { return true }
                NativeThread.pause(milliseconds)
            }
            let (text, isClosed) = client.receiveToEnd()
            return isClosed && !text.contains(" 200 ")
        }
    }

    @Test("a head that comes a byte at a time is cut at headDeadline")
    func slowHead() async throws {
        try await withServer(standardRouter(), { $0.limits.headDeadline = .milliseconds(500) }) { server in
            #expect(await isClosed(server, feeding: get("/hello").map(String.init), every: 100))
            #expect(await isClosed(server, feeding: [], every: 0))
        }
    }

    @Test("a body slower than bodyBytesPerSecondMin is cut after bodyRateGrace", arguments: ["/echo", "/count"])
    func slowBody(path: String) async throws {
        let shape: (inout HTTPServerConfiguration) -> Void = {
            $0.limits.bodyRateGrace = .seconds(1)
            $0.limits.bodyBytesPerSecondMin = 1_000
        }
        try await withServer(standardRouter(), shape) { server in
            let head = "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
            #expect(await isClosed(server, feeding: [head] + Array(repeating: "x", count: 20), every: 100))
        }
    }

    @Test(
        "half a body and then silence is cut at bodyDeadline",
        arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
    func silentBody(framing: String) async throws {
        try await withServer(standardRouter(), { $0.limits.bodyDeadline = .milliseconds(500) }) { server in
            let text = "POST /echo HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n5\r\nabcde\r\n"
            #expect(await isClosed(server, feeding: [text], every: 0))
            try await eventually { server.connectionCount == 0 && server.liveObjectCount == 0 }
        }
    }

    @Test("an idle connection is closed after idleTimeout")
    func idle() async throws {
        try await withServer(standardRouter(), { $0.limits.idleTimeout = .seconds(1) }) { server in
            let isClosed = await blocking {
                let client = RawClient(port: server.port)
                client.send(get("/hello"))
                precondition(client.receiveAnswer()?.status == 200)
                return client.receiveToEnd().isClosed
            }
            #expect(isClosed)
        }
    }

    @Test("an answer that is not read to its end by answerDeadline is cut")
    func slowReader() async throws {
        let hasBegun = Mutex(false)
        var router = Router()
        router.get("/endless") { _ in
            .stream(contentType: "text/plain") { writer in
                hasBegun.withLock { $0 = true }
                while true { try await writer.write(String(repeating: "endless ", count: 500)) }
            }
        }
        try await withServer(router, { $0.limits.answerDeadline = .milliseconds(500) }) { server in
            let client = RawClient(port: server.port)
            client.send(get("/endless"))
            try await eventually { hasBegun.withLock { $0 } }
            try await eventually { server.connectionCount == 0 && server.liveObjectCount == 0 }
            withExtendedLifetime(client) {}
        }
    }
}

/// Waits until the condition holds; gives up after a time that is long on a busy machine.
func eventually(_ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<1_500 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the condition never held", sourceLocation: sourceLocation)
}
