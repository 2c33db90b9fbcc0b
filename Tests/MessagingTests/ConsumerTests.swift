import Events
import FoundationEssentials
import Kafka
import Postgres
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Messaging

/// A consumer of `cases` over a bus in memory, with what it did to its database.
struct ConsumerRig: Sendable {
    let database: TestDatabase
    let pool: PostgresPool
    let bus = InMemoryBus()

    static func with(_ body: (ConsumerRig) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in try await body(ConsumerRig(database: database, pool: pool)) }
        }
    }

    func consumer(_ handler: any EventHandler = EffectHandler()) -> EventConsumer {
        EventConsumer(consumer: "tests", topics: [.cases], pool: pool, bus: bus, handler: handler, logger: quiet)
    }

    func deadLetters(_ handler: any EventHandler = EffectHandler()) -> DeadLetters {
        DeadLetters(consumer: "tests", pool: pool, handler: handler, logger: quiet)
    }

    func isCaughtUp() async throws -> Bool {
        let marks = try await bus.extent(of: ["cases"]).highWatermarks["cases"] ?? [:]
        let committed = try await bus.committedOffsets(group: "tests", topic: "cases")
        return marks.allSatisfy { $0.value == committed[$0.key] ?? 0 }
    }

    /// Runs a consumer until everything in the log was taken in.
    func consume(_ handler: any EventHandler = EffectHandler()) async throws {
        try await running(consumer(handler)) { try await eventually("caught up") { try await isCaughtUp() } }
    }

    func versions(of key: UUID) async throws -> [Int64] {
        try values(try await pool.query("select version from effect where key = \(key) order by n"))
    }

    func effects() async throws -> Int64 {
        try await database.count("select count(*) from \(database.schema.name).effect")
    }
    func parked() async throws -> Int64 {
        try await database.count("select count(*) from \(database.schema.name).parked_event")
    }
    func attempts() async throws -> Int64 {
        try await database.count("select count(*) from \(database.schema.name).consumer_attempt")
    }
}

@Suite("A consumer on a real PostgreSQL", .serialized)
struct ConsumerTests {
    @Test("each event takes effect once, however often it is delivered")
    func once() async throws {
        try await ConsumerRig.with { rig in
            let key = UUID()
            for version in 1...50 as ClosedRange<Int64> { rig.bus.inject(try message(key: key, version: version)) }
            try await rig.consume()
            rig.bus.rewind()
            try await rig.consume()
            #expect(try await rig.versions(of: key) == Array(1...50))
            #expect(try await rig.attempts() == 0)
        }
    }

    @Test("the same event twice in one batch takes effect once")
    func twiceInABatch() async throws {
        try await ConsumerRig.with { rig in
            let (key, id) = (UUID(), UUID())
            for _ in 0..<3 { rig.bus.inject(try message(key: key, version: 1, id: id)) }
            try await rig.consume()
            #expect(try await rig.versions(of: key) == [1])
        }
    }

    @Test("whatever the order of arrival, each key is applied in the order of its versions (random, seed printed)")
    func anyOrder() async throws {
        var random = SeededRandom("messaging")
        let keys = (0..<8).map { _ in UUID() }
        try await ConsumerRig.with { rig in
            var records = try keys.flatMap { key in
                try (1...40 as ClosedRange<Int64>).map { try message(key: key, version: $0) }
            }
            records += records.shuffled(using: &random).prefix(60)
            records.shuffle(using: &random)
            try await running(rig.consumer()) {
                for record in records {
                    rig.bus.inject(record)
                    if Int.random(in: 0..<20, using: &random) == 0 { try await Task.sleep(for: .milliseconds(3)) }
                }
                try await eventually("caught up") { try await rig.isCaughtUp() }
            }
            for key in keys { #expect(try await rig.versions(of: key) == Array(1...40), "seed \(random.seed)") }
            #expect(try await rig.parked() == 0)
        }
    }

    @Test("an event before its turn is parked, and applied when the gap closes, also in a later run")
    func parking() async throws {
        try await ConsumerRig.with { rig in
            let (key, other) = (UUID(), UUID())
            for version in [2, 3, 5] as [Int64] { rig.bus.inject(try message(key: key, version: version)) }
            rig.bus.inject(try message(key: other, version: 1))
            try await rig.consume()
            #expect(try await rig.versions(of: key).isEmpty)
            #expect(try await rig.versions(of: other) == [1])
            #expect(try await rig.parked() == 3)
            rig.bus.inject(try message(key: key, version: 1))
            try await rig.consume()
            #expect(try await rig.versions(of: key) == [1, 2, 3])
            #expect(try await rig.parked() == 1)
        }
    }

    @Test("more than one transaction's worth of parked events is released")
    func manyParked() async throws {
        try await ConsumerRig.with { rig in
            let key = UUID()
            let last = Int64(InboxLimits.releasedPerTransactionMax + 20)
            for version in 2...last { rig.bus.inject(try message(key: key, version: version)) }
            try await rig.consume()
            rig.bus.inject(try message(key: key, version: 1))
            try await rig.consume()
            #expect(try await rig.versions(of: key) == Array(1...last))
            #expect(try await rig.parked() == 0)
        }
    }

    @Test("a known type that the handler passes over still moves its stream")
    func passedOver() async throws {
        struct Indifferent: EventHandler {
            func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {}
        }
        try await ConsumerRig.with { rig in
            let key = UUID()
            rig.bus.inject(try message(key: key, version: 1))
            try await rig.consume(Indifferent())
            rig.bus.inject(try message(key: key, version: 2))
            try await rig.consume()
            #expect(try await rig.versions(of: key) == [2])
        }
    }

    @Test("what the handler appends to the outbox is there with the effect or not at all")
    func outboxInside() async throws {
        struct Answering: EventHandler {
            func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
                for event in events {
                    let answer = try NewEvent(
                        try closedPayload(event.key), at: Date(), id: UUID(), causedBy: event.envelope)
                    try await Outbox(source: "/answers").append([answer], in: transaction)
                    if event.envelope.aggregateVersion == 3 { throw RejectedEvent("not three") }
                }
            }
        }
        try await ConsumerRig.with { rig in
            let key = UUID()
            for version in 1...4 as ClosedRange<Int64> { rig.bus.inject(try message(key: key, version: version)) }
            try await rig.consume(Answering())
            let rows = try await rig.pool.query("select version, causation_id from outbox_event order by seq")
            #expect(try values(rows, Int64.self) == [1, 2])
            #expect(try rows.allSatisfy { try $0.decode(Int64.self, UUID?.self).1 != nil })
        }
    }

    @Test("a temporary failure of the database is tried again without a dead letter")
    func temporary() async throws {
        final class Flaky: EventHandler {
            private let left = Mutex(3)
            func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws {
                try await EffectHandler().handle(events, in: transaction)
                let fails = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if fails { throw PostgresError(.server(sqlState: "40P01"), sqlState: "40P01") }
            }
        }
        try await ConsumerRig.with { rig in
            let key = UUID()
            rig.bus.inject(try message(key: key, version: 1))
            try await rig.consume(Flaky())
            #expect(try await rig.versions(of: key) == [1])
            #expect(try await rig.deadLetters().list().isEmpty)
        }
    }

    @Test("a message on which work began three times and never ended is put aside, the others are applied")
    func crashLoop() async throws {
        try await ConsumerRig.with { rig in
            let keys = (0..<3).map { _ in UUID() }
            for key in keys { rig.bus.inject(try message(key: key, version: 1)) }
            let victim = try #require(rig.bus.messages("cases").first)
            // As three deaths in the middle of it leave it behind.
            _ = try await rig.pool.query(
                """
                insert into consumer_attempt (consumer, topic, partition, "offset", attempts)
                values ('tests', 'cases', \(victim.partition), \(victim.offset), \(Int32(InboxLimits.attemptsMax)))
                """)
            try await rig.consume()
            let letters = try await rig.deadLetters().list()
            #expect(letters.map(\.reason) == ["crash-loop"])
            #expect(letters.first?.offset == victim.offset)
            #expect(try await rig.effects() == 2)
            #expect(try await rig.attempts() == 0)
        }
    }

    @Test("a message on which work began twice gets its third try")
    func belowCrashLoop() async throws {
        try await ConsumerRig.with { rig in
            let key = UUID()
            rig.bus.inject(try message(key: key, version: 1))
            let only = try #require(rig.bus.messages("cases").first)
            _ = try await rig.pool.query(
                """
                insert into consumer_attempt (consumer, topic, partition, "offset", attempts)
                values ('tests', 'cases', \(only.partition), 0, \(Int32(InboxLimits.attemptsMax - 1)))
                """)
            try await rig.consume()
            #expect(try await rig.versions(of: key) == [1])
        }
    }

    @Test("two owners of one partition (a zombie and its heir) apply each event once")
    func zombie() async throws {
        try await ConsumerRig.with { rig in
            let keys = (0..<10).map { _ in UUID() }
            let records = try (1...30 as ClosedRange<Int64>).flatMap { version in
                try keys.map { try message(key: $0, version: version) }
            }
            for record in records { rig.bus.inject(record) }
            let all = rig.bus.messages("cases")
            let workers = (0..<2).map { _ in rig.consumer() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, worker) in workers.enumerated() {
                    group.addTask {
                        for partition in Set(all.map(\.partition)).sorted() {
                            let log = all.filter { $0.partition == partition }
                            let size = number == 0 ? 7 : 11
                            for start in stride(from: 0, to: log.count, by: size) {
                                try await worker.deliver(Array(log[start..<min(start + size, log.count)]))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for key in keys { #expect(try await rig.versions(of: key) == Array(1...30)) }
            #expect(try await rig.deadLetters().list().isEmpty)
        }
    }
}
