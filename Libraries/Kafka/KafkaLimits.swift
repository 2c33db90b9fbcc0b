/// The limits of this library that are not options of a caller's.
package enum KafkaLimits {
    /// Headers of one record. CloudEvents with our extensions needs eleven.
    package static let headersMax = 64
    /// Records of one `send`.
    package static let batchRecordsMax = 1_000_000
    /// Bytes of a record's value with its key and headers: what brokers accept by default.
    package static let messageBytesMax = 1_000_000
    /// Records that one producer holds until they are reported; more suspends the sender.
    package static let queuedRecordsMax = 20_000
    /// KiB that one producer holds until they are reported.
    package static let queuedKilobytesMax = 65_536
    /// Messages taken from librdkafka in one go before the lanes get them.
    static let pollBurstMax = 500
    /// Longest time the loops sit inside librdkafka, and so the longest a request to them waits when a wake-up is missed.
    static let pollMillisecondsMax: Int32 = 100
    /// Text of a failure that goes into a log.
    static let logTextBytesMax = 500
}
