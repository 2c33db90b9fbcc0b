import Kafka
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite("Consumer")
struct ConsumerTests {
    /// Runs `body` while a consumer runs, and then stops it.
    private func consuming(
        _ broker: TestBroker, _ topics: String..., group: String, options: ConsumerOptions = ConsumerOptions(),
        handler: @escaping @Sendable ([KafkaMessage]) async throws -> Void,
        _ body: (KafkaConsumer) async throws -> Void
    ) async throws {
        let consumer = try KafkaConsumer(
            broker.configuration, group: group, topics: topics, options: options, logger: testLogger, handler: handler)
        async let running: Void = consumer.run()
        do {
            try await body(consumer)
        } catch {
            await consumer.stop()
            throw error
        }
        await consumer.stop()
        try await running
    }

    private func send(_ broker: TestBroker, _ batch: [KafkaRecord]) async throws {
        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        let outcomes = await producer.send(batch)
        await producer.stop()
        #expect(outcomes.areAllPersisted)
    }

    @Test(
        "100,000 records are read once each, in order per key, and all are committed", arguments: BrokerKind.available)
    func many(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("many", partitions: 12)
        let seen = Collector()
        try await consuming(broker, topic, group: topic, handler: { seen.take($0) }) { _ in
            try await send(broker, records(topic: topic, keys: 200, perKey: 500))
            try await expectEventually { seen.count >= 100_000 }
        }
        #expect(seen.count == 100_000)
        #expect(seen.distinctCount == 100_000)
        #expect(seen.keysOutOfOrder.isEmpty)
        #expect(seen.partitions.count == 12)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        #expect(try await admin.committedOffsets(group: topic, topic: topic) == admin.highWatermarks(topic))
    }

    @Test("a batch is consecutive messages of one partition, within its limits")
    func batches() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("batches", partitions: 3)
        try await send(broker, records(topic: topic, keys: 30, perKey: 200))
        var options = ConsumerOptions()
        options.lanes.batchCount = 50
        let seen = Collector()
        let faults = Mutex<[String]>([])
        let next = Mutex<[Int32: Int64]>([:])
        try await consuming(
            broker, topic, group: topic, options: options,
            handler: { messages in
                seen.take(messages)
                if messages.isEmpty || messages.count > 50 {
                    faults.withLock { $0.append("\(messages.count) messages") }
                }
                for message in messages {
                    let expected = next.withLock { next in
                        defer { next[message.partition] = message.offset + 1 }
                        return next[message.partition] ?? 0
                    }
                    if message.offset != expected || message.partition != messages[0].partition {
                        faults.withLock { $0.append("\(message.partition)/\(message.offset) after \(expected)") }
                    }
                }
            }
        ) { _ in
            try await expectEventually { seen.count >= 6_000 }
        }
        #expect(faults.withLock { $0 } == [])
    }

    @Test("key, value, headers and time come as they were sent", arguments: BrokerKind.available)
    func content(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("content", partitions: 1)
        let sent = [
            KafkaRecord(topic: topic, key: [0, 255, 10], value: [], headers: [("a", []), ("a", [0, 1]), ("ü", [2])]),
            KafkaRecord(topic: topic, key: [1], value: [0x7b, 0, 0x7d]),
            KafkaRecord(
                topic: topic, key: [2], value: [1], headers: [("b", [9]), ("ce_aggregateversion", Array("12".utf8))]),
        ]
        try await send(broker, sent)
        let read = Mutex<[KafkaMessage]>([])
        try await consuming(broker, topic, group: topic, handler: { messages in read.withLock { $0 += messages } }) {
            _ in
            try await expectEventually { read.withLock { $0.count } >= 3 }
        }
        let messages = read.withLock { $0 }
        #expect(messages.map(\.key) == sent.map(\.key))
        #expect(messages.map { $0.value ?? [] } == sent.map(\.value))
        for (message, record) in zip(messages, sent) {
            #expect(message.headers.map(\.name) == record.headers.map(\.name))
            #expect(message.headers.map(\.value) == record.headers.map(\.value))
            #expect(message.timestampMilliseconds ?? 0 > 1_700_000_000_000)
        }
        #expect(messages.map(\.offset) == [0, 1, 2])
    }

    @Test(
        "a handler that throws gets the same batch again, while other partitions go on", arguments: BrokerKind.available
    )
    func throwing(kind: BrokerKind) async throws {
        struct Refused: Error {}
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("throwing", partitions: 2)
        try await send(broker, records(topic: topic, keys: 20, perKey: 50))
        let seen = Collector()
        let tries = Mutex<[[Int64]]>([])
        let isRefusing = Atomic<Bool>(true)
        var options = ConsumerOptions()
        options.backoffMin = .milliseconds(10)
        options.backoffMax = .milliseconds(50)
        try await consuming(
            broker, topic, group: topic, options: options,
            handler: { messages in
                if messages[0].partition == 0, isRefusing.load(ordering: .relaxed) {
                    tries.withLock { $0.append(messages.map(\.offset)) }
                    throw Refused()
                }
                seen.take(messages)
            }
        ) { consumer in
            try await expectEventually { seen.partitions == [1] && tries.withLock { $0.count } >= 5 }
            #expect(Set(tries.withLock { $0 }).count == 1)
            try await expectEventually { consumer.status.pausedCount == 1 }
            #expect(consumer.status.isHealthy)
            isRefusing.store(false, ordering: .relaxed)
            try await expectEventually { seen.distinctCount >= 1_000 }
        }
        #expect(seen.count == 1_000)
        #expect(seen.keysOutOfOrder.isEmpty)
    }

    @Test(
        "a slow handler makes its partition pause within the limits, and the consumer stays a member",
        arguments: BrokerKind.available)
    func bounded(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("bounded", partitions: 1)
        try await send(broker, records(topic: topic, keys: 10, perKey: 1_000, padding: 300))
        var options = ConsumerOptions()
        options.lanes.countHigh = 1_000
        options.lanes.countLow = 500
        options.sessionTimeout = kind.sessionTimeout
        let seen = Collector()
        let gate = Gate()
        let limit = options.lanes.countHigh
        try await consuming(
            broker, topic, group: topic, options: options,
            handler: { messages in
                await gate.pass()
                seen.take(messages)
            }
        ) { consumer in
            try await expectEventually { consumer.status.pausedCount == 1 }
            let rebalances = Counter(label: "rebalance_total", dimensions: [("group", topic), ("kind", "assigned")])
            let before = rebalances.value
            // Longer than a session: whoever did not poll while paused would have lost the partition by now.
            try await Task.sleep(for: kind.sessionTimeout + .seconds(1))
            #expect(consumer.status.heldCount <= limit)
            #expect(consumer.status.assigned.count == 1)
            #expect(rebalances.value == before)
            gate.open()
            try await expectEventually { seen.count >= 10_000 }
        }
        #expect(seen.count == 10_000)
        #expect(seen.keysOutOfOrder.isEmpty)
    }

    @Test(
        "a stop while busy finishes what is in hand, commits it, and the next consumer begins there",
        arguments: BrokerKind.available)
    func stopWhileBusy(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("stop", partitions: 4)
        try await send(broker, records(topic: topic, keys: 40, perKey: 250))
        let seen = Collector()
        var options = ConsumerOptions()
        options.lanes.batchCount = 20
        options.lanes.countHigh = 100
        options.lanes.countLow = 40
        var rounds = 0
        while seen.count < 10_000, rounds < 20 {
            rounds += 1
            let target = seen.count + 4_000
            try await consuming(
                broker, topic, group: topic, options: options,
                handler: { messages in
                    try? await Task.sleep(for: .milliseconds(2))
                    seen.take(messages)
                }
            ) { _ in
                try await expectEventually { seen.count >= min(target, 10_000) }
            }
        }
        #expect(rounds > 1)
        #expect(seen.distinctCount == 10_000)
        // The only member's commits are accepted, so nothing comes twice either.
        #expect(seen.count == 10_000)
        #expect(seen.keysOutOfOrder.isEmpty)
    }

    @Test("a cancelled consumer ends as a stopped one does")
    func cancelled() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("cancel", partitions: 2)
        try await send(broker, records(topic: topic, keys: 10, perKey: 100))
        let seen = Collector()
        let consumer = try KafkaConsumer(
            broker.configuration, group: topic, topics: [topic], logger: testLogger, handler: { seen.take($0) })
        let running = Task { try await consumer.run() }
        try await expectEventually { seen.count >= 1_000 }
        running.cancel()
        try await running.value
        #expect(!consumer.status.isRunning)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        #expect(try await admin.committedOffsets(group: topic, topic: topic).values.reduce(0, +) == 1_000)
    }

    @Test("a handler that hangs makes the consumer unhealthy and end with an error")
    func hanging() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("hanging", partitions: 1)
        try await send(broker, records(topic: topic, keys: 1, perKey: 1))
        var options = ConsumerOptions()
        options.starvationLimit = .seconds(1)
        options.drainTimeout = .milliseconds(100)
        let gate = Gate()
        let consumer = try KafkaConsumer(
            broker.configuration, group: topic, topics: [topic], options: options, logger: testLogger,
            handler: { _ in await gate.pass() })
        await #expect { try await consumer.run() } throws: { error in
            (error as? KafkaError)?.code == .handlerStarved
        }
        #expect(!consumer.status.isHealthy)
        gate.open()
    }

    @Test("a stop before the run makes the run return, and stopping twice is the same as once")
    func stopFirst() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let consumer = try KafkaConsumer(
            broker.configuration, group: "never", topics: ["nothing"], logger: testLogger, handler: { _ in })
        await consumer.stop()
        await consumer.stop()
        try await consumer.run()
    }

    @Test("a topic that is made later is read from then on", arguments: BrokerKind.available)
    func laterTopic(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = "later-\(UInt32.random(in: 0...UInt32.max))"
        let seen = Collector()
        try await consuming(broker, topic, group: topic, handler: { seen.take($0) }) { _ in
            try await Task.sleep(for: .seconds(1))
            try await broker.makeTopic(named: topic, partitions: 2)
            try await send(broker, records(topic: topic, keys: 5, perKey: 10))
            try await expectEventually(within: .seconds(90)) { seen.count >= 50 }
        }
    }

    @Test("a topic that is made when the group has others already is read soon", arguments: BrokerKind.available)
    func laterTopicBesideOthers(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let early = try await broker.makeTopic("early", partitions: 2)
        let later = "later-\(UInt32.random(in: 0...UInt32.max))"
        try await send(broker, records(topic: early, keys: 5, perKey: 10))
        let seen = Collector()
        try await consuming(broker, early, later, group: early, handler: { seen.take($0) }) { _ in
            try await expectEventually { seen.count >= 50 }
            try await broker.makeTopic(named: later, partitions: 2)
            try await send(broker, records(topic: later, keys: 5, perKey: 10))
            try await expectEventually(within: .seconds(40)) { seen.count >= 100 }
        }
    }

    @Test(
        "a topic of which the client hears nothing is read once the broker says that nobody reads it",
        .enabled(if: BrokerKind.available.contains(.apacheKafka)))
    func topicWithoutReader() async throws {
        let broker = try await TestBroker.shared(.apacheKafka)
        let early = try await broker.makeTopic("early", partitions: 2)
        let later = "later-\(UInt32.random(in: 0...UInt32.max))"
        // As where the library has missed the change: it looks again after five minutes only.
        var configuration = broker.configuration
        configuration.extra["topic.metadata.refresh.interval.ms"] = "300000"
        var options = ConsumerOptions()
        options.watchInterval = .seconds(1)
        let seen = Collector()
        let consumer = try KafkaConsumer(
            configuration, group: early, topics: [early, later], options: options, logger: testLogger,
            handler: { seen.take($0) })
        async let running: Void = consumer.run()
        try await send(broker, records(topic: early, keys: 5, perKey: 10))
        try await expectEventually { seen.count >= 50 }
        try await broker.makeTopic(named: later, partitions: 2)
        try await send(broker, records(topic: later, keys: 5, perKey: 10))
        try await expectEventually { seen.count >= 100 }
        await consumer.stop()
        try await running
    }
}
