import Telemetry

/// librdkafka's own messages, in ours.
struct LibraryLog: Sendable {
    let logger: Logger

    /// - Parameter severity: as syslog counts, 0 (emergency) to 7 (debug).
    func record(severity: Int, facility: String, text: String) {
        // A library says nothing louder than info; what matters of this comes back as an error of a call, too.
        // The embedded broker cannot be asked to make no topics; it makes none anyway, and every look at them would say so.
        let isOfNoUse = severity >= 5 || facility == "AUTOCREATE"
        let level: Logger.Level = severity >= 7 ? .trace : isOfNoUse ? .debug : .info
        logger.log(
            level: level, "librdkafka says",
            metadata: ["kafka.facility": facility, "kafka.text": String(text.prefix(KafkaLimits.logTextBytesMax))])
    }
}
