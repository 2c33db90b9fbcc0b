import CRdKafka
import Telemetry

/// What went wrong between us and Kafka.
///
/// `description` is safe to log and to show: it never holds a record's bytes. `debugDescription` adds librdkafka's own
/// words, which may name hosts.
package struct KafkaError: LabelledError, Sendable, Equatable {
    /// The kind of failure.
    package enum Code: Sendable, Equatable {
        /// The broker or librdkafka refused with this error; `name` is librdkafka's, for example `MSG_SIZE_TOO_LARGE`.
        case broker(name: String)
        /// The client cannot go on; a producer makes itself anew, a consumer ends.
        case fatal(name: String)
        /// The settings cannot be used.
        case configuration
        /// The loaded librdkafka is older than the one this is written for.
        case unsupportedLibrary
        /// The broker cannot do what was asked (the embedded one has no topic administration, for example).
        case unsupported
        /// The record cannot be sent as it is: no topic, too many headers.
        case invalidRecord
        /// The producer or consumer was stopped.
        case stopped
        /// The producer's session ended while this record waited; a new session takes its place.
        case sessionEnded
        /// A handler held its partition for longer than is allowed.
        case handlerStarved
        /// An answer did not come in time.
        case timeout
        /// A topic is not as it was declared.
        case topicMismatch
        /// The system gave us no thread, socket or port.
        case systemResource
    }

    /// The kind of failure.
    package var code: Code
    /// Our own words: names of topics, settings and limits, never a record's bytes.
    package var message: String
    /// librdkafka's words.
    package var detail: String

    package init(_ code: Code, message: String = "", detail: String = "") {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Whether the same call may succeed later without anybody changing anything.
    package var isRetryable: Bool {
        switch code {
        case .broker(let name): !Self.permanentNames.contains(name)
        case .sessionEnded, .timeout, .fatal, .systemResource: true
        case .configuration, .unsupportedLibrary, .unsupported, .invalidRecord, .stopped, .handlerStarved,
            .topicMismatch:
            false
        }
    }

    /// What no wait mends: the record is too big or malformed, or somebody has to grant something.
    private static let permanentNames: Set<String> = [
        "MSG_SIZE_TOO_LARGE", "INVALID_MSG", "INVALID_RECORD", "INVALID_MSG_SIZE", "RECORD_LIST_TOO_LARGE",
        "TOPIC_EXCEPTION", "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED",
        "SASL_AUTHENTICATION_FAILED", "INVALID_CONFIG", "INVALID_PARTITIONS", "POLICY_VIOLATION", "_INVALID_ARG",
        "_INVALID_TYPE", "_AUTHENTICATION", "_SSL", "_UNSUPPORTED_FEATURE", "UNSUPPORTED_VERSION",
    ]

    /// `kafka.` and the kind or librdkafka's name, for metric labels: a closed set.
    package var shortLabel: String {
        switch code {
        case .broker(let name): "kafka." + Self.label(name)
        case .fatal(let name): "kafka.fatal." + Self.label(name)
        case .configuration: "kafka.configuration"
        case .unsupportedLibrary: "kafka.unsupported-library"
        case .unsupported: "kafka.unsupported"
        case .invalidRecord: "kafka.invalid-record"
        case .stopped: "kafka.stopped"
        case .sessionEnded: "kafka.session-ended"
        case .handlerStarved: "kafka.handler-starved"
        case .timeout: "kafka.timeout"
        case .topicMismatch: "kafka.topic-mismatch"
        case .systemResource: "kafka.system-resource"
        }
    }

    /// `_UNKNOWN_TOPIC` (librdkafka's own errors begin with `_`) as `local-unknown-topic`.
    private static func label(_ name: String) -> String {
        let words = name.lowercased().replacing("_", with: "-")
        return words.hasPrefix("-") ? "local" + words : words
    }
}

extension KafkaError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { message.isEmpty ? shortLabel : "\(shortLabel): \(message)" }

    package var debugDescription: String { detail.isEmpty ? description : "\(description); \(detail)" }
}

// MARK: - From librdkafka

extension KafkaError {
    /// librdkafka's name of an error, for example `_TRANSPORT`.
    static func name(_ code: rd_kafka_resp_err_t) -> String {
        guard let text = rd_kafka_err2name(code) else { return "UNKNOWN" }
        return String(cString: text)
    }

    init(_ code: rd_kafka_resp_err_t, message: String = "", detail: String = "") {
        let words = detail.isEmpty ? String(cString: rd_kafka_err2str(code)) : detail
        switch code {
        case RD_KAFKA_RESP_ERR__TIMED_OUT: self.init(.timeout, message: message, detail: words)
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE: self.init(.unsupported, message: message, detail: words)
        default: self.init(.broker(name: Self.name(code)), message: message, detail: words)
        }
    }

    /// Takes the error object over and frees it; nil for none.
    init?(taking error: OpaquePointer?, message: String = "") {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        self.init(rd_kafka_error_code(error), message: message, detail: String(cString: rd_kafka_error_string(error)))
    }

    /// The error that ended a client, if one did.
    static func fatal(of client: OpaquePointer) -> KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(client, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(.fatal(name: name(code)), detail: text.withUnsafeBytes { String(nulTerminated: $0) })
    }
}

extension String {
    /// The text before the first NUL, with what is not UTF-8 replaced.
    init(nulTerminated bytes: UnsafeRawBufferPointer) {
        self = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
