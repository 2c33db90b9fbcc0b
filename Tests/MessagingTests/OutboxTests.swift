import Events
import FoundationEssentials
import Messaging
import Postgres
import Testing

@Suite("The outbox on a real PostgreSQL", .serialized)
struct OutboxTests {
    @Test("versions of a key are 1, 2, 3 ... in the order given, over calls and transactions")
    func versions() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let (a, b) = (UUID(), UUID())
                try await append([a, b, a], to: pool)
                try await append([b], to: pool)
                try await append([a, a], to: pool)
                let rows = try await pool.query("select key, version from outbox_event order by seq")
                let found = try rows.map { try $0.decode(UUID.self, Int64.self) }
                #expect(found.map(\.0) == [a, b, a, b, a, a])
                #expect(found.map(\.1) == [1, 1, 2, 2, 3, 4])
                #expect(try await database.count("select count(*) from \(database.schema.name).outbox_pending") == 6)
            }
        }
    }

    @Test("a transaction that rolls back leaves no event, and its versions are given again")
    func rollback() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let key = UUID()
                try await append([key], to: pool)
                await #expect(throws: EffectHandler.Broken.self) {
                    try await pool.transaction { transaction in
                        try await Outbox(source: "/case-intake").append([try closed(key)], in: transaction)
                        throw EffectHandler.Broken()
                    }
                }
                try await append([key], to: pool)
                let rows = try await pool.query("select version from outbox_event order by seq")
                #expect(try values(rows, Int64.self) == [1, 2])
            }
        }
    }

    @Test("two sources keep separate versions of the same key")
    func sources() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let key = UUID()
                try await append([key], to: pool, source: "/one")
                try await append([key], to: pool, source: "/two")
                let rows = try await pool.query("select version from outbox_event")
                #expect(try values(rows, Int64.self) == [1, 1])
            }
        }
    }

    @Test("a payload of 65,536 bytes is the largest")
    func payloadLimit() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                for (size, fits) in [(65_535, true), (65_536, true), (65_537, false)] {
                    let event = try NewEvent.sized(size)
                    #expect(event.payload.count == size)
                    let write: @Sendable () async throws -> Void = {
                        try await pool.transaction { try await Outbox(source: "/x").append([event], in: $0) }
                    }
                    if fits {
                        try await write()
                    } else {
                        let error = try await #require(throws: MessagingError.self) { try await write() }
                        #expect(error.code == .payloadTooLarge)
                    }
                }
                #expect(try await database.count("select count(*) from \(database.schema.name).outbox_event") == 2)
            }
        }
    }

    @Test("10,000 events are the most of one append")
    func eventsLimit() async throws {
        try await TestDatabase.with { database in
            try await database.pool { pool in
                let keys = (0..<50).map { _ in UUID() }
                let most = (0..<10_000).map { keys[$0 % keys.count] }
                try await append(most, to: pool)
                let error = try await #require(throws: MessagingError.self) {
                    try await append(most + [keys[0]], to: pool)
                }
                #expect(error.code == .tooManyEvents)
                try await append([], to: pool)
                #expect(try await database.count("select count(*) from \(database.schema.name).outbox_event") == 10_000)
            }
        }
    }

    @Test("the shard of a key never changes")
    func shards() throws {
        let known = try #require(UUID(uuidString: "0190a1b2-c3d4-7e5f-8a6b-000000000001"))
        #expect(outboxShard(of: known) == 7)
        var counts = [Int](repeating: 0, count: Int(OutboxLimits.shards))
        for _ in 0..<8_000 { counts[Int(outboxShard(of: UUID()))] += 1 }
        #expect(counts.allSatisfy { $0 > 700 && $0 < 1_300 }, "\(counts)")
    }
}
