import Events
import FoundationEssentials
import Kafka
import Messaging
import Postgres
import Testing

@Suite("Dead letters on a real PostgreSQL", .serialized)
struct DeadLetterTests {
    /// Refuses one version of one key.
    private func refusing(_ key: UUID, _ version: Int64) -> EffectHandler {
        EffectHandler { event in
            if event.key == key, event.envelope.aggregateVersion == version { throw RejectedEvent("not this one") }
        }
    }

    @Test("only the bad event is put aside; later ones of its key wait, other keys go on")
    func onlyTheBadOne() async throws {
        try await ConsumerRig.with { rig in
            let (key, other) = (UUID(), UUID())
            for version in 1...5 as ClosedRange<Int64> {
                rig.bus.inject(try message(key: key, version: version))
                rig.bus.inject(try message(key: other, version: version))
            }
            try await rig.consume(refusing(key, 3))
            #expect(try await rig.versions(of: key) == [1, 2])
            #expect(try await rig.versions(of: other) == Array(1...5))
            #expect(try await rig.parked() == 2)
            let letter = try #require(try await rig.deadLetters().list().first)
            #expect(letter.reason == "rejected")
            #expect(letter.error == "not this one")
            #expect(letter.key == key)
            #expect(letter.version == 3)
            #expect(letter.state == .open)
            // Delivered again it does not die again.
            rig.bus.rewind()
            try await rig.consume(refusing(key, 3))
            #expect(try await rig.deadLetters().list().count == 1)
        }
    }

    @Test("replayed with the fault gone, it is applied and then what waited behind it")
    func replay() async throws {
        try await ConsumerRig.with { rig in
            let key = UUID()
            for version in 1...5 as ClosedRange<Int64> { rig.bus.inject(try message(key: key, version: version)) }
            try await rig.consume(refusing(key, 2))
            let id = try #require(try await rig.deadLetters().list().first?.id)

            let error = try await #require(throws: MessagingError.self) {
                try await rig.deadLetters(refusing(key, 2)).replay(id, by: "ann")
            }
            #expect(error.code == .replayFailed)
            #expect(try await rig.deadLetters().show(id)?.letter.attempts == 2)

            #expect(try await rig.deadLetters().replay(id, by: "ann", dryRun: true) == .applied)
            #expect(try await rig.versions(of: key) == [1])
            #expect(try await rig.deadLetters().replay(id, by: "ann") == .applied)
            #expect(try await rig.versions(of: key) == Array(1...5))
            #expect(try await rig.deadLetters().list().isEmpty)
            #expect(try await rig.deadLetters().list(state: .replayed).count == 1)
            await #expect(throws: MessagingError.self) { try await rig.deadLetters().replay(id, by: "ann") }
        }
    }

    @Test("a corrected payload is applied, and what arrived is kept with who corrected it and why")
    func fix() async throws {
        let decoding = EffectHandler { event in _ = try event.decodeClosed() }
        try await ConsumerRig.with { rig in
            let key = UUID()
            let good = try closed(key).payload
            rig.bus.inject(try message(key: key, version: 1, payload: Array("{\"caseID\": 7".utf8)))
            rig.bus.inject(try message(key: key, version: 2))
            try await rig.consume(decoding)
            let letters = rig.deadLetters(decoding)
            let id = try #require(try await letters.list().first?.id)
            #expect(try await letters.list().first?.reason == "undecodable")

            try await letters.fix(id, payload: good, by: "ann", why: "cut off", dryRun: true)
            #expect(try await letters.show(id)?.originalPayload == nil)
            try await letters.fix(id, payload: Array("still bad".utf8), by: "ann", why: "first try")
            try await letters.fix(id, payload: good, by: "ann", why: "cut off in transit")
            let fixed = try #require(try await letters.show(id))
            #expect(fixed.originalPayload == Array("{\"caseID\": 7".utf8))
            #expect(fixed.payload == good)
            #expect(fixed.letter.fixedBy == "ann")
            #expect(fixed.letter.fixedWhy == "cut off in transit")
            #expect(try await letters.replay(id, by: "ben") == .applied)
            #expect(try await rig.versions(of: key) == [1, 2])
        }
    }

    @Test("a discarded letter lets what waited behind it through, whichever of two goes first")
    func discard() async throws {
        try await ConsumerRig.with { rig in
            let key = UUID()
            for version in 1...6 as ClosedRange<Int64> { rig.bus.inject(try message(key: key, version: version)) }
            let handler = EffectHandler { event in
                if [2, 3].contains(event.envelope.aggregateVersion) { throw RejectedEvent("no") }
            }
            try await rig.consume(handler)
            let letters = rig.deadLetters(handler)
            let first = try #require(try await letters.list().first)
            #expect(first.version == 2)
            try await letters.discard(first.id, by: "ann", why: "a test", dryRun: true)
            #expect(try await letters.list().count == 1)
            // 3 waits behind 2; when 2 goes, 3 is tried, refused, and put aside itself.
            try await letters.discard(first.id, by: "ann", why: "a test")
            let second = try #require(try await letters.list().first)
            #expect(second.version == 3)
            #expect(try await rig.versions(of: key) == [1])
            try await letters.discard(second.id, by: "ann", why: "a test")
            #expect(try await rig.versions(of: key) == [1, 4, 5, 6])
            #expect(try await letters.list(state: .discarded).count == 2)
        }
    }

    @Test("a letter discarded before its turn is passed over when it comes")
    func discardEarly() async throws {
        try await ConsumerRig.with { rig in
            let key = UUID()
            rig.bus.inject(try message(key: key, version: 3))
            rig.bus.inject(try message(key: key, version: 2, type: "uk.takeup.cases.nonsense.v1"))
            try await rig.consume()
            let letter = try #require(try await rig.deadLetters().list().first)
            try await rig.deadLetters().discard(letter.id, by: "ann", why: "no such type")
            #expect(try await rig.versions(of: key).isEmpty)
            rig.bus.inject(try message(key: key, version: 1))
            try await rig.consume()
            #expect(try await rig.versions(of: key) == [1, 3])
            #expect(try await rig.parked() == 0)
        }
    }

    @Test("letters come in pages")
    func pages() async throws {
        try await ConsumerRig.with { rig in
            for _ in 0..<7 { rig.bus.inject(try message(key: UUID(), version: 1, type: "uk.takeup.cases.nonsense.v1")) }
            try await rig.consume()
            let letters = rig.deadLetters()
            let first = try await letters.list(limit: 3)
            let second = try await letters.list(after: first.last?.id ?? 0, limit: 3)
            let third = try await letters.list(after: second.last?.id ?? 0, limit: 3)
            #expect([first.count, second.count, third.count] == [3, 3, 1])
            #expect(try await letters.list(limit: 0).count == 1)
        }
    }

    /// Everything that can be wrong with a message, and the reason it dies with.
    static let corpus: [(name: String, reason: String, make: @Sendable (UUID) throws -> KafkaRecord)] = [
        ("bad JSON", "undecodable", { try message(key: $0, version: 1, payload: Array("{".utf8)) }),
        ("empty payload", "undecodable", { try message(key: $0, version: 1, payload: []) }),
        ("a list", "undecodable", { try message(key: $0, version: 1, payload: Array("[1,2]".utf8)) }),
        ("wrong types", "undecodable", { try message(key: $0, version: 1, payload: Array("{\"caseID\": {}}".utf8)) }),
        (
            "huge number", "undecodable",
            { try message(key: $0, version: 1, payload: Array("{\"caseID\": 1e999999}".utf8)) }
        ),
        ("NUL bytes", "undecodable", { try message(key: $0, version: 1, payload: Array(repeating: 0, count: 64)) }),
        ("bad UTF-8", "undecodable", { try message(key: $0, version: 1, payload: [0x22, 0xff, 0xfe, 0x22]) }),
        (
            "deep nesting", "undecodable",
            { try message(key: $0, version: 1, payload: Array(repeating: UInt8(ascii: "["), count: 60_000)) }
        ),
        (
            "one byte too large", "oversize",
            { try message(key: $0, version: 1, payload: Array(repeating: 32, count: 65_537)) }
        ),
        (
            "nearly a MiB", "oversize",
            { try message(key: $0, version: 1, payload: Array(repeating: 32, count: 900_000)) }
        ),
        ("unknown type", "unknown-type", { try message(key: $0, version: 1, type: "uk.takeup.cases.invented.v1") }),
        ("newer version", "unknown-type", { try message(key: $0, version: 1, type: "uk.takeup.cases.closed.v99") }),
        ("no id", "no-envelope", { try message(key: $0, version: 1, without: "ce_id") }),
        ("no type", "no-envelope", { try message(key: $0, version: 1, without: "ce_type") }),
        ("no version", "no-envelope", { try message(key: $0, version: 1, without: "ce_aggregateversion") }),
        ("version zero", "no-envelope", { try message(key: $0, version: 0) }),
        ("version below zero", "no-envelope", { try message(key: $0, version: -1) }),
        (
            "no headers", "no-envelope",
            { KafkaRecord(topic: "cases", key: Array($0.uuidString.utf8), value: [1], headers: []) }
        ),
        (
            "a key that is no UUID", "no-envelope",
            {
                KafkaRecord(topic: "cases", key: [0xff], value: [1], headers: try message(key: $0, version: 1).headers)
            }
        ),
    ]

    @Test("every message of the poison corpus dies with its reason, and the partition moves on")
    func poison() async throws {
        let decoding = EffectHandler { event in _ = try event.decodeClosed() }
        try await ConsumerRig.with { rig in
            var keys: [UUID] = []
            for poison in Self.corpus {
                rig.bus.inject(try poison.make(UUID()))
                keys.append(UUID())
                rig.bus.inject(try message(key: keys[keys.count - 1], version: 1))
            }
            try await rig.consume(decoding)
            let letters = try await rig.deadLetters().list(limit: 100)
            var reasons: [String: Int] = [:]
            for letter in letters { reasons[letter.reason, default: 0] += 1 }
            var expected: [String: Int] = [:]
            for poison in Self.corpus { expected[poison.reason, default: 0] += 1 }
            #expect(reasons == expected)
            #expect(try await rig.effects() == Int64(keys.count))
            // Delivered again, nothing dies twice.
            rig.bus.rewind()
            try await rig.consume(decoding)
            #expect(try await rig.deadLetters().list(limit: 100).count == letters.count)
            #expect(try await rig.effects() == Int64(keys.count))
        }
    }
}
