import FoundationEssentials
package import Kafka
import Postgres
import Telemetry

/// A header of an outbox record. The value lies in the result's memory or in the writer's.
package struct OutboxHeader {
    package let name: StaticString
    package let value: UnsafeRawBufferPointer
}

/// One event as it goes out. Everything it points to is valid only while it is handed over.
package struct OutboxRecord {
    package let topic: String
    package let key: UnsafeRawBufferPointer
    package let payload: UnsafeRawBufferPointer
    package let headers: [OutboxHeader]
}

/// Rows that a relay claimed, read where PostgreSQL's client library put them.
package struct OutboxBatch: Sendable {
    /// In the order of the claim's columns.
    enum Column: Int, CaseIterable {
        case seq, shard, round, topic, key, version, eventID, source, type, dataschema, eventTime, correlationID,
            causationID
        case traceparent, payload
    }

    /// What a batch's reports come to.
    struct Verdict: Sendable {
        /// Indices of the rows that may go.
        var delivered: [Int] = []
        var lostTopics: Set<String> = []
        var highest: [RelayLog.Place: Int64] = [:]
        /// Payload bytes and an allowance for the rest, by partition.
        var bytes: [RelayLog.Place: Int] = [:]
    }

    let claimed: [ClaimedRow]
    private let rows: Rows
    private let topics: [String]
    /// Which of `topics` each row has.
    private let topicOfRow: [Int]

    package var count: Int { claimed.count }

    init(_ rows: Rows) throws {
        guard rows.columnCount == Column.allCases.count else { throw MessagingError(.unexpectedAnswer) }
        var claimed: [ClaimedRow] = []
        claimed.reserveCapacity(rows.count)
        var topics = TopicIndex()
        var topicOfRow: [Int] = []
        topicOfRow.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            claimed.append(
                ClaimedRow(
                    shard: try RecordWriter.smallint(Self.field(rows, row, .shard)),
                    seq: try RecordWriter.bigint(Self.field(rows, row, .seq)),
                    round: try RecordWriter.smallint(Self.field(rows, row, .round))))
            topicOfRow.append(topics.index(of: try Self.field(rows, row, .topic)))
        }
        self.claimed = claimed
        self.rows = rows
        self.topics = topics.names
        self.topicOfRow = topicOfRow
    }

    /// Hands over one row. `writer` holds the texts that are made for it, until the next row.
    func withRecord(_ row: Int, _ writer: RecordWriter, _ body: (OutboxRecord) -> Void) throws {
        try withExtendedLifetime(rows) {
            writer.reset()
            body(try record(row, writer))
        }
    }

    /// The rows as values, for buses that keep them.
    package func records() throws -> [KafkaRecord] {
        let writer = RecordWriter()
        var records: [KafkaRecord] = []
        for row in 0..<count {
            try withRecord(row, writer) { record in
                records.append(
                    KafkaRecord(
                        topic: record.topic, key: Array(record.key), value: Array(record.payload),
                        headers: record.headers.map { ("\($0.name)", Array($0.value)) }))
            }
        }
        return records
    }

    private func record(_ row: Int, _ writer: RecordWriter) throws -> OutboxRecord {
        var headers: [OutboxHeader] = []
        headers.reserveCapacity(12)
        func text(_ column: Column) throws -> UnsafeRawBufferPointer { try Self.field(rows, row, column) }
        headers.append(OutboxHeader(name: "ce_specversion", value: Self.constant("1.0")))
        headers.append(OutboxHeader(name: "ce_id", value: try writer.uuid(text(.eventID))))
        headers.append(OutboxHeader(name: "ce_source", value: try text(.source)))
        headers.append(OutboxHeader(name: "ce_type", value: try text(.type)))
        headers.append(OutboxHeader(name: "ce_time", value: try writer.time(text(.eventTime))))
        headers.append(OutboxHeader(name: "ce_dataschema", value: try text(.dataschema)))
        headers.append(OutboxHeader(name: "ce_aggregateversion", value: try writer.decimal(text(.version))))
        headers.append(OutboxHeader(name: "ce_correlationid", value: try writer.uuid(text(.correlationID))))
        if let cause = Self.optionalField(rows, row, .causationID) {
            headers.append(OutboxHeader(name: "ce_causationid", value: try writer.uuid(cause)))
        }
        if let traceparent = Self.optionalField(rows, row, .traceparent) {
            headers.append(OutboxHeader(name: "ce_traceparent", value: traceparent))
        }
        headers.append(OutboxHeader(name: "content-type", value: Self.constant("application/json")))
        let keyColumn = SeededBug.isPlanted(.keyDropped) ? Column.eventID : .key
        return OutboxRecord(
            topic: topics[topicOfRow[row]], key: try writer.uuid(text(keyColumn)), payload: try text(.payload),
            headers: headers)
    }

    /// Text of the program itself lives as long as the program.
    private static func constant(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func field(_ rows: Rows, _ row: Int, _ column: Column) throws -> UnsafeRawBufferPointer {
        guard let bytes = optionalField(rows, row, column) else { throw MessagingError(.unexpectedAnswer) }
        return bytes
    }

    /// A result's memory does not move, and `rows` outlives every use of what is returned here.
    private static func optionalField(_ rows: Rows, _ row: Int, _ column: Column) -> UnsafeRawBufferPointer? {
        rows.bytes(row: row, column: column.rawValue) { $0 }
    }
}

// MARK: - What the reports come to

extension OutboxBatch {
    /// `weighs`: also adds the bytes up, for a broker that keeps little.
    func settle(_ outcomes: [DeliveryOutcome], since snapshot: RelayLog.Snapshot, weighs: Bool) -> Verdict {
        precondition(outcomes.count == count, "a report for every record")
        let reports = outcomes.map { outcome in
            switch outcome {
            case .persisted(let partition, let offset):
                RelayPlan.Report.persisted(partition: partition, offset: offset >= 0 ? offset : nil)
            case .failed, .unknown: RelayPlan.Report.notPersisted
            }
        }
        var floor: [RelayPlan.TopicPartition: Int64] = [:]
        for (place, offset) in snapshot.acknowledged {
            guard let topic = topics.firstIndex(of: place.topic) else { continue }
            floor[RelayPlan.TopicPartition(topic: topic, partition: place.partition)] = offset
        }
        let plan = RelayPlan.settle(topics: topicOfRow, streams: streams, reports: reports, floor: floor)
        var verdict = Verdict()
        verdict.delivered = plan.delivered
        verdict.lostTopics = Set(plan.lostTopics.map { topics[$0] })
        for (place, offset) in plan.highest { verdict.highest[named(place)] = offset }
        for index in plan.delivered where weighs {
            guard case .persisted(let partition, _) = reports[index] else { continue }
            let place = RelayPlan.TopicPartition(topic: topicOfRow[index], partition: partition)
            verdict.bytes[named(place), default: 0] += payloadBytes(index) + RetentionGuard.overheadBytes
        }
        return verdict
    }

    private func named(_ place: RelayPlan.TopicPartition) -> RelayLog.Place {
        RelayLog.Place(topic: topics[place.topic], partition: place.partition)
    }

    private func payloadBytes(_ row: Int) -> Int { Self.optionalField(rows, row, .payload)?.count ?? 0 }

    /// A number for each stream of the batch, by row.
    private func streams() -> [Int] {
        struct Name: Hashable {
            let source: [UInt8]
            let topic: Int
            let key: [UInt8]
        }
        var numbers: [Name: Int] = [:]
        return claimed.indices.map { row in
            let name = Name(
                source: Self.optionalField(rows, row, .source).map(Array.init) ?? [], topic: topicOfRow[row],
                key: Self.optionalField(rows, row, .key).map(Array.init) ?? [])
            if let number = numbers[name] { return number }
            numbers[name] = numbers.count
            return numbers.count - 1
        }
    }
}

/// Numbers the topics of a batch by their bytes: a string for each row would cost more than the row.
private struct TopicIndex {
    private(set) var names: [String] = []
    private var spellings: [UnsafeRawBufferPointer] = []

    /// The bytes have to stay where they are for as long as this is used.
    mutating func index(of bytes: UnsafeRawBufferPointer) -> Int {
        for (index, known) in spellings.enumerated() where known.count == bytes.count && known.elementsEqual(bytes) {
            return index
        }
        names.append(String(decoding: bytes, as: UTF8.self))
        spellings.append(bytes)
        return names.count - 1
    }
}
