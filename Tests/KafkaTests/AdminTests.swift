import Telemetry
import TestSupport
import Testing

@testable import Kafka

@Suite("Administration", .serialized)
struct AdminTests {
    @Test("watermarks, partitions and a group's offsets are told", arguments: BrokerKind.available)
    func offsets(kind: BrokerKind) async throws {
        let broker = try await TestBroker.shared(kind)
        let topic = try await broker.makeTopic("offsets", partitions: 4)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        #expect(try await admin.partitions(topic) == [0, 1, 2, 3])
        #expect(try await admin.partitions("never-made").isEmpty)
        #expect(try await admin.highWatermarks(topic) == [0: 0, 1: 0, 2: 0, 3: 0])
        #expect(try await admin.highWatermarks("never-made").isEmpty)
        let group = "group-\(topic)"
        #expect(try await admin.committedOffsets(group: group, topic: topic).isEmpty)

        let producer = try KafkaProducer(broker.configuration, logger: testLogger)
        #expect(await producer.send(records(topic: topic, keys: 20, perKey: 10)).areAllPersisted)
        await producer.stop()
        let marks = try await admin.highWatermarks(topic)
        #expect(marks.values.reduce(0, +) == 200)
        #expect(marks.count == 4)

        let seen = Collector()
        let consumer = try KafkaConsumer(
            broker.configuration, group: group, topics: [topic], logger: testLogger, handler: { seen.take($0) })
        async let running: Void = consumer.run()
        try await expectEventually { seen.count >= 200 }
        await consumer.stop()
        try await running
        #expect(try await admin.committedOffsets(group: group, topic: topic) == marks.filter { $0.value > 0 })
    }

    @Test(
        "partitions that no member of a group reads are told",
        .enabled(if: BrokerKind.available.contains(.apacheKafka)))
    func unread() async throws {
        let broker = try await TestBroker.shared(.apacheKafka)
        let topic = try await broker.makeTopic("unread", partitions: 2)
        let other = try await broker.makeTopic("unread", partitions: 2)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        #expect(try await admin.unreadPartitions(of: [topic], by: topic).isEmpty, "a group without members")
        let member = try KafkaConsumer(
            broker.configuration, group: topic, topics: [topic], logger: testLogger, handler: { _ in })
        async let running: Void = member.run()
        let otherIsUnread = Set([0, 1].map { ConsumerStatus.Partition(topic: other, number: $0) })
        try await expectEventually {
            try await admin.unreadPartitions(of: [topic, other], by: topic) == otherIsUnread
        }
        await member.stop()
        try await running
    }

    @Test("the embedded broker does not tell who reads what")
    func unreadEmbedded() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("unread", partitions: 1)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        let error = await #expect(throws: KafkaError.self) {
            try await admin.unreadPartitions(of: [topic], by: topic)
        }
        #expect(error?.code == .unsupported)
    }

    @Test("the cluster's id changes when a cluster is made anew")
    func clusterID() async throws {
        guard BrokerKind.available.contains(.apacheKafka) else { return }
        let broker = try await TestBroker.start(.apacheKafka)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        let before = try await admin.clusterID()
        try await broker.loseEverything(topics: [])
        #expect(try await admin.clusterID() != before)
        await broker.stop()
    }

    @Test("the embedded broker has a cluster id and says that it makes no topics on request")
    func embedded() async throws {
        let broker = try await TestBroker.shared(.embedded)
        let topic = try await broker.makeTopic("declared", partitions: 2)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        #expect(try await !admin.clusterID().isEmpty)
        #expect(try await admin.createTopics([TopicSpec(name: topic, partitions: 2)]).isEmpty)
        await #expect(throws: KafkaError.self) {
            try await admin.createTopics([TopicSpec(name: "new-\(topic)", partitions: 2)])
        }
    }

    @Test("topics are made once, and one with another number of partitions is refused")
    func createTopics() async throws {
        guard BrokerKind.available.contains(.apacheKafka) else { return }
        let broker = try await TestBroker.shared(.apacheKafka)
        let admin = try KafkaAdmin(broker.configuration, logger: testLogger)
        let name = "made-\(UInt32.random(in: 0...UInt32.max))"
        let specs = [
            TopicSpec(name: name, partitions: 5),
            TopicSpec(name: name + "-short", partitions: 1, retention: .time(.seconds(86_400))),
        ]
        #expect(try await admin.createTopics(specs).sorted() == specs.map(\.name))
        #expect(try await admin.createTopics(specs).isEmpty)
        #expect(try await admin.partitions(name).count == 5)
        var other = specs
        other[0].partitions = 6
        await #expect { try await admin.createTopics(other) } throws: { error in
            (error as? KafkaError)?.code == .topicMismatch
        }
    }

    @Test("no broker is a time-out and not a wait without end")
    func nobody() async throws {
        let admin = try KafkaAdmin(
            KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientID: "t"), timeout: .milliseconds(300),
            logger: Logger(label: "t"))
        await #expect { try await admin.clusterID() } throws: { error in (error as? KafkaError)?.code == .timeout }
    }
}
