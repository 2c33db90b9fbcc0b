import Telemetry

/// librdkafka's own messages, in ours.
struct LibraryLog: Sendable {
    let logger: Logger

    /// - Parameter severity: as syslog counts, 0 (emergency) to 7 (debug).
    func record(severity: Int, facility: String, text: String) {
        // A library says nothing louder than info; what matters of this comes back as an error of a call, too.
        let level: Logger.Level = severity >= 7 ? .trace : severity >= 5 ? .debug : .info
        logger.log(
            level: level, "librdkafka says",
            metadata: ["kafka.facility": facility, "kafka.text": String(text.prefix(KafkaLimits.logTextBytesMax))])
    }
}
