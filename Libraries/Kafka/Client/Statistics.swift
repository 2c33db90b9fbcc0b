import CRdKafka
import FoundationEssentials
import Synchronization
import Telemetry

/// What we take from the statistics that librdkafka sends every five seconds.
struct LibraryStatistics: Decodable, Sendable, Equatable {
    struct Topic: Decodable, Sendable, Equatable {
        let partitions: [String: Partition]
    }

    struct Partition: Decodable, Sendable, Equatable {
        /// Messages between what was committed and the end of the partition; -1 where either is not known.
        let consumerLag: Int64?

        enum CodingKeys: String, CodingKey {
            case consumerLag = "consumer_lag"
        }
    }

    /// How a consumer stands with its group.
    struct Group: Decodable, Sendable, Equatable {
        /// `up` where the coordinator is connected.
        let state: String
        /// Milliseconds since it became so.
        let age: Int64

        enum CodingKeys: String, CodingKey {
            case state
            case age = "stateage"
        }

        /// No coordinator for longer than a session lasts: nobody holds a place for us any more.
        func isLost(after limit: Duration) -> Bool { state != "up" && age > limit.wholeMilliseconds }
    }

    /// Records that wait in a producer.
    let queuedRecords: Int64
    /// Their bytes.
    let queuedBytes: Int64
    let topics: [String: Topic]
    /// A consumer's only.
    let group: Group?

    enum CodingKeys: String, CodingKey {
        case queuedRecords = "msg_cnt"
        case queuedBytes = "msg_size"
        case topics
        case group = "cgrp"
    }

    /// Nil for a text that is not librdkafka's statistics.
    static func parse(_ text: String) -> LibraryStatistics? {
        // A version of the library that writes something else costs us gauges, and nothing more.
        try? JSONDecoder().decode(LibraryStatistics.self, from: Data(text.utf8))
    }
}

/// A producer's numbers.
struct ProducerStatistics: Sendable {
    private let records: Gauge
    private let bytes: Gauge
    private let errors = ErrorCounters(label: "kafka_producer_errors_total")

    init(clientID: String) {
        records = Gauge(label: "kafka_producer_queue", dimensions: [("client", clientID)])
        bytes = Gauge(label: "kafka_producer_queue_bytes", dimensions: [("client", clientID)])
    }

    func take(_ text: String) {
        guard let statistics = LibraryStatistics.parse(text) else { return }
        records.record(Double(statistics.queuedRecords))
        bytes.record(Double(statistics.queuedBytes))
    }

    func count(_ code: rd_kafka_resp_err_t) { errors.count(KafkaError(code).shortLabel) }
}

/// A counter for each reason there is.
final class ErrorCounters: Sendable {
    private let label: String
    private let dimensions: [(String, String)]
    private let counters = Mutex<[String: Counter]>([:])

    init(label: String, dimensions: [(String, String)] = []) {
        self.label = label
        self.dimensions = dimensions
    }

    func count(_ reason: String) {
        let counter = counters.withLock { counters in
            if let known = counters[reason] { return known }
            let new = Counter(label: label, dimensions: dimensions + [("reason", reason)])
            counters[reason] = new
            return new
        }
        counter.increment()
    }
}
