import Synchronization
import Testing

@testable import HTTP

/// A number that several tasks see.
private final class Tally: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add(_ amount: Int) { count.wrappingAdd(amount, ordering: .relaxed) }
}

@Suite("Streams")
struct StreamTests {
    private static let window = 64 * 1024

    @Test("a slow client holds the producer back to the window")
    func slowReader() async throws {
        let written = Tally()
        let finished = Tally()
        var router = Router()
        router.get("/big") { _ in
            .stream(contentType: "application/octet-stream") { writer in
                let piece = [UInt8](repeating: 7, count: 10_000)
                for _ in 0..<3_000 {
                    try await writer.write(piece)
                    written.add(piece.count)
                }
                finished.add(1)
            }
        }
        try await withServer(router, { $0.limits.windowBytes = Self.window }) { server in
            let client = RawClient(port: server.port, receiveBufferBytes: 16 * 1024)
            client.send(get("/big", headers: "Connection: close\r\n"))
            try await settled { written.value }
            // What is on its way lies in the window and in the kernel's buffers, which are a few MiB on loopback.
            #expect(finished.value == 0)
            #expect(written.value < 20_000_000)
            let total = await blocking { client.receiveToEnd().text.utf8.count }
            #expect(total > 30_000_000)
            #expect(finished.value == 1)
        }
    }

    @Test("a slow handler holds the client back to the window")
    func slowHandler() async throws {
        let isOpen = Tally()
        var router = Router()
        router.post("/up") { request in
            var count = 0
            var body = request.body.makeAsyncIterator()
            while let chunk = try await body.next() {
                count += chunk.count
                while isOpen.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
            return .text("\(count)")
        }
        let total = 40_000_000
        try await withServer(
            router,
            {
                $0.limits.windowBytes = Self.window
                $0.limits.bodyBytesMax = total
            }
        ) { server in
            let sent = Tally()
            let client = RawClient(port: server.port)
            async let answer = blocking {
                client.send("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: \(total)\r\n\r\n")
                let piece = [UInt8](repeating: 7, count: 100_000)
                for _ in 0..<total / piece.count {
                    client.send(piece)
                    sent.add(piece.count)
                }
                return client.receiveAnswer()?.text
            }
            try await settled { sent.value }
            #expect(sent.value < total)
            isOpen.add(1)
            #expect(await answer == "\(total)")
        }
    }

    @Test("an answer whose producer fails is cut, so that it cannot be taken for whole")
    func failingProducer() async throws {
        struct Failure: Error {}
        var router = Router()
        router.get("/fails") { _ in
            .stream(contentType: "text/plain") { writer in
                try await writer.write("half")
                throw Failure()
            }
        }
        router.get("/short") { _ in
            .stream(contentType: "text/plain", length: 10) { writer in try await writer.write("half") }
        }
        try await withServer(router) { server in
            for path in ["/fails", "/short"] {
                let (text, isClosed) = await blocking {
                    let client = RawClient(port: server.port)
                    client.send(get(path))
                    return client.receiveToEnd()
                }
                #expect(isClosed)
                #expect(!text.hasSuffix("0\r\n\r\n"))
            }
        }
    }

    @Test("an answer of known length is sent with it")
    func knownLength() async throws {
        var router = Router()
        router.get("/ten") { _ in
            .stream(contentType: "text/plain", length: 10) { writer in
                try await writer.write("01234")
                try await writer.write("56789")
            }
        }
        try await withServer(router) { server in
            let answer = await blocking {
                let client = RawClient(port: server.port)
                client.send(get("/ten"))
                return client.receiveAnswer()
            }
            #expect(answer?[header: "content-length"] == "10")
            #expect(answer?.text == "0123456789")
        }
    }

    /// Waits until a number has not changed for a while.
    private func settled(_ value: () -> Int) async throws {
        var last = -1
        var sameFor = 0
        for _ in 0..<1_000 where sameFor < 30 {
            try await Task.sleep(for: .milliseconds(10))
            let now = value()
            sameFor = now == last && now > 0 ? sameFor + 1 : 0
            last = now
        }
        #expect(sameFor >= 30, "the number never settled")
    }
}
