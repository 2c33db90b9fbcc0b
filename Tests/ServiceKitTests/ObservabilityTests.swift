import Foundation
import HTTP
import Synchronization
import Telemetry
import Testing

@testable import ServiceKit

@Suite("The log")
struct JSONLogTests {
    private func record(_ message: StaticString, _ metadata: LogMetadata = [:], trace: TraceContext? = nil)
        -> LogRecord
    {
        LogRecord(level: .warning, label: "test", message: message, metadata: metadata, trace: trace)
    }

    @Test("a line is one JSON object with time, level, logger, message, trace and metadata")
    func line() {
        let trace = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        let bytes = JSONLogSink.line(
            record("said \"so\"", ["b": "x\ny", "a": "1"], trace: trace), at: 1_775_467_800_007)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"time":"2026-04-06T09:30:00.007Z","level":"warning","logger":"test","message":"said \"so\"","#
                + #""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","b":"x\ny","a":"1"}"#
                + "\n")
    }

    @Test("lines come out whole and in order, whoever writes them")
    func wholeLines() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let sink = JSONLogSink(descriptor: ends[1])
        sink.start()
        for number in 0..<200 { sink.log(record("line", ["n": "\(number)"])) }
        sink.flush()
        close(ends[1])
        let text = String(decoding: FileHandle(fileDescriptor: ends[0]).readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 200)
        for (number, line) in lines.enumerated() { #expect(line.hasSuffix(#""n":"\#(number)"}"#)) }
    }

    @Test("when nobody reads, lines up to the limit wait and the rest are dropped and counted; the writer never waits")
    func dropped() {
        let sink = JSONLogSink(descriptor: -1)
        let before = droppedLines
        let long = String(repeating: "x", count: 1_000_000)
        for _ in 0..<9 { sink.log(record("line", ["long": long])) }
        #expect(droppedLines == before + 1)
    }

    private var droppedLines: Int64 { Counter(label: "log_lines_dropped_total").value }

    @Test(
        "times before 1970, leap days and year ends are written right",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (.min, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func times(milliseconds: Int64, text: String) {
        #expect(RFC3339.text(millisecondsSince1970: milliseconds) == text)
    }

    @Test("no logger of ours names personal data in its metadata")
    func metadataKeys() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let personal = [
            "name", "nhs", "birth", "dob", "address", "postcode", "phone", "email", "sort_code", "account", "payload",
            "body",
        ]
        var keysSeen = 0
        for folder in ["Libraries", "Services"] {
            let files = FileManager.default.enumerator(
                at: root.appending(path: folder).resolvingSymlinksInPath(), includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
                for list in try String(contentsOf: file, encoding: .utf8).matches(of: /metadata:\s*\[([^\]]*)\]/) {
                    for key in list.1.matches(of: /"([a-z_.]+)":/) {
                        keysSeen += 1
                        let words = key.1.split(whereSeparator: { $0 == "." || $0 == "_" }).map(String.init)
                        #expect(Set(words).isDisjoint(with: personal), "\(file.lastPathComponent): \(key.1)")
                    }
                }
            }
        }
        #expect(keysSeen > 20)
    }
}

@Suite("Metrics as text")
struct PrometheusTextTests {
    /// Reads the format back, strictly: names, labels with escapes, values.
    private func parse(_ text: String) throws -> [String: String] {
        var series: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let match = try #require(
                line.wholeMatch(
                    of:
                        /([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)+\})?) (\S+)/
                ),
                "\(line)")
            series[String(match.1)] = String(match.2)
        }
        return series
    }

    @Test("every kind of metric is written so that it can be read back")
    func render() throws {
        let registry = MetricsRegistry()
        registry.describe("b_total", "Counts \\ and\nlines.")
        Counter(label: "b_total", dimensions: [("kind", "a\"b\\c\nd")], registry: registry).increment(by: 3)
        Gauge(label: "pool.in-use", registry: registry).record(1.5)
        Timer(label: "h_seconds", dimensions: [("op", "x")], registry: registry).record(.milliseconds(30))
        let text = PrometheusText.render(registry.snapshot())
        #expect(text.contains("# HELP b_total Counts \\\\ and\\nlines.\n# TYPE b_total counter\n"))
        let series = try parse(text)
        #expect(series[#"b_total{kind="a\"b\\c\nd"}"#] == "3")
        #expect(series["pool_in_use"] == "1.5")
        #expect(series[#"h_seconds_bucket{op="x",le="0.025"}"#] == "0")
        #expect(series[#"h_seconds_bucket{op="x",le="0.05"}"#] == "1")
        #expect(series[#"h_seconds_bucket{op="x",le="+Inf"}"#] == "1")
        #expect(series[#"h_seconds_count{op="x"}"#] == "1")
        #expect(series[#"h_seconds_sum{op="x"}"#] == "0.03")
    }

    @Test("what no number is has its own words")
    func special() {
        let registry = MetricsRegistry()
        for (label, value) in [("a", Double.nan), ("b", .infinity), ("c", -.infinity)] {
            Gauge(label: label, registry: registry).record(value)
        }
        let text = PrometheusText.render(registry.snapshot())
        #expect(text.contains("a NaN\n") && text.contains("b +Inf\n") && text.contains("c -Inf\n"))
    }
}

@Suite("Health", .timeLimit(.minutes(1)))
struct HealthTests {
    struct Away: LabelledError { let shortLabel = "postgres.connection_lost" }

    private func ask(_ router: Router, _ path: String) async throws -> (status: Int, body: String) {
        let request = try #require(Request(.get, path))
        let response = try await router.responder.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (Int(response.status.rawValue), "") }
        return (Int(response.status.rawValue), String(decoding: bytes, as: UTF8.self))
    }

    @Test("a process is ready when every check is good, and says which is not; that it lives is another question")
    func routes() async throws {
        let health = HealthRegistry(checkPeriod: .milliseconds(100))
        var router = Router()
        router.addHealthRoutes(health, metrics: MetricsRegistry())
        health.add("loop", .live) { .good }
        health.add("schema", .ready) { .good }
        #expect(try await ask(router, "/readyz") == (200, #"{"status":"ok","checks":{"schema":"ok"}}"#))
        health.add("pool", .ready) { throw Away() }
        health.add("slow", .ready) {
            try await Task.sleep(for: .seconds(600))
            return .good
        }
        #expect(
            try await ask(router, "/readyz")
                == (
                    503,
                    #"{"status":"failing","checks":{"pool":"postgres.connection_lost","schema":"ok","slow":"no answer in time"}}"#
                ))
        #expect(try await ask(router, "/livez") == (200, #"{"status":"ok","checks":{"loop":"ok"}}"#))
        #expect(try await ask(router, "/metrics").status == 200)
    }

    @Test("a process that is stopping is not ready")
    func stopping() async throws {
        let health = HealthRegistry()
        #expect(await health.findings(.ready).isEmpty)
        health.beginStopping()
        #expect(await health.response(.ready).status == .serviceUnavailable)
        #expect(await health.response(.live).status == .ok)
    }
}

@Suite("Span export", .timeLimit(.minutes(1)))
struct OTLPExporterTests {
    private final class Collector: Sendable {
        let bodies = Mutex<[String]>([])
        var transport: OTLPExporter.Transport {
            .init(post: { url, json in
                self.bodies.withLock { $0.append("\(url) \(String(decoding: json, as: UTF8.self))") }
                return true
            })
        }
    }

    private func span(_ name: String, failure: String? = nil) throws -> SpanRecord {
        let parent = try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
        let own = try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01"))
        return SpanRecord(
            name: name, kind: .server, context: own, parent: parent, startNanoseconds: 1_800_000_000_000_000_001,
            duration: .milliseconds(2), attributes: ["http.route": "/x"], failure: failure)
    }

    @Test("spans are sent as OTLP JSON, also those that wait when it is stopped")
    func sends() async throws {
        let collector = Collector()
        let exporter = OTLPExporter(
            endpoint: "http://127.0.0.1:4318/", serviceName: "kpi", transport: collector.transport)
        exporter.record(try span("GET /x", failure: "postgres.40001"))
        async let running: Void = exporter.run()
        await exporter.stop()
        try await running
        let bodies = collector.bodies.withLock { $0 }
        #expect(
            bodies == [
                #"http://127.0.0.1:4318/v1/traces {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"kpi"}}]},"#
                    + #""scopeSpans":[{"scope":{"name":"takeup"},"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b8","#
                    + #""parentSpanId":"00f067aa0ba902b7","name":"GET /x","kind":2,"startTimeUnixNano":"1800000000000000001","#
                    + #""endTimeUnixNano":"1800000000002000001","attributes":[{"key":"http.route","value":{"stringValue":"/x"}}],"#
                    + #""status":{"code":2,"message":"postgres.40001"}}]}]}]}"#
            ])
    }

    @Test("spans over the limit are dropped and counted, those at the limit are kept")
    func limit() throws {
        let dropped = Counter(label: "spans_dropped_total", dimensions: [("reason", "queue_full")])
        let exporter = OTLPExporter(endpoint: "http://x", serviceName: "x", transport: Collector().transport)
        let before = dropped.value
        for _ in 0..<OTLPExporter.waitingMax { exporter.record(try span("x")) }
        #expect(dropped.value == before)
        exporter.record(try span("x"))
        #expect(dropped.value == before + 1)
    }

    @Test("a collector that refuses or is away costs its spans and nothing else")
    func away() async throws {
        struct Gone: Error {}
        let dropped = Counter(label: "spans_dropped_total", dimensions: [("reason", "not_delivered")])
        let before = dropped.value
        let exporter = OTLPExporter(
            endpoint: "http://x", serviceName: "x", transport: .init(post: { _, _ in throw Gone() }))
        exporter.record(try span("x"))
        async let running: Void = exporter.run()
        await exporter.stop()
        try await running
        #expect(dropped.value == before + 1)
    }
}
