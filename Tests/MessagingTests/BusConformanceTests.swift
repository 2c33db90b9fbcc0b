import Events
import FoundationEssentials
import Kafka
import Messaging
import Postgres
import ServiceKit
import Synchronization
import Testing

/// What every log has to do for relay and consumer, whichever it is.
@Suite("Every log does the same", .serialized)
struct BusConformanceTests {
    /// Messages that a subscription took in.
    private final class Reader: Sendable {
        private let taken = Mutex<[KafkaMessage]>([])
        var messages: [KafkaMessage] { taken.withLock { $0 } }
        func take(_ batch: [KafkaMessage]) { taken.withLock { $0 += batch } }
        var ids: Set<UUID> { Set(messages.compactMap { try? EventEnvelope(headers: $0.headers).id }) }
    }

    /// A relay and a database beside the log; `body` appends.
    private func with(
        _ kind: BusUnderTest.Kind, _ body: (BusUnderTest, PostgresPool, TestDatabase) async throws -> Void
    ) async throws {
        try await BusUnderTest.with(kind) { log in
            try await TestDatabase.with { database in
                try await database.pool { pool in
                    var options = RelayOptions()
                    options.logCheckInterval = .milliseconds(500)
                    let relay = Relay(
                        configuration: try database.configuration(.relay), bus: log.bus, options: options, logger: quiet
                    )
                    try await running(relay) { try await body(log, pool, database) }
                }
            }
        }
    }

    private func reading(
        _ bus: any MessageBus, group: String = "readers", _ handler: @escaping BusHandler,
        _ body: () async throws -> Void
    ) async throws {
        let subscription = try bus.makeSubscription(group: group, topics: ["cases"], logger: quiet, handler: handler)
        try await running({ try await subscription.run() }, stop: { await subscription.stop() }, body)
    }

    @Test("what is published arrives whole, in order per key and partition", arguments: BusUnderTest.Kind.available)
    func order(_ kind: BusUnderTest.Kind) async throws {
        try await with(kind) { log, pool, _ in
            let keys = (0..<6).map { _ in UUID() }
            let reader = Reader()
            try await reading(log.bus, { reader.take($0) }) {
                var ids: Set<UUID> = []
                for _ in 0..<20 { ids.formUnion(try await append(keys, to: pool)) }
                try await eventually("all arrived", within: .seconds(40)) { reader.ids == ids }
            }
            let order = firstAppearances(reader.messages)
            for key in keys { #expect(order[key] == Array(1...20)) }
            for message in reader.messages.prefix(50) {
                let envelope = try EventEnvelope(headers: message.headers)
                #expect(message.value.map { (try? EventJSON.decode(CaseClosed.self, from: $0)) != nil } == true)
                #expect(envelope.type == CaseClosed.type.description)
                #expect(try envelope.headers().map(\.name) == message.headers.map(\.name))
                #expect(try envelope.headers().map(\.value) == message.headers.map(\.value))
            }
            for (_, offsets) in Dictionary(grouping: reader.messages, by: \.partition).mapValues({ $0.map(\.offset) }) {
                #expect(offsets == offsets.sorted())
            }
        }
    }

    @Test("a group goes on where it stopped", arguments: BusUnderTest.Kind.available)
    func resumes(_ kind: BusUnderTest.Kind) async throws {
        try await with(kind) { log, pool, _ in
            let (first, second) = (Reader(), Reader())
            let before = Set(try await append((0..<30).map { _ in UUID() }, to: pool))
            try await reading(log.bus, { first.take($0) }) {
                try await eventually("first part", within: .seconds(40)) { first.ids == before }
            }
            let committed = try await log.bus.committedOffsets(group: "readers", topic: "cases")
            #expect(
                committed
                    == (try await log.bus.extent(of: ["cases"]).highWatermarks["cases"] ?? [:]).filter { $0.value > 0 })
            let after = Set(try await append((0..<30).map { _ in UUID() }, to: pool))
            try await reading(log.bus, { second.take($0) }) {
                try await eventually("second part", within: .seconds(40)) { second.ids == after }
            }
        }
    }

    @Test("a batch whose handler fails comes again", arguments: BusUnderTest.Kind.available)
    func again(_ kind: BusUnderTest.Kind) async throws {
        struct NotYet: Error {}
        try await with(kind) { log, pool, _ in
            let reader = Reader()
            let failures = Tally()
            let handler: BusHandler = { batch in
                if failures.value < 2 {
                    failures.add(1)
                    throw NotYet()
                }
                reader.take(batch)
            }
            let ids = Set(try await append((0..<10).map { _ in UUID() }, to: pool))
            try await reading(log.bus, handler) {
                try await eventually("all arrived", within: .seconds(40)) { reader.ids == ids }
            }
            #expect(failures.value == 2)
        }
    }

    @Test("two groups each get everything", arguments: BusUnderTest.Kind.available)
    func twoGroups(_ kind: BusUnderTest.Kind) async throws {
        try await with(kind) { log, pool, _ in
            let (one, other) = (Reader(), Reader())
            let ids = Set(try await append((0..<20).map { _ in UUID() }, to: pool))
            try await reading(log.bus, group: "one", { one.take($0) }) {
                try await reading(log.bus, group: "other", { other.take($0) }) {
                    try await eventually("all arrived twice", within: .seconds(40)) {
                        one.ids == ids && other.ids == ids
                    }
                }
            }
        }
    }

    @Test("two members of a group miss nothing while one comes and goes", arguments: BusUnderTest.Kind.available)
    func members(_ kind: BusUnderTest.Kind) async throws {
        try await with(kind) { log, pool, _ in
            let (one, other) = (Reader(), Reader())
            var ids: Set<UUID> = []
            try await reading(log.bus, { one.take($0) }) {
                ids.formUnion(try await append((0..<50).map { _ in UUID() }, to: pool))
                try await reading(log.bus, { other.take($0) }) {
                    ids.formUnion(try await append((0..<50).map { _ in UUID() }, to: pool))
                    try await Task.sleep(for: .milliseconds(500))
                }
                ids.formUnion(try await append((0..<50).map { _ in UUID() }, to: pool))
                try await eventually("all arrived", within: .seconds(60)) { one.ids.union(other.ids) == ids }
            }
        }
    }

    @Test("a log that lost everything ends where an undisturbed one ends", arguments: BusUnderTest.Kind.available)
    func loss(_ kind: BusUnderTest.Kind) async throws {
        try await with(kind) { log, pool, database in
            let keys = (0..<15).map { _ in UUID() }
            let consumer = EventConsumer(
                consumer: "survivor", topics: [.cases], pool: pool, bus: log.bus, handler: EffectHandler(),
                logger: quiet)
            func isApplied(_ rounds: Int64) async throws -> Bool {
                let count = try await database.count("select count(*) from \(database.schema.name).effect")
                return count == rounds * Int64(keys.count)
            }
            try await running(consumer) {
                for _ in 0..<10 { try await append(keys, to: pool) }
                try await eventually("first part applied", within: .seconds(40)) { try await isApplied(10) }
                try await log.loseEverything()
                for _ in 0..<10 { try await append(keys, to: pool) }
                try await eventually("everything applied", within: .seconds(90)) { try await isApplied(20) }
            }
            for key in keys {
                let rows = try await pool.query("select version from effect where key = \(key) order by n")
                #expect(try values(rows, Int64.self) == Array(1...20))
            }
            // And the log itself is whole again: another group finds every event in it.
            let reader = Reader()
            try await reading(log.bus, group: "late", { reader.take($0) }) {
                try await eventually("log is whole", within: .seconds(40)) { reader.ids.count == 20 * keys.count }
            }
        }
    }
}
