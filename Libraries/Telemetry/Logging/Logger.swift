/// Says what happened, in the words of swift-log: a constant message, and everything that varies in dotted metadata
/// (`event.id`, `kafka.partition`). Personal data has no place in either.
///
/// Until ``LoggingSystem/bootstrap(_:level:)`` was called every message is discarded at the cost of one atomic load.
package struct Logger: Sendable {
    /// How much a message matters, least first.
    package enum Level: Int, Sendable, Comparable, CaseIterable, CustomStringConvertible {
        case trace, debug, info, notice, warning, error, critical

        /// Its name. Spelled out, since finding it by reflection took a twentieth of a request's time.
        package var description: String {
            switch self {
            case .trace: "trace"
            case .debug: "debug"
            case .info: "info"
            case .notice: "notice"
            case .warning: "warning"
            case .error: "error"
            case .critical: "critical"
            }
        }

        package static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    /// Who speaks: `service.part`, for example `case-intake.relay`.
    package let label: String

    private var metadata: LogMetadata = [:]

    /// A logger that speaks under `label` and carries no metadata yet.
    package init(label: String) {
        self.label = label
    }

    /// Metadata that every message of this copy carries. A message's own metadata wins over it.
    package subscript(metadataKey key: String) -> String? {
        get { metadata[key] }
        set { metadata = metadata.setting(key, newValue) }
    }

    /// Hands the message to the sink when `level` is at or above the level that was asked for; `extra` is not even
    /// built otherwise.
    package func log(
        level: Level, _ message: StaticString, metadata extra: @autoclosure () -> LogMetadata = [:]
    ) {
        guard LoggingSystem.isEnabled(level) else { return }
        LoggingSystem.record(
            LogRecord(
                level: level, label: label, message: message,
                metadata: extra().replacing(metadata),
                trace: TraceContext.current))
    }

    /// Every step of an algorithm; for one developer on one machine.
    package func trace(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .trace, message, metadata: metadata())
    }

    /// What helps to find a fault.
    package func debug(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .debug, message, metadata: metadata())
    }

    /// What an operator may want to know later. Libraries say nothing louder than this.
    package func info(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .info, message, metadata: metadata())
    }

    /// Normal, but rare enough to be seen: a start, a stop, a new leader.
    package func notice(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .notice, message, metadata: metadata())
    }

    /// Not yet an error; somebody should look in working hours.
    package func warning(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .warning, message, metadata: metadata())
    }

    /// Something failed that was asked for.
    package func error(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .error, message, metadata: metadata())
    }

    /// The process cannot do its work; somebody should look now.
    package func critical(_ message: StaticString, metadata: @autoclosure () -> LogMetadata = [:]) {
        log(level: .critical, message, metadata: metadata())
    }
}
