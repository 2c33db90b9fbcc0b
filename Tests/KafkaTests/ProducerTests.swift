import Kafka
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite("Producer", .serialized)
struct ProducerTests {
    @Test("every record of a batch gets its place, in order within a partition", arguments: BrokerKind.available)
    func places(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("places")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let outcomes = await producer.send(records(topic: topic, keys: 10, perKey: 100))
        await producer.stop()

        var next: [Int32: Int64] = [:]
        for outcome in outcomes {
            guard case .persisted(let partition, let offset) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(offset == next[partition, default: 0])
            next[partition, default: 0] += 1
        }
        #expect(next.values.reduce(0, +) == 1_000)
        #expect(next.count == 3)
    }

    @Test(
        "a batch larger than the producer's queue waits for room and is published whole",
        arguments: BrokerKind.available)
    func queueFull(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("full", partitions: 6)
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let count = KafkaLimits.queuedRecordsMax * 3 + 1
        let outcomes = await producer.send(records(topic: topic, keys: 1, perKey: count))
        await producer.stop()
        #expect(outcomes.count == count)
        #expect(outcomes.areAllPersisted)
    }

    @Test("a record that is too large fails and those around it do not", arguments: BrokerKind.available)
    func tooLarge(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("large")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        var batch = records(topic: topic, keys: 3, perKey: 1)
        batch[1].value = Array(repeating: 0x61, count: KafkaLimits.messageBytesMax + 1)
        let outcomes = await producer.send(batch)
        await producer.stop()
        #expect(outcomes[0].isPersisted)
        #expect(outcomes[2].isPersisted)
        guard case .failed(let error) = outcomes[1] else {
            Issue.record("\(outcomes[1])")
            return
        }
        #expect(error.code == .broker(name: "MSG_SIZE_TOO_LARGE"))
        #expect(!error.isRetryable)
    }

    @Test(
        "a record of 950,000 bytes is published: the limit leaves room for what a batch adds",
        arguments: BrokerKind.available)
    func nearTheLimit(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("near")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let value = (0..<950_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let outcomes = await producer.send([KafkaRecord(topic: topic, key: [1], value: value)])
        await producer.stop()
        #expect(outcomes.areAllPersisted)
    }

    @Test("headers up to the limit are taken and one more is not")
    func headerLimit() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("headers")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        func record(_ count: Int) -> KafkaRecord {
            KafkaRecord(topic: topic, key: [1], value: [2], headers: (0..<count).map { ("h\($0)", [UInt8($0)]) })
        }
        let max = KafkaLimits.headersMax
        let outcomes = await producer.send([record(max - 1), record(max), record(max + 1)])
        await producer.stop()
        #expect(outcomes[0].isPersisted)
        #expect(outcomes[1].isPersisted)
        guard case .failed(let error) = outcomes[2] else {
            Issue.record("\(outcomes[2])")
            return
        }
        #expect(error.code == .invalidRecord)
    }

    @Test("a record that the caller did not write has failed, and a stopped producer takes none")
    func nothingWritten() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("nothing")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let key: [UInt8] = [1]
        let outcomes = await producer.send(count: 2) { index, writer in
            if index == 1 {
                key.withUnsafeBytes { bytes in
                    writer.header("ce_id", bytes)
                    writer.enqueue(topic: topic, key: bytes, value: bytes)
                }
            }
        }
        guard case .failed(let error) = outcomes[0] else {
            Issue.record("\(outcomes[0])")
            return
        }
        #expect(error.code == .invalidRecord)
        #expect(outcomes[1].isPersisted)
        await producer.stop()
        let late = await producer.send([KafkaRecord(topic: topic, key: [1], value: [2])])
        #expect(late == [.failed(KafkaError(.stopped))])
        await producer.stop()
    }

    @Test("a topic that does not exist fails its records and no others")
    func unknownTopic() async throws {
        // Only a real broker refuses: the embedded one makes what a producer names.
        guard BrokerKind.available.contains(.apacheKafka) else { return }
        let broker = try await TestBroker.shared(.apacheKafka)
        let topic = try await broker.makeTopic("known")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let outcomes = await producer.send([
            KafkaRecord(topic: "never-made", key: [1], value: [1]), KafkaRecord(topic: topic, key: [1], value: [1]),
        ])
        await producer.stop()
        #expect(outcomes[1].isPersisted)
        guard case .failed(let error) = outcomes[0] else {
            Issue.record("\(outcomes[0])")
            return
        }
        #expect(error.code == .broker(name: "_UNKNOWN_TOPIC") || error.code == .broker(name: "UNKNOWN_TOPIC_OR_PART"))
    }

    @Test("records wait while the broker is away and are published when it is back", arguments: BrokerKind.available)
    func brokerReturns(kind: BrokerKind) async throws {
        let broker = try await TestBroker.start(kind)
        let topic = try await broker.makeTopic("returns")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        #expect(await producer.send(records(topic: topic, keys: 5, perKey: 20)).areAllPersisted)
        broker.die()
        async let later = producer.send(records(topic: topic, keys: 5, perKey: 20, from: 20))
        try await Task.sleep(for: .seconds(1))
        try await broker.comeBack()
        #expect(await later.areAllPersisted)
        await producer.stop()

        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        #expect(try await admin.highWatermarks(topic).values.reduce(0, +) == 200)
        await broker.stop()
    }

    @Test("a silent broker ends the session: the outcomes are unknown or failed, and the next send begins anew")
    func silence() async throws {
        let broker = try await TestBroker.start(.embedded)
        let topic = try await broker.makeTopic("silence")
        var options = ProducerOptions()
        options.reportTimeout = .seconds(1)
        let producer = try KafkaProducer(broker.configuration, options: options, logger: testLogger)
        #expect(await producer.send(records(topic: topic, keys: 1, perKey: 10)).areAllPersisted)
        broker.die()
        let lost = await producer.send(records(topic: topic, keys: 1, perKey: 10, from: 10))
        #expect(!lost.isAnyPersisted)
        #expect(producer.isFatal)
        try await broker.comeBack()
        #expect(await producer.send(records(topic: topic, keys: 1, perKey: 10, from: 10)).areAllPersisted)
        #expect(!producer.isFatal)
        await producer.stop()
        await broker.stop()
    }

    @Test("a cancelled send returns at once and does not claim that its records were not sent")
    func cancelled() async throws {
        let broker = try await TestBroker.start(.embedded)
        let topic = try await broker.makeTopic("cancelled")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        #expect(await producer.send(records(topic: topic, keys: 1, perKey: 1)).areAllPersisted)
        broker.die()
        let sending = Task { await producer.send(records(topic: topic, keys: 1, perKey: 5, from: 1)) }
        try await Task.sleep(for: .milliseconds(300))
        sending.cancel()
        #expect(await sending.value == Array(repeating: .unknown, count: 5))
        try await broker.comeBack()
        await producer.stop()
        await broker.stop()
    }

    /// INVALID_PRODUCER_EPOCH, which another producer of the same identity causes, and OUT_OF_ORDER_SEQUENCE_NUMBER, which a
    /// broker gives that lost what it knew of us. No retry mends either; librdkafka tells of them in different ways.
    @Test(
        "after a fatal error the rest of the batch fails and the next send begins a new session", arguments: [47, 45])
    func fatal(error: Int32) async throws {
        let broker = try await TestBroker.start(.embedded)
        let topic = try await broker.makeTopic("fatal")
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        #expect(await producer.send(records(topic: topic, keys: 1, perKey: 1)).areAllPersisted)
        broker.embedded?.refuseProduceRequests(1, error: error)
        let outcomes = await producer.send(records(topic: topic, keys: 1, perKey: 5, from: 1))
        #expect(!outcomes.isAnyPersisted)
        #expect(await producer.send(records(topic: topic, keys: 1, perKey: 5, from: 1)).areAllPersisted)
        await producer.stop()
        await broker.stop()
    }

    @Test("sends from many tasks at once all get their own outcomes", arguments: BrokerKind.available)
    func manySenders(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("many", partitions: 4)
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let places = await withTaskGroup(of: [DeliveryOutcome].self) { group in
            for sender in 0..<20 {
                group.addTask {
                    await producer.send(records(topic: topic, keys: 1 + sender, perKey: 50))
                }
            }
            return await group.reduce(into: [DeliveryOutcome]()) { $0 += $1 }
        }
        await producer.stop()
        #expect(places.count == (1...20).reduce(0) { $0 + $1 * 50 })
        #expect(places.areAllPersisted)
        let distinct = Set(places.map { "\($0)" })
        #expect(distinct.count == places.count)
    }
}
