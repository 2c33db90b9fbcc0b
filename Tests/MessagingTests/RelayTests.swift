import Events
import FoundationEssentials
import Kafka
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

/// Versions by key, in the order in which a log first shows them.
func firstAppearances(_ messages: [KafkaMessage]) -> [UUID: [Int64]] {
    var order: [UUID: [Int64]] = [:]
    for message in messages {
        guard let key = message.key.flatMap({ UUID(uuidString: String(decoding: $0, as: UTF8.self)) }),
            let version = message.headers.first(where: { $0.name == "ce_aggregateversion" })
                .flatMap({ Int64(String(decoding: $0.value, as: UTF8.self)) })
        else { continue }
        if order[key]?.contains(version) != true { order[key, default: []].append(version) }
    }
    return order
}

@Suite("The relay on a real PostgreSQL", .serialized)
struct RelayTests {
    private func relay(
        _ database: TestDatabase, _ bus: any MessageBus, _ change: (inout RelayOptions) -> Void = { _ in }
    ) throws -> Relay {
        var options = RelayOptions()
        change(&options)
        return Relay(configuration: try database.configuration(.relay), bus: bus, options: options, logger: quiet)
    }

    private func isDrained(_ database: TestDatabase) async throws -> Bool {
        try await database.count("select count(*) from \(database.schema.name).outbox_pending") == 0
    }

    @Test("publishes what was committed, with every header of the envelope, and keeps the event row")
    func publishes() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                let key = UUID()
                let ids = try await append([key, key, UUID()], to: pool)
                try await running(try relay(database, bus)) {
                    try await eventually("all published") { try await isDrained(database) }
                }
                let messages = bus.messages("cases")
                let envelopes = try messages.map { try EventEnvelope(headers: $0.headers) }
                #expect(Set(envelopes.map(\.id)) == Set(ids))
                #expect(envelopes.allSatisfy { $0.source == "/case-intake" })
                #expect(firstAppearances(messages)[key] == [1, 2])
                #expect(
                    messages.allSatisfy {
                        $0.value == (try? closed(key).payload) || $0.key != Array(key.uuidString.lowercased().utf8)
                    })
                #expect(try await database.count("select count(*) from \(database.schema.name).outbox_event") == 3)
            }
        }
    }

    @Test("a delivery that fails in the middle keeps the order of each key, and is made up for")
    func partialFailure() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                let keys = (0..<5).map { _ in UUID() }
                var random = SeededRandom("messaging")
                let chosen = (0..<300).map { _ in keys.randomElement(using: &random) ?? keys[0] }
                try await append(chosen, to: pool)
                bus.setFault(
                    InMemoryBus.Fault { number, _ in
                        number < 600 && number % 7 == 3 ? (number % 2 == 0 ? .refused : .storedButUnreported) : nil
                    })
                try await running(try relay(database, bus)) {
                    try await eventually("all published") { try await isDrained(database) }
                }
                for (key, versions) in firstAppearances(bus.messages("cases")) {
                    let expected = Array(1...Int64(chosen.count { $0 == key }))
                    // What was stored after a failure is stored again after what failed: readers put it in order.
                    #expect(versions.sorted() == expected, "seed \(random.seed)")
                }
            }
        }
    }

    @Test("two relays for one outbox share the shards, lose nothing and keep the order of each key")
    func twoRelays() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                let keys = (0..<20).map { _ in UUID() }
                let (first, second) = (try relay(database, bus), try relay(database, bus))
                try await running(first) {
                    try await running(second) {
                        for round in 0..<30 {
                            try await append(keys, to: pool)
                            if round == 15 { await first.stop() }
                        }
                        try await eventually("all published") { try await isDrained(database) }
                    }
                }
                let order = firstAppearances(bus.messages("cases"))
                #expect(order.count == 20)
                // Nothing failed, so nothing went out twice: a shard has one relay at a time.
                #expect(bus.messages("cases").count == 600)
                #expect(order.values.allSatisfy { $0 == Array(1...30) })
            }
        }
    }

    @Test("sixteen writers with transactions of every length lose nothing, and no key is out of order")
    func concurrentWriters() async throws {
        try await TestDatabase.with { database in
            try await database.pool(connections: 16) { pool in
                let bus = InMemoryBus()
                let keys = (0..<12).map { _ in UUID() }
                let written = Tally()
                try await running(try relay(database, bus)) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for writer in 0..<16 {
                            group.addTask {
                                var random = SeededRandom(seed: UInt64(writer))
                                for round in 0..<25 {
                                    let key = keys.randomElement(using: &random) ?? keys[0]
                                    let events = [try closed(key), try closed(UUID())]
                                    try await pool.transaction { transaction in
                                        try await Outbox(source: "/case-intake").append(events, in: transaction)
                                        // The number is drawn; the commit comes later than that of higher numbers.
                                        if round % 5 == writer % 5 { try await Task.sleep(for: .milliseconds(40)) }
                                    }
                                    written.add(2)
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    try await eventually("all published") { try await isDrained(database) }
                }
                let messages = bus.messages("cases")
                #expect(Set(messages.compactMap { try? EventEnvelope(headers: $0.headers).id }).count == written.value)
                for (_, versions) in firstAppearances(messages) {
                    #expect(versions == Array(1...Int64(versions.count)))
                }
            }
        }
    }

    @Test("a broker that forgot everything gets everything again", arguments: [true, false])
    func forgottenLog(keepsClusterID: Bool) async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                var ids = Set(try await append((0..<40).map { _ in UUID() }, to: pool))
                try await running(try relay(database, bus) { $0.logCheckInterval = .milliseconds(100) }) {
                    try await eventually("first published") { try await isDrained(database) }
                    bus.forgetEverything(keepingClusterID: keepsClusterID)
                    ids.formUnion(try await append((0..<300).map { _ in UUID() }, to: pool))
                    try await eventually("everything is there again") {
                        let found = bus.messages("cases").compactMap { try? EventEnvelope(headers: $0.headers).id }
                        return Set(found) == ids
                    }
                }
            }
        }
    }

    @Test("a loss while no relay runs is noticed by the next one")
    func forgottenWhileAway() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                let ids = Set(try await append((0..<40).map { _ in UUID() }, to: pool))
                try await running(try relay(database, bus)) {
                    try await eventually("first published") { try await isDrained(database) }
                }
                bus.forgetEverything(keepingClusterID: true)
                try await running(try relay(database, bus)) {
                    try await eventually("everything is there again") {
                        Set(bus.messages("cases").compactMap { try? EventEnvelope(headers: $0.headers).id }) == ids
                    }
                }
            }
        }
    }

    @Test("a broker that is away is waited for, and stopping does not hang on it")
    func brokerAway() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                bus.setDown(true)
                try await append([UUID()], to: pool)
                try await running(try relay(database, bus)) { try await Task.sleep(for: .milliseconds(200)) }
                #expect(!(try await isDrained(database)))
                try await running(try relay(database, bus)) {
                    try await Task.sleep(for: .milliseconds(100))
                    bus.setDown(false)
                    try await eventually("published") { try await isDrained(database) }
                }
            }
        }
    }

    @Test("stays within its bound of what the readers have committed, and goes on when they catch up")
    func retention() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus(partitions: 1)
                var options = RelayOptions.embedded(groups: ["cases": ["reader"]])
                options.batchRows = 20
                options.retention?.unreadBytesMax = 100_000
                for _ in 0..<5 { try await append((0..<200).map { _ in UUID() }, to: pool) }
                let relay = Relay(
                    configuration: try database.configuration(.relay), bus: bus, options: options, logger: quiet)
                try await running(relay) {
                    try await Task.sleep(for: .milliseconds(600))
                    let unread = bus.messages("cases").count
                    #expect(unread > 0 && unread < 300, "\(unread)")
                    let reader = try bus.makeSubscription(group: "reader", topics: ["cases"], logger: quiet) { _ in }
                    try await running({ try await reader.run() }, stop: { await reader.stop() }) {
                        try await eventually("all published") { try await isDrained(database) }
                    }
                }
                #expect(bus.messages("cases").count == 1_000)
            }
        }
    }

    @Test("republishing by event, topic, number or all goes out again; a dry run does not")
    func republish() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let bus = InMemoryBus()
                let ids = try await append((0..<10).map { _ in UUID() }, to: pool)
                let last = try await database.count("select max(seq) from \(database.schema.name).outbox_event")
                let republisher = Republisher(pool: pool)
                try await running(try relay(database, bus)) {
                    try await eventually("published") { try await isDrained(database) }
                    #expect(try await republisher.republish(.all, dryRun: true) == 10)
                    #expect(try await republisher.republish(.event(ids[0])) == 1)
                    #expect(try await republisher.republish(.from(sequence: last - 1)) == 2)
                    #expect(try await republisher.republish(.topics(["people"])) == 0)
                    #expect(try await republisher.republish(.topics(["cases"])) == 10)
                    try await eventually("published") { try await isDrained(database) }
                }
                let count = bus.messages("cases").count
                #expect(count >= 20 && count <= 23, "\(count)")
            }
        }
    }

    @Test("what is asked for again while in flight is not taken away by its first report")
    func rounds() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                try await append([UUID()], to: pool)
                _ = try await Republisher(pool: pool).republish(.all)
                _ = try await Republisher(pool: pool).republish(.all)
                #expect(try await database.count("select round from \(database.schema.name).outbox_pending") == 2)
            }
        }
    }
}
