import Glibc
import Synchronization

/// On which side of a call a span stands, in the words of OpenTelemetry.
package enum SpanKind: Int, Sendable {
    case `internal` = 1
    case server, client, producer, consumer
}

/// One finished span.
package struct SpanRecord: Sendable {
    /// What was done: a constant, `handle referrals`, never an id.
    package let name: String
    /// On which side.
    package let kind: SpanKind
    /// Its own place in the trace.
    package let context: TraceContext
    /// The span it was part of.
    package let parent: TraceContext?
    /// When it began, in nanoseconds since 1970.
    package let startNanoseconds: UInt64
    /// How long it took.
    package let duration: Duration
    /// What else is known; dotted keys, no personal data.
    package let attributes: KeyValuePairs<String, String>
    /// The label of the error it ended with, see ``errorLabel(_:)``; nil when it ended well.
    package let failure: String?

    /// A record as ``withSpan(_:kind:attributes:isolation:_:)`` makes it; tests of sinks make their own.
    package init(
        name: String, kind: SpanKind, context: TraceContext, parent: TraceContext?, startNanoseconds: UInt64,
        duration: Duration, attributes: KeyValuePairs<String, String>, failure: String?
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.startNanoseconds = startNanoseconds
        self.duration = duration
        self.attributes = attributes
        self.failure = failure
    }
}

/// Where finished spans go. Called from any thread; must not block.
package protocol SpanSink: Sendable {
    /// Takes one finished span, or drops and counts it.
    func record(_ span: SpanRecord)
}

/// Whether spans are recorded, decided once at the start of the process.
package enum TracingSystem {
    private static let isOn = Atomic<Bool>(false)
    private static let installed = Mutex<(any SpanSink)?>(nil)

    /// Sends every finished span to `sink` from now on.
    package static func bootstrap(_ sink: any SpanSink) {
        installed.withLock { $0 = sink }
        isOn.store(true, ordering: .releasing)
    }

    /// Records nothing any more.
    package static func shutdown() {
        isOn.store(false, ordering: .releasing)
        installed.withLock { $0 = nil }
    }

    static var sink: (any SpanSink)? {
        guard isOn.load(ordering: .relaxed) else { return nil }
        return installed.withLock { $0 }
    }
}

/// Runs `body` as a span of the running trace, or of a new one. With no sink, or in a trace that is not sampled, the
/// body runs as it is: the context it sees is the caller's.
package func withSpan<T>(
    _ name: String, kind: SpanKind = .internal, attributes: KeyValuePairs<String, String> = [:],
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
) async rethrows -> T {
    let parent = TraceContext.current
    guard let sink = TracingSystem.sink, parent?.isSampled ?? true else { return try await body() }
    let context = parent?.child() ?? .root()
    let start = wallClockNanoseconds()
    let began = ContinuousClock.now
    func finish(_ failure: String?) {
        sink.record(
            SpanRecord(
                name: name, kind: kind, context: context, parent: parent, startNanoseconds: start,
                duration: ContinuousClock.now - began, attributes: attributes, failure: failure))
    }
    do {
        let result = try await TraceContext.$current.withValue(context, operation: body, isolation: isolation)
        finish(nil)
        return result
    } catch {
        finish(errorLabel(error))
        throw error
    }
}

private func wallClockNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(max(0, now.tv_sec)) &* 1_000_000_000 &+ UInt64(max(0, now.tv_nsec))
}
