import FoundationEssentials
import Glibc
import Synchronization
package import Telemetry

/// Writes one JSON object a line to a descriptor, from a thread of its own: a reader that is slow makes lines wait, and
/// then makes them drop and be counted, but never makes a task wait.
package final class JSONLogSink: LogSink {
    /// Lines that wait may take this many bytes; more are dropped and counted in `log_lines_dropped_total`.
    package static let waitingBytesMax = 8 << 20
    /// How long the end of a process waits for its last lines to be read.
    package static let flushMillisecondsMax = 2_000

    private static let gatherMicroseconds: UInt32 = 2_000
    private static let burstBytes = 256 * 1024

    private let descriptor: Int32
    private let wake: (read: Int32, write: Int32)
    private let waiting = Mutex<[UInt8]>([])
    private let turn = Mutex(())
    private let dropped = Counter(label: "log_lines_dropped_total")

    /// A sink that writes to `descriptor`, which stays open as long as the process.
    package init(descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "the system gives no pipe for the log")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wake = (ends[0], ends[1])
    }

    /// Starts the writing thread. The sink lives until the process ends.
    package func start() {
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<JSONLogSink>.fromOpaque(argument).takeRetainedValue().writeForEver()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(started == 0, "the system gives no thread for the log")
        pthread_detach(thread)
    }

    /// Puts the line in the queue.
    package func log(_ record: LogRecord) {
        let line = Self.line(record, at: Self.millisecondsNow())
        let (isAccepted, mustWake) = waiting.withLock { waiting in
            guard waiting.count + line.count <= Self.waitingBytesMax else { return (false, false) }
            let wasEmpty = waiting.isEmpty
            waiting += line
            return (true, wasEmpty)
        }
        if !isAccepted { dropped.increment() }
        if mustWake {
            // One byte for each time the queue stopped being empty: far fewer than a pipe holds.
            var byte: UInt8 = 1
            _ = write(wake.write, &byte, 1)
        }
    }

    /// Writes what waits, at the end of a process.
    package func flush() {
        for _ in 0..<(Self.flushMillisecondsMax / 10) {
            if turn.withLockIfAvailable({ _ in writeWaiting(timeoutMilliseconds: Int32(Self.flushMillisecondsMax)) })
                != nil
            {
                return
            }
            usleep(10_000)
        }
    }

    private func writeForEver() {
        while true {
            var bytes = [UInt8](repeating: 0, count: 512)
            _ = read(wake.read, &bytes, bytes.count)
            // Lines come in bursts: one write for many, rather than a turn of the thread for each.
            usleep(Self.gatherMicroseconds)
            turn.withLock { _ in writeWaiting(timeoutMilliseconds: -1) }
        }
    }

    private func writeWaiting(timeoutMilliseconds: Int32) {
        let lines = waiting.withLock { waiting in
            let lines = waiting
            // Room for the next burst, so that it does not grow by copying.
            waiting = []
            waiting.reserveCapacity(min(lines.count, Self.burstBytes))
            return lines
        }
        var written = 0
        while written < lines.count {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, timeoutMilliseconds) != 0 else { return }
            let count = lines.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR && errno != EAGAIN {
                // Nobody reads the log any more; there is nobody left to tell.
                return
            }
        }
    }

    private static func millisecondsNow() -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down))
    }

    /// The line for a record, with its end.
    static func line(_ record: LogRecord, at millisecondsSince1970: Int64) -> [UInt8] {
        var json = JSONText(expectedBytes: 512)
        json.object { json in
            json.member("time", RFC3339.text(millisecondsSince1970: millisecondsSince1970))
            json.member("level", record.level.description)
            json.member("logger", record.label)
            json.member("message", record.message.description)
            if let trace = record.trace {
                json.member("trace_id", trace.traceID)
                json.member("span_id", trace.spanID)
            }
            for field in record.metadata.fields { json.member(field.key, field.value) }
        }
        json.endLine()
        return json.bytes
    }
}

extension Logger.Level: CommandLineValue, SettingValue {
    /// By its name.
    package init?(commandLine word: String) {
        guard let level = Self.allCases.first(where: { "\($0)" == word }) else { return nil }
        self = level
    }
    /// All names.
    package static var choices: [String] { allCases.map { "\($0)" } }
    /// All names in one sentence.
    package static var expectation: String { "one of " + choices.joined(separator: ", ") }
    /// Its name.
    package var commandLineWord: String { "\(self)" }
}
