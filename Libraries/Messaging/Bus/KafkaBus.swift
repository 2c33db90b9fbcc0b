package import Kafka
package import Telemetry

/// The log on Kafka, embedded or not.
package final class KafkaBus: MessageBus {
    private let configuration: KafkaConfiguration
    private let consumerOptions: ConsumerOptions
    private let admin: KafkaAdmin

    /// Connects by itself, in the background.
    ///
    /// - Throws: `KafkaError.configuration`.
    package init(
        _ configuration: KafkaConfiguration, consumerOptions: ConsumerOptions = ConsumerOptions(), logger: Logger
    ) throws {
        self.configuration = configuration
        self.consumerOptions = consumerOptions
        admin = try KafkaAdmin(configuration, logger: logger)
    }

    package func makePublisher(logger: Logger) throws -> any BusPublisher {
        KafkaPublisher(producer: try KafkaProducer(configuration, logger: logger))
    }

    package func makeSubscription(
        group: String, topics: [String], logger: Logger, handler: @escaping BusHandler
    ) throws -> any BusSubscription {
        KafkaSubscription(
            consumer: try KafkaConsumer(
                configuration, group: group, topics: topics, options: consumerOptions, logger: logger, handler: handler)
        )
    }

    package func extent(of topics: [String]) async throws -> LogExtent {
        LogExtent(
            clusterID: try await admin.clusterID(),
            highWatermarks: topics.isEmpty ? [:] : try await admin.highWatermarks(topics))
    }

    package func committedOffsets(group: String, topic: String) async throws -> [Int32: Int64] {
        try await admin.committedOffsets(group: group, topic: topic)
    }
}

private struct KafkaPublisher: BusPublisher {
    let producer: KafkaProducer

    var isFatal: Bool { producer.isFatal }

    func publish(_ batch: OutboxBatch) async -> [DeliveryOutcome] {
        let writer = RecordWriter()
        return await producer.send(count: batch.count) { index, kafka in
            // A row that cannot be read is not enqueued, so it fails and stays.
            try? batch.withRecord(index, writer) { record in
                for header in record.headers { kafka.header(header.name, header.value) }
                kafka.enqueue(topic: record.topic, key: record.key, value: record.payload)
            }
        }
    }

    func stop() async { await producer.stop() }
}

private struct KafkaSubscription: BusSubscription {
    let consumer: KafkaConsumer

    var status: ConsumerStatus? { consumer.status }

    func run() async throws { try await consumer.run() }
    func stop() async { await consumer.stop() }
}
