import Glibc
import Synchronization
import Testing

@testable import Telemetry

private final class Remembered<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    var all: [Value] { values.withLock { $0 } }
    func add(_ value: Value) { values.withLock { $0.append(value) } }
}

private struct RememberingLog: LogSink {
    let records = Remembered<LogRecord>()
    func log(_ record: LogRecord) { records.add(record) }
}

private struct RememberingSpans: SpanSink {
    let records = Remembered<SpanRecord>()
    func record(_ span: SpanRecord) { records.add(span) }
}

@Suite("Logs", .serialized)
struct LoggerTests {
    @Test("a message reaches the sink at or above the level, with metadata merged, and is not built below it")
    func levels() {
        let sink = RememberingLog()
        LoggingSystem.bootstrap(sink, level: .info)
        defer { LoggingSystem.shutdown() }
        var logger = Logger(label: "test")
        logger[metadataKey: "a"] = "1"
        logger[metadataKey: "b"] = "1"
        var built = 0
        func metadata() -> LogMetadata {
            built += 1
            return ["b": "2"]
        }
        logger.debug("below", metadata: metadata())
        #expect(built == 0)
        logger.info("at", metadata: metadata())
        logger.critical("above")
        #expect(sink.records.all.map(\.level) == [.info, .critical])
        #expect(sink.records.all.map { "\($0.message)" } == ["at", "above"])
        #expect(sink.records.all.first?.metadata == ["a": "1", "b": "2"])
    }

    @Test("nothing is logged before the system is bootstrapped")
    func silent() {
        #expect(Logger.Level.allCases.allSatisfy { !LoggingSystem.isEnabled($0) })
    }

    @Test("a message carries the trace it was written in")
    func trace() {
        let sink = RememberingLog()
        LoggingSystem.bootstrap(sink, level: .trace)
        defer { LoggingSystem.shutdown() }
        let context = TraceContext.root()
        TraceContext.$current.withValue(context) { Logger(label: "test").trace("inside") }
        #expect(sink.records.all.first?.trace == context)
    }
}

@Suite("Metrics")
struct MetricsTests {
    private let registry = MetricsRegistry()

    @Test("the same label and dimensions, in any order, are one number")
    func shared() {
        Counter(label: "c_total", dimensions: [("a", "1"), ("b", "2")], registry: registry).increment()
        Counter(label: "c_total", dimensions: [("b", "2"), ("a", "1")], registry: registry).increment(by: 4)
        Counter(label: "c_total", dimensions: [("a", "2")], registry: registry).increment()
        let samples = registry.snapshot().first?.samples
        #expect(samples?.map(\.value) == [.counter(5), .counter(1)])
    }

    @Test("a duration is counted in the first bucket that holds it, its bound included")
    func buckets() {
        let timer = Timer(label: "t_seconds", registry: registry)
        timer.record(.milliseconds(1))
        timer.record(.nanoseconds(1_000_001))
        timer.record(.seconds(60))
        timer.record(.seconds(61))
        timer.record(.seconds(-1))
        guard case .histogram(let read) = registry.snapshot().first?.samples.first?.value else {
            Issue.record("no histogram")
            return
        }
        #expect(read.cumulative.first == 2)
        #expect(read.cumulative[1] == 3)
        #expect(read.cumulative.last == 4)
        #expect(read.count == 5)
        #expect(abs(read.sumSeconds - 121.002000001) < 1e-9)
    }

    @Test("the longest durations do not overflow")
    func longest() {
        Timer(label: "t_seconds", registry: registry).record(Duration(secondsComponent: .max, attosecondsComponent: 0))
        #expect(registry.snapshot().count == 1)
    }

    @Test("many threads lose no count")
    func concurrent() async {
        let counter = Counter(label: "c_total", registry: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<10_000 { counter.increment() } } }
        }
        #expect(counter.value == 80_000)
    }

    @Test("series over the limit are counted and not kept; those at the limit are kept")
    func limit() {
        for number in 0...MetricsRegistry.seriesMax {
            Gauge(label: "g", dimensions: [("n", "\(number)")], registry: registry).record(1)
        }
        let families = registry.snapshot()
        #expect(families.first { $0.label == "g" }?.samples.count == MetricsRegistry.seriesMax)
        #expect(families.first { $0.label == "telemetry_series_dropped_total" }?.samples.first?.value == .counter(1))
    }
}

@Suite("Trace context")
struct TraceContextTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a header is read and written alike")
    func roundTrip() {
        #expect(TraceContext(traceparent: Self.good)?.traceparent == Self.good)
        #expect(TraceContext(traceparent: Self.good)?.isSampled == true)
        #expect(TraceContext(traceparent: Self.good.dropLast(2) + "00")?.isSampled == false)
    }

    @Test("a later version is read as far as it is known")
    func laterVersion() {
        let read = TraceContext(traceparent: "cc" + Self.good.dropFirst(2) + "-what-the-future-brings")
        #expect(read?.traceparent == Self.good)
        #expect(TraceContext(traceparent: "cc" + Self.good.dropFirst(2) + ".x") == nil)
    }

    @Test(
        "what the recommendation forbids is no context",
        arguments: [
            "", "00", good + "-", good + "0", String(good.dropLast()), good.uppercased(),
            "ff" + good.dropFirst(2), "0g" + good.dropFirst(2), " " + good, good + " ",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473x-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
        ])
    func refused(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test("a header of the longest length is read, a longer one is not")
    func length() {
        let future = "01" + Self.good.dropFirst(2) + "-"
        func padded(_ length: Int) -> String { future + String(repeating: "x", count: length - future.count) }
        #expect(TraceContext(traceparent: padded(TraceContext.lengthMax - 1)) != nil)
        #expect(TraceContext(traceparent: padded(TraceContext.lengthMax)) != nil)
        #expect(TraceContext(traceparent: padded(TraceContext.lengthMax + 1)) == nil)
    }

    @Test("a child keeps the trace and gets a span of its own")
    func child() {
        let root = TraceContext.root()
        #expect(root.child().traceID == root.traceID)
        #expect(root.child().spanID != root.spanID)
    }
}

@Suite("Spans", .serialized)
struct SpanTests {
    struct Failed: LabelledError { let shortLabel = "test.failed" }

    @Test("a span inside a span is its child, and an error ends both with its label")
    func nesting() async throws {
        let sink = RememberingSpans()
        TracingSystem.bootstrap(sink)
        defer { TracingSystem.shutdown() }
        await #expect(throws: Failed.self) {
            try await withSpan("outer", kind: .server) {
                try await withSpan("inner", attributes: ["a": "b"]) { throw Failed() }
            }
        }
        let spans = sink.records.all
        #expect(spans.map(\.name) == ["inner", "outer"])
        #expect(spans.map(\.failure) == ["test.failed", "test.failed"])
        #expect(spans[0].parent == spans[1].context)
        #expect(spans[1].parent == nil)
        #expect(spans[0].attributes.elementsEqual(["a": "b"], by: ==))
    }

    @Test("a trace that is not sampled is carried on but not recorded")
    func unsampled() async {
        let sink = RememberingSpans()
        TracingSystem.bootstrap(sink)
        defer { TracingSystem.shutdown() }
        let quiet = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
        let seen = await TraceContext.$current.withValue(quiet) { await withSpan("x") { TraceContext.current } }
        #expect(seen == quiet)
        #expect(sink.records.all.isEmpty)
    }
}

@Suite("Faults")
struct FaultTests {
    @Test("an armed point is read as name and number")
    func parse() {
        #expect(CrashPoint.parse("after.commit:3").map { "\($0.point) \($0.number)" } == "afterCommit 3")
        #expect(CrashPoint.parse("polled").map { $0.number } == 1)
        for wrong in ["", "nothing", "polled:", "polled:0", "polled:-1", "polled:x", "polled:1:2"] {
            #expect(CrashPoint.parse(wrong) == nil, "\(wrong)")
        }
    }

    #if FAULT_INJECTION
        @Test("the armed hit of the armed point kills the process, no other does")
        func kills() async {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                setenv("TAKEUP_CRASH_AT", "after.commit:3", 1)
                CrashPoint.reach(.beforeCommit)
                CrashPoint.reach(.afterCommit)
                CrashPoint.reach(.afterCommit)
                CrashPoint.reach(.afterCommit)
            }
            await #expect(processExitsWith: .success) {
                setenv("TAKEUP_CRASH_AT", "after.commit:3", 1)
                CrashPoint.reach(.afterCommit)
                CrashPoint.reach(.afterCommit)
                for _ in 0..<5 { CrashPoint.reach(.beforeCommit) }
                exit(0)
            }
        }

        @Test(
            "a crash point or bug that nobody knows ends the process at once, so that no test passes by a typing error")
        func unknown() async {
            await #expect(processExitsWith: .exitCode(78)) {
                setenv("TAKEUP_CRASH_AT", "after.comit", 1)
                CrashPoint.reach(.afterCommit)
            }
            await #expect(processExitsWith: .exitCode(78)) {
                setenv("TAKEUP_LINGER_AT", "before.mrk:100", 1)
                CrashPoint.reach(.afterCommit)
            }
            await #expect(processExitsWith: .exitCode(78)) {
                setenv("TAKEUP_SEEDED_BUG", "nothing", 1)
                _ = SeededBug.isPlanted(.inboxSkipped)
            }
        }

        @Test("only the planted bug is planted")
        func planted() async {
            await #expect(processExitsWith: .success) {
                setenv("TAKEUP_SEEDED_BUG", "relay.by.cursor", 1)
                exit(SeededBug.allCases.allSatisfy { SeededBug.isPlanted($0) == ($0 == .relayByCursor) } ? 0 : 1)
            }
        }
    #endif
}
