import Synchronization
package import Telemetry

/// Sends finished spans to an OpenTelemetry collector: OTLP over HTTP, as JSON, in batches. Spans that it cannot keep or
/// deliver are dropped and counted in `spans_dropped_total`; nothing ever waits for a collector.
package final class OTLPExporter: SpanSink, LongRunning {
    /// Spans that wait at most, beside those that are being sent.
    package static let waitingMax = 4_096
    /// Spans of one request at most.
    package static let batchMax = 512
    /// How long a span waits at most before it is sent.
    package static let period = Duration.seconds(1)

    private let url: String
    private let serviceName: String
    private let transport: Transport
    private let waiting = Mutex<[SpanRecord]>([])
    private let isStopped = Atomic<Bool>(false)
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let droppedFull = Counter(label: "spans_dropped_total", dimensions: [("reason", "queue_full")])
    private let droppedRefused = Counter(label: "spans_dropped_total", dimensions: [("reason", "not_delivered")])
    private let sent = Counter(label: "spans_sent_total")

    /// How a batch gets to a collector.
    package struct Transport: Sendable {
        /// Posts JSON to a URL; true when the collector took it.
        let post: @Sendable (_ url: String, _ json: [UInt8]) async throws -> Bool
        /// Ends what the transport holds open.
        let stop: @Sendable () async -> Void

        /// A transport; tests pass their own.
        package init(
            post: @escaping @Sendable (_ url: String, _ json: [UInt8]) async throws -> Bool,
            stop: @escaping @Sendable () async -> Void = {}
        ) {
            self.post = post
            self.stop = stop
        }
    }

    /// An exporter to the collector at `endpoint` (`https://collector:4318`).
    package init(endpoint: String, serviceName: String, transport: Transport) {
        url = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/v1/traces"
        self.serviceName = serviceName
        self.transport = transport
    }

    /// Keeps the span for the next batch.
    package func record(_ span: SpanRecord) {
        let (isKept, isBatch) = waiting.withLock { waiting in
            guard waiting.count < Self.waitingMax else { return (false, false) }
            waiting.append(span)
            return (true, waiting.count == Self.batchMax)
        }
        if !isKept { droppedFull.increment() }
        if isBatch { wake.continuation.yield() }
    }

    /// Sends batches until stopped, then what is left.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [wake] in
                while !Task.isCancelled {
                    // Cancelled at the end; then the last yield comes from stop().
                    try? await Task.sleep(for: Self.period)
                    wake.continuation.yield()
                }
            }
            for await _ in wake.stream {
                await sendWaiting()
                if isStopped.load(ordering: .relaxed) { break }
            }
            group.cancelAll()
        }
        await sendWaiting()
        await transport.stop()
    }

    /// Makes ``run()`` send what is left and return.
    package func stop() async {
        isStopped.store(true, ordering: .relaxed)
        wake.continuation.yield()
    }

    private func sendWaiting() async {
        // Taken whole, so that whoever records waits for no copying.
        let spans = waiting.withLock { waiting in
            let spans = waiting
            waiting = []
            waiting.reserveCapacity(Self.batchMax)
            return spans
        }
        for start in stride(from: 0, to: spans.count, by: Self.batchMax) {
            await send(spans[start..<min(start + Self.batchMax, spans.count)])
        }
    }

    private func send(_ batch: ArraySlice<SpanRecord>) async {
        let json = OTLPTraces.json(batch, serviceName: serviceName)
        do {
            let isTaken = try await transport.post(url, json)
            (isTaken ? sent : droppedRefused).increment(by: Int64(batch.count))
        } catch {
            // A collector that is away is its own alarm; the count says what was lost.
            droppedRefused.increment(by: Int64(batch.count))
        }
    }
}

/// The JSON of OTLP: numbers of 64 bits as strings, ids as hexadecimal.
enum OTLPTraces {
    static func json(_ spans: ArraySlice<SpanRecord>, serviceName: String) -> [UInt8] {
        var json = JSONText(expectedBytes: 512 * spans.count)
        json.object { json in
            json.key("resourceSpans")
            json.array { json in
                json.object { json in
                    json.key("resource")
                    json.object { json in attributes(["service.name": serviceName], &json) }
                    json.key("scopeSpans")
                    json.array { json in
                        json.object { json in
                            json.key("scope")
                            json.object { json in json.member("name", "takeup") }
                            json.key("spans")
                            json.array { json in for span in spans { write(span, &json) } }
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    private static func write(_ span: SpanRecord, _ json: inout JSONText) {
        json.object { json in
            json.member("traceId", span.context.traceID)
            json.member("spanId", span.context.spanID)
            if let parent = span.parent { json.member("parentSpanId", parent.spanID) }
            json.member("name", span.name)
            json.key("kind")
            json.integer(span.kind.rawValue)
            json.member("startTimeUnixNano", String(span.startNanoseconds))
            json.member("endTimeUnixNano", String(span.startNanoseconds &+ nanoseconds(span.duration)))
            attributes(span.attributes, &json)
            guard let failure = span.failure else { return }
            json.key("status")
            json.object { json in
                json.key("code")
                json.integer(2)
                json.member("message", failure)
            }
        }
    }

    private static func attributes(_ values: KeyValuePairs<String, String>, _ json: inout JSONText) {
        json.key("attributes")
        json.array { json in
            for (key, value) in values {
                json.object { json in
                    json.member("key", key)
                    json.key("value")
                    json.object { json in json.member("stringValue", value) }
                }
            }
        }
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(max(0, seconds)) &* 1_000_000_000 &+ UInt64(max(0, attoseconds)) / 1_000_000_000
    }
}
