import Synchronization

/// One message on its way to a sink.
package struct LogRecord: Sendable {
    /// How much it matters.
    package let level: Logger.Level
    /// Who spoke.
    package let label: String
    /// The constant part.
    package let message: StaticString
    /// What varies: dotted keys, no personal data.
    package let metadata: LogMetadata
    /// The span the message was written in.
    package let trace: TraceContext?

    /// A record as a logger makes it; tests of sinks make their own.
    package init(
        level: Logger.Level, label: String, message: StaticString, metadata: LogMetadata, trace: TraceContext?
    ) {
        self.level = level
        self.label = label
        self.message = message
        self.metadata = metadata
        self.trace = trace
    }
}

/// Where messages go. Called from any thread, so it must neither block for long nor log.
package protocol LogSink: Sendable {
    /// Takes one message; the sink reads the clock.
    func log(_ record: LogRecord)
}

/// Where all loggers of the process write, decided once at its start.
package enum LoggingSystem {
    private static let disabled = Logger.Level.critical.rawValue + 1
    private static let threshold = Atomic<Int>(disabled)
    private static let installed = Mutex<(any LogSink)?>(nil)

    /// Sends every message at or above `level` to `sink` from now on. Calling it again replaces both.
    package static func bootstrap(_ sink: any LogSink, level: Logger.Level) {
        installed.withLock { $0 = sink }
        threshold.store(level.rawValue, ordering: .releasing)
    }

    /// Discards everything again.
    package static func shutdown() {
        threshold.store(disabled, ordering: .releasing)
        installed.withLock { $0 = nil }
    }

    /// Whether a message of this level reaches a sink.
    package static func isEnabled(_ level: Logger.Level) -> Bool {
        level.rawValue >= threshold.load(ordering: .relaxed)
    }

    static func record(_ record: LogRecord) {
        // The sink is called outside the lock: a slow sink must not stop the others from reading it.
        installed.withLock { $0 }?.log(record)
    }
}
