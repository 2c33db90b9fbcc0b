import Crypto
import Foundation
import Postgres
import Synchronization
import Testing

@testable import Safeguards

@Suite("Keys of people on a real PostgreSQL", .serialized)
struct KeyTests {
    @Test("a key is made at its first use, and another process finds the same one")
    func firstUse() async throws {
        try await Vault.with { vault in
            let person = UUID()
            #expect(try await code { try await vault.withKeys { _ = try await $0.existingKey(of: person) } } == .noKey)
            try await vault.store("Smith", of: person)
            #expect(try await vault.read(person) == "Smith")
        }
    }

    @Test("many first uses at once make one key")
    func concurrentFirstUse() async throws {
        try await Vault.with { vault in
            let people = (0..<3).map { _ in UUID() }
            let ids = try await withThrowingTaskGroup(of: [UUID: [UInt8]].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await vault.withKeys { keys in try await keys.keys(of: people).mapValues(\.id) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ids.count == 8)
            #expect(Set(ids).count == 1)
            #expect(try await vault.keyCount() == 3)
        }
    }

    @Test(
        "a newcomer's key is stored before it is used, is nobody else's, and more are made at once the more are needed")
    func newcomers() async throws {
        try await Vault.with { vault in
            let (people, stored) = try await vault.withKeys { keys in
                var stored: [Int64] = []
                var people: [UUID] = []
                for _ in 0..<4 {
                    people.append(try await keys.newcomer { UUID() }.person)
                    stored.append(try await vault.keyCount())
                }
                let many = try await withThrowingTaskGroup(of: UUID.self) { group in
                    for _ in 0..<200 { group.addTask { try await keys.newcomer { UUID() }.person } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                return (people + many, stored)
            }
            #expect(stored == [1, 3, 3, 7])
            #expect(Set(people).count == 204)
            _ = try await vault.withKeys { keys in
                for person in people {
                    let key = try await keys.existingKey(of: person)
                    #expect(key.person == person)
                }
            }
        }
    }

    @Test("the key database holds no key in the clear, and a wrapped key moved to somebody else is refused")
    func wrapped() async throws {
        try await Vault.with { vault in
            let (one, other) = (UUID(), UUID())
            let secrets = try await vault.withKeys { keys in
                try await keys.keys(of: [one, other]).values.map { $0.secret.withBytes { Array($0) } }
            }
            try await vault.connected(vault.keysURL) { connection in
                for row in try await connection.query("select wrapped from keys.person_key") {
                    let wrapped = try row.decode([UInt8].self)
                    for secret in secrets { #expect(wrapped.firstRange(of: secret) == nil) }
                }
                _ = try await connection.query(
                    """
                    update keys.person_key set wrapped = (select wrapped from keys.person_key where person = \(other))
                    where person = \(one)
                    """)
            }
            let refusal = try await code { try await vault.withKeys { _ = try await $0.existingKey(of: one) } }
            #expect(refusal == .notAuthentic)
        }
    }

    @Test("the wrapping key is changed without downtime, and the old one opens nothing afterwards")
    func rotation() async throws {
        try await Vault.with { vault in
            let people = (0..<KeyKeeper.rewrapBatch + 3).map { _ in UUID() }
            let first = people[0]
            try await vault.store("Smith", of: first)
            let before = try await vault.withKeys { try await $0.keys(of: people).mapValues(\.id) }

            let rotated = vault.ringFile.rotated(to: "k2")
            let during = try await vault.withKeys(ring: rotated.ring()) { keys in
                let newcomer = try await keys.key(of: UUID())
                #expect(!newcomer.id.isEmpty)
                return try await keys.keys(of: people).mapValues(\.id)
            }
            #expect(during == before)

            let count = try await vault.withKeeper(ring: rotated.ring()) { try await $0.rewrapAll() }
            #expect(count == people.count)
            let again = try await vault.withKeeper(ring: rotated.ring()) { try await $0.rewrapAll() }
            #expect(again == 0)

            let after = try await vault.withKeys(ring: rotated.withoutOlderKeys.ring()) {
                try await $0.keys(of: people).mapValues(\.id)
            }
            #expect(after == before)
            #expect(try await code { _ = try await vault.read(first) } == .unknownWrappingKey)
        }
    }

    @Test(
        "a process from before the change goes on: it reads the ring again where a key is wrapped anew, or its own is refused"
    )
    func processFromBefore() async throws {
        try await Vault.with { vault in
            let people = (0..<3).map { _ in UUID() }
            let before = try await vault.withKeys { try await $0.keys(of: people).mapValues(\.id) }
            let rotated = vault.ringFile.rotated(to: vault.ringFile.nextID)
            let changed = Mutex(0)
            // It keeps no keys, so that every look-up asks the database.
            var limits = PersonKeyLimits()
            limits.cachedKeysMax = 0
            @Sendable func readAgain() throws -> KeyRing {
                changed.withLock { $0 += 1 }
                return try rotated.withoutOlderKeys.ring()
            }
            for isMaking in [true, false] {
                try await vault.withKeys(readRingAgain: readAgain, limits: limits) { keys in
                    #expect(try await keys.keys(of: people).mapValues(\.id) == before)
                    try await vault.withKeeper(ring: rotated.ring()) { _ = try await $0.rewrapAll() }
                    if isMaking { _ = try await keys.key(of: UUID()) }
                    #expect(try await keys.keys(of: people).mapValues(\.id) == before)
                }
            }
            #expect(changed.withLock(\.self) == 2)
            // One that cannot read it again is refused, whatever it does.
            #expect(try await code { _ = try await vault.read(people[0]) } == .unknownWrappingKey)
            await #expect(throws: PostgresError.self) { try await vault.withKeys { _ = try await $0.key(of: UUID()) } }
            try await vault.connected(vault.keysURL) { connection in
                let rows = try await connection.query("select distinct wrapping_key_id from keys.person_key")
                #expect(try rows.only().decode(String.self) == rotated.ring().current.id)
            }
        }
    }

    @Test("a service can add keys and do nothing else to them, and a destroyed key comes back for nobody")
    func privileges() async throws {
        try await Vault.with { vault in
            let (person, erased) = (UUID(), UUID())
            _ = try await vault.withKeys { try await $0.keys(of: [person, erased]) }
            try await vault.withKeeper { keeper in
                try await keeper.erase(erased, reason: "asked for it", actor: "a", at: moment) {}
            }
            let statements: [(role: String, sql: String)] = [
                (KeyDatabase.appRole, "update keys.person_key set destroyed_at = now(), wrapped = null"),
                (KeyDatabase.appRole, "delete from keys.person_key"),
                (KeyDatabase.appRole, "insert into keys.erasure values (9, gen_random_uuid(), '')"),
                (KeyDatabase.keeperRole, "delete from keys.person_key"),
                (KeyDatabase.keeperRole, "delete from keys.erasure"),
                (KeyDatabase.keeperRole, "update keys.erasure set line = ''"),
                (
                    KeyDatabase.keeperRole,
                    "update keys.person_key set destroyed_at = null, wrapped = '\\x00', wrapping_key_id = 'k1' "
                        + "where wrapped is null"
                ),
                (KeyDatabase.appRole, "insert into keys.retired_wrapping_key values ('1')"),
                (KeyDatabase.keeperRole, "delete from keys.retired_wrapping_key"),
                ("takeup_keys_owner", "delete from keys.retired_wrapping_key"),
                ("takeup_keys_owner", "delete from keys.person_key"),
                ("takeup_keys_owner", "truncate keys.person_key"),
                ("takeup_keys_owner", "delete from keys.erasure"),
                ("takeup_keys_owner", "truncate keys.erasure"),
            ]
            for statement in statements {
                try await vault.connected(Vault.url(vault.keysURL, role: statement.role)) { connection in
                    await #expect(throws: PostgresError.self, "\(statement)") {
                        try await connection.execute(script: statement.sql)
                    }
                }
            }
            #expect(try await code { try await vault.withKeys { _ = try await $0.key(of: erased) } } == .erased)
            _ = try await vault.withKeys { try await $0.existingKey(of: person) }
        }
    }

    @Test("cached keys are bounded in number and forgotten in time")
    func cache() throws {
        var limits = PersonKeyLimits()
        limits.cachedKeysMax = 3
        limits.cachedKeyLifetime = .seconds(10)
        var cache = KeyCache(limits: limits)
        let start = ContinuousClock.now
        let people = (0..<5).map { _ in UUID() }
        for (second, person) in people.enumerated() {
            cache.add(try PersonKey.make(for: person), at: start + .seconds(second))
            #expect(cache.count <= 3)
        }
        let now = start + .seconds(5)
        #expect(people.map { cache.key(of: $0, at: now) != nil } == [false, false, true, true, true])
        #expect(cache.key(of: people[2], at: start + .seconds(11.999)) != nil)
        #expect(cache.key(of: people[2], at: start + .seconds(12)) == nil)
        cache.remove(people[4])
        #expect(cache.count == 1)
        #expect(cache.key(of: people[3], at: start + .seconds(13)) == nil)
        #expect(cache.count == 0)
    }

    @Test("a ring is read back as it was written, and anything else is refused")
    func ringFiles() throws {
        let file = KeyRingFile(newKey: "k1").rotated(to: "k2")
        let ring = try KeyRingFile(file.bytes).ring()
        #expect(ring.current.id == "k2")
        #expect(ring.keyIDs == ["k1", "k2"])
        #expect(try KeyRingFile(file.withoutOlderKeys.bytes).ring().keyIDs == ["k2"])
        let hash = try ring.searchHash("a")("x")
        #expect(try KeyRingFile(file.bytes).ring().searchHash("a")("x") == hash)

        let text = String(decoding: file.bytes, as: UTF8.self)
        let damaged = [
            "", "{}", String(text.dropLast()),
            text.replacingOccurrences(of: "\"current\":\"k2\"", with: "\"current\":\"k3\""),
            text.replacingOccurrences(of: "\"id\":\"k1\"", with: "\"id\":\"k2\""),
            text.replacingOccurrences(of: "\"key\":\"", with: "\"key\":\"AA"),
            text.replacingOccurrences(of: "\"search\":\"", with: "\"search\":\"*"),
        ]
        for bytes in damaged {
            #expect(throws: SafeguardsError.self) { try KeyRingFile(Array(bytes.utf8)).ring() }
        }
        var many = file
        for number in 3...KeyRing.keysMax { many = many.rotated(to: "k\(number)") }
        #expect(try many.ring().keyIDs.count == KeyRing.keysMax)
        #expect(throws: SafeguardsError.self) { try many.rotated(to: "one-more").ring() }
    }
}
