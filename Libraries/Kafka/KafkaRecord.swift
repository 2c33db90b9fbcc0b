/// A record to be published.
package struct KafkaRecord: Sendable {
    /// Where it goes. Topics are declared, never made by being named.
    package var topic: String
    /// Decides the partition (murmur2, as Java clients do): records of one key keep their order.
    package var key: [UInt8]
    /// The content. Key, headers and value together stay below `KafkaLimits.messageBytesMax`.
    package var value: [UInt8]
    /// In order; names may repeat. At most `KafkaLimits.headersMax`.
    package var headers: [(name: String, value: [UInt8])]

    package init(topic: String, key: [UInt8], value: [UInt8], headers: [(name: String, value: [UInt8])] = []) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// What became of a record that was handed to a producer.
package enum DeliveryOutcome: Sendable, Equatable {
    /// All in-sync replicas have it. The offset is -1 where an earlier, unreported try had stored it.
    case persisted(partition: Int32, offset: Int64)
    /// It is not in the log and will not be.
    case failed(KafkaError)
    /// It may be in the log, or may still get there.
    case unknown

    /// True for `persisted`.
    package var isPersisted: Bool {
        if case .persisted = self { return true }
        return false
    }
}

/// A record as it was read.
package struct KafkaMessage: Sendable {
    /// Where it was read from.
    package var topic: String
    /// From 0.
    package var partition: Int32
    /// Its place in the partition, from 0. Gaps are normal.
    package var offset: Int64
    /// Nil where the record had none.
    package var key: [UInt8]?
    /// Nil for a tombstone.
    package var value: [UInt8]?
    /// In order; names may repeat. A header without a value is read as an empty one.
    package var headers: [(name: String, value: [UInt8])]
    /// Milliseconds since 1970 by the producer's clock or the broker's; nil where the record has none.
    package var timestampMilliseconds: Int64?

    package init(
        topic: String, partition: Int32, offset: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: [(name: String, value: [UInt8])] = [], timestampMilliseconds: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }

    /// What it takes in memory, near enough for limits.
    package var byteCount: Int {
        (key?.count ?? 0) + (value?.count ?? 0) + headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.count }
    }
}
