import Glibc
import Synchronization

/// Where a piece of work stands in the whole it is part of: the `traceparent` of W3C Trace Context.
///
/// It travels in HTTP headers, event headers and outbox rows, and as a task-local value between them.
package struct TraceContext: Sendable, Equatable, Hashable {
    /// The context of the running task, if it is part of a trace.
    @TaskLocal package static var current: TraceContext?

    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let span: UInt64

    /// Whether somebody up the line asked for this trace to be recorded.
    package let isSampled: Bool

    /// 32 lower-case hexadecimal digits, the same along the whole trace.
    package var traceID: String { Self.hex([traceHigh, traceLow]) }

    /// 16 lower-case hexadecimal digits, one span's own.
    package var spanID: String { Self.hex([span]) }

    /// The header's value, always of version 00.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// Reads a header's value as the recommendation says: lower-case digits only, no id of only zeros, version ff
    /// refused, exactly 55 characters in version 00; a later version may carry more after a further dash.
    package init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes.count <= Self.lengthMax,
            bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Self.number(bytes[0..<2]), version != 0xff,
            bytes.count == 55 || (version > 0 && bytes[55] == dash),
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]), high != 0 || low != 0,
            let span = Self.number(bytes[36..<52]), span != 0,
            let flags = Self.number(bytes[53..<55])
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, isSampled: flags & 1 == 1)
    }

    /// The longest header value that is looked at; a longer one is no context.
    package static let lengthMax = 512

    private init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
    }

    /// The start of a new trace.
    package static func root() -> TraceContext {
        var generator = IDGenerator()
        return root(using: &generator)
    }

    /// The start of a new trace, with ids from `generator`.
    package static func root(using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceHigh: generator.next(), traceLow: .random(in: 1 ... .max, using: &generator),
            span: .random(in: 1 ... .max, using: &generator), isSampled: true)
    }

    /// The next span of the same trace.
    package func child() -> TraceContext {
        var generator = IDGenerator()
        return child(using: &generator)
    }

    /// The next span of the same trace, with its id from `generator`.
    package func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceHigh: traceHigh, traceLow: traceLow, span: .random(in: 1 ... .max, using: &generator),
            isSampled: isSampled)
    }

    private static func hex<let count: Int>(_ values: InlineArray<count, UInt64>) -> String {
        String(unsafeUninitializedCapacity: 16 * count) { text in
            for place in 0..<16 * count {
                let digit = values[place / 16] >> UInt64(60 - 4 * (place % 16)) & 15
                text[place] = UInt8(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
            return 16 * count
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in bytes {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}

/// The system's random numbers, asked for by the hundred: a call for each id took a fortieth of a small request's time.
private struct IDGenerator: RandomNumberGenerator {
    private static let numbersAtOnce = 256
    private static let waiting = Mutex<[UInt64]>([])

    mutating func next() -> UInt64 {
        Self.waiting.withLock { waiting in
            if let number = waiting.popLast() { return number }
            waiting = [UInt64](repeating: 0, count: Self.numbersAtOnce)
            arc4random_buf(&waiting, Self.numbersAtOnce * MemoryLayout<UInt64>.stride)
            return waiting.removeLast()
        }
    }
}
