import Foundation
import Glibc
import Synchronization
import Testing

@testable import HTTP

/// A small generator that a printed seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

@Suite("Vanishing clients")
struct VanishingTests {
    private static let clientCount = 4_000
    private static let clientThreads = 8

    /// Handlers that run now.
    private final class Running: Sendable {
        let count = Atomic<Int>(0)

        func around(_ body: () async throws -> Response) async throws -> Response {
            count.wrappingAdd(1, ordering: .relaxed)
            defer { count.wrappingSubtract(1, ordering: .relaxed) }
            return try await body()
        }
    }

    private func router(_ running: Running) -> Router {
        var router = Router()
        router.get("/now") { _ in try await running.around { .text("now") } }
        router.get("/wait") { _ in
            try await running.around {
                try await Task.sleep(for: .milliseconds(40))
                return .text("waited")
            }
        }
        router.get("/long") { _ in
            try await running.around {
                try await Task.sleep(for: .seconds(30))
                return .text("never read")
            }
        }
        router.get("/endless") { _ in
            .stream(contentType: "text/plain") { writer in
                running.count.wrappingAdd(1, ordering: .relaxed)
                defer { running.count.wrappingSubtract(1, ordering: .relaxed) }
                while true { try await writer.write(String(repeating: "endless ", count: 500)) }
            }
        }
        router.post("/upload") { request in
            try await running.around {
                var count = 0
                for try await chunk in request.body { count += chunk.count }
                return .text("\(count)")
            }
        }
        return router
    }

    private static let requests: [[UInt8]] = [
        get("/now"), get("/wait"), get("/long"), get("/endless"), get("/now") + get("/wait"),
        post("/upload", String(repeating: "u", count: 20_000)), post("/upload", String(repeating: "u", count: 200_000)),
        "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n"
            + String(repeating: "c", count: 0x4000) + "\r\n0\r\n\r\n",
        "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    ].map { Array($0.utf8) }

    /// One client: sends some of a request, perhaps reads a little, and is gone, at times without a farewell.
    private static func vanish(_ port: UInt16, _ generator: inout SeededGenerator) {
        let request = requests.randomElement(using: &generator) ?? []
        let client = RawClient(port: port, receiveTimeoutSeconds: 1)
        let isWhole = Bool.random(using: &generator)
        client.send(isWhole ? request : Array(request.prefix(.random(in: 0...request.count, using: &generator))))
        if isWhole, Int.random(in: 0..<4, using: &generator) == 0 {
            _ = client.receive(.random(in: 1...5_000, using: &generator))
        }
        if Int.random(in: 0..<3, using: &generator) == 0 { usleep(.random(in: 0...20_000, using: &generator)) }
        if Bool.random(using: &generator) { client.resetOnClose() }
    }

    @Test("4,000 clients that vanish at random moments leave no descriptor, task, object or memory behind")
    func leavesNothing() async throws {
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("vanishing clients: SEED=\(seed)")
        let running = Running()
        try await withServer(
            router(running),
            {
                $0.limits.headDeadline = .seconds(2)
                $0.limits.idleTimeout = .seconds(2)
            }
        ) { server in
            func run(_ count: Int, _ round: UInt64) async throws {
                await withTaskGroup(of: Void.self) { group in
                    for thread in 0..<Self.clientThreads {
                        group.addTask {
                            await blocking {
                                var generator = SeededGenerator(seed: seed &+ round &* 100 &+ UInt64(thread))
                                for _ in 0..<count / Self.clientThreads { Self.vanish(server.port, &generator) }
                            }
                        }
                    }
                }
                try await eventually {
                    server.connectionCount == 0 && server.liveObjectCount == 0
                        && running.count.load(ordering: .relaxed) == 0
                }
            }
            try await run(1_000, 1)
            let residentAfterWarmUp = residentBytes()
            try await run(Self.clientCount - 1_000, 2)
            #expect(server.liveObjectCount == 0)
            #expect(running.count.load(ordering: .relaxed) == 0)
            #expect(Self.socketsOn(port: server.port) == 1, "only the listening socket is left")
            #expect(residentBytes() - residentAfterWarmUp < 48 << 20)
            let answer = await blocking {
                let client = RawClient(port: server.port)
                client.send(get("/now"))
                return client.receiveAnswer()?.text
            }
            #expect(answer == "now")
        }
    }

    /// Open descriptors of this process that are sockets bound to the port.
    private static func socketsOn(port: UInt16) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.count { descriptor in
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            return withUnsafeMutablePointer(to: &storage) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    getsockname(descriptor, address, &size) == 0 && address.pointee.sa_family == sa_family_t(AF_INET)
                        && SocketAddress.port(address) == port
                }
            }
        }
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }
}

@Suite("Graceful stop")
struct GracefulStopTests {
    private static let clientCount = 24
    private static let runCount = 8

    /// Numbers of requests: those a handler has begun, and those whose answer a client read whole.
    private final class Ledger: Sendable {
        private let begun = Mutex<Set<Int>>([])
        private let answered = Mutex<Set<Int>>([])
        func begin(_ number: Int) { begun.withLock { _ = $0.insert(number) } }
        func answer(_ number: Int) { answered.withLock { _ = $0.insert(number) } }
        var cut: Set<Int> { begun.withLock { begun in answered.withLock { begun.subtracting($0) } } }
        var answeredCount: Int { answered.withLock { $0.count } }
    }

    @Test("a stop under load cuts no accepted request", arguments: 1...runCount)
    func cutsNothing(run: Int) async throws {
        let ledger = Ledger()
        var router = Router()
        router.get("/tasks/{number}", Int.self) { _, number in
            ledger.begin(number)
            if number % 3 == 0 { try await Task.sleep(for: .milliseconds(number % 20)) }
            return .text("\(number)")
        }
        try await withServer(router) { server in
            await withTaskGroup(of: Void.self) { group in
                for client in 0..<Self.clientCount {
                    group.addTask { await blocking { Self.work(client, server.port, ledger) } }
                }
                group.addTask {
                    for _ in 0..<2_000 where ledger.answeredCount < 300 {
                        await blocking { NativeThread.pause(5) }
                    }
                    await server.stop()
                }
            }
        }
        #expect(ledger.answeredCount >= 300)
        #expect(ledger.cut == [])
    }

    /// Asks on and on, on one connection and then the next, until nobody listens any more.
    private static func work(_ client: Int, _ port: UInt16, _ ledger: Ledger) {
        var number = client * 1_000_000
        while let connection = RawClient(connectingTo: port) {
            while true {
                number += 1
                connection.send(get("/tasks/\(number)"))
                guard let answer = connection.receiveAnswer() else { break }
                if answer.text == "\(number)" { ledger.answer(number) }
                if answer[header: "connection"] == "close" { break }
            }
        }
    }

    @Test("after the grace period a handler that goes on is cancelled and its client gets 503")
    func graceEnds() async throws {
        let (status, _) = try await withServer(
            {
                var router = Router()
                router.get("/long") { _ in
                    try await Task.sleep(for: .seconds(60))
                    return .text("late")
                }
                return router
            }(), { $0.gracePeriod = .milliseconds(200) }
        ) { server in
            async let answer = blocking {
                let client = RawClient(port: server.port)
                client.send(get("/long"))
                return client.receiveAnswer()?.status
            }
            try await eventually { server.liveObjectCount == 1 }
            async let stopped: Void = server.stop()
            return (await answer, await stopped)
        }
        #expect(status == 503)
    }

    @Test("a client that was in the backlog when the server stops is answered")
    func backlog() async throws {
        let server = try HTTPServer(HTTPServerConfiguration(), router: standardRouter())
        // Connected and asked before anybody accepts.
        let client = RawClient(port: server.port)
        client.send(get("/hello"))
        async let running: Void = server.run()
        try await eventually { server.liveObjectCount == 1 || server.connectionCount == 1 }
        await server.stop()
        try await running
        let answer = await blocking { client.receiveAnswer()?.text }
        #expect(answer == "hello")
    }
}
