import Glibc
import HTTP
import ServiceKit
import Telemetry

// Serves one small answer until it is told to end by SIGTERM, bare or with everything that a service has on: its log to
// standard error, its metrics, and its spans through the exporter to a collector that takes them at once.
// Usage: HTTPBench PORT bare|observed

private let answer = "hello, take\n"

private func serve(_ port: UInt16, isObserved: Bool) async throws {
    var logger: Logger?
    let exporter = OTLPExporter(
        endpoint: "http://collector", serviceName: "bench", transport: .init(post: { _, _ in true }))
    if isObserved {
        let sink = JSONLogSink()
        sink.start()
        LoggingSystem.bootstrap(sink, level: .info)
        TracingSystem.bootstrap(exporter)
        logger = Logger(label: "bench.http")
    }
    var router = Router()
    router.get("/hello") { _ in .text(answer) }
    router.get("/later") { _ in
        try await Task.sleep(for: .milliseconds(1))
        return .text(answer)
    }
    let server = try HTTPServer(HTTPServerConfiguration(port: port), router: router, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await exporter.run() }
        group.addTask { try await server.run() }
        try await group.waitForAll()
    }
}

guard CommandLine.arguments.count == 3, let port = UInt16(CommandLine.arguments[1]) else {
    print("usage: HTTPBench PORT bare|observed")
    exit(64)
}
let isObserved = CommandLine.arguments[2] == "observed"
Task.detached {
    do {
        try await serve(port, isObserved: isObserved)
        exit(0)
    } catch {
        print("\(error)")
        exit(1)
    }
}
while true { pause() }
