import Domain
import Events
import FoundationEssentials
import Kafka
import TestSupport

/// A message that no consumer can apply, and the reason that its letter must give.
struct Poison: Sendable {
    let name: String
    let reason: String
    let record: KafkaRecord
}

/// The bad messages of a topic, all made out of one good event.
struct PoisonCorpus {
    let good: GoodEvent

    private static let bodyBytes = 999_000

    func all() throws -> [Poison] {
        try undecodable() + misdirected() + withoutEnvelope()
    }

    /// An envelope that can be read, and a body that is not what its type says.
    private func undecodable() throws -> [Poison] {
        let body = String(decoding: try good.make().body, as: UTF8.self)
        let bodies: [(String, [UInt8])] = [
            ("nothing at all", []),
            ("no JSON", Array("MSH|^~\\&|ADT1|".utf8)),
            ("half of the JSON", Array(body.utf8.dropLast(body.utf8.count / 2))),
            ("JSON and more after it", Array("\(body) {}".utf8)),
            ("a NUL", Array("{\"a\":\"".utf8) + [0] + Array("\"}".utf8)),
            ("NULs only", Array(repeating: 0, count: 64)),
            ("an escaped NUL in every text", Array(body.replacing("\":\"", with: "\":\"\\u0000").utf8)),
            ("half of a surrogate pair", Array(body.replacing("\":\"", with: "\":\"\\ud800").utf8)),
            ("bad UTF-8 in every text", Array(body.utf8).flatMap { $0 == UInt8(ascii: "-") ? [0xc3, 0x28] : [$0] }),
            ("an overlong encoding", Array("{\"a\":\"".utf8) + [0xc0, 0xaf] + Array("\"}".utf8)),
            ("arrays 20,000 deep", Array(String(repeating: "[", count: 20_000).utf8)),
            (
                "objects 8,000 deep",
                Array((String(repeating: "{\"a\":", count: 8_000) + "1" + String(repeating: "}", count: 8_000)).utf8)
            ),
            ("a list", Array("[\(body)]".utf8)),
            ("a text", Array("\"\(good.type)\"".utf8)),
            ("null", Array("null".utf8)),
            ("an object with nothing in it", Array("{}".utf8)),
            ("numbers for texts", Array(body.replacing(/":"[^"]*"/, with: "\":17").utf8)),
            ("objects for texts", Array(body.replacing(/":"[^"]*"/, with: "\":{\"a\":[]}").utf8)),
            ("null for texts", Array(body.replacing(/":"[^"]*"/, with: "\":null").utf8)),
            ("1e999 for texts", Array(body.replacing(/":"[^"]*"/, with: "\":1e999").utf8)),
            (
                "numbers of 400 digits for texts",
                Array(body.replacing(/":"[^"]*"/, with: "\":" + String(repeating: "9", count: 400)).utf8)
            ),
            ("the body of another type", try EventJSON.encode(Self.otherType())),
        ]
        return try bodies.map { name, bytes in
            let (record, _) = try good.make(body: bytes)
            return Poison(name: name, reason: "undecodable", record: record)
        }
    }

    /// Well-formed, and not for us.
    private func misdirected() throws -> [Poison] {
        let type = try good.make(replacing: ["ce_type": "uk.gov.leeds.takeup.poison-brewed.v1"]).record
        let version = try good.make(replacing: ["ce_type": good.type + "9"]).record
        let large = try good.make(body: Array(repeating: UInt8(ascii: " "), count: Self.bodyBytes)).record
        return [
            Poison(name: "a type that nobody knows", reason: "unknown-type", record: type),
            Poison(name: "a version that nobody knows", reason: "unknown-type", record: version),
            Poison(name: "nearly a MiB", reason: "oversize", record: large),
        ]
    }

    /// Who sent it, what it is or where it belongs cannot be read.
    private func withoutEnvelope() throws -> [Poison] {
        var bare = try good.make().record
        bare.headers = []
        var twice = try good.make().record
        twice.headers += twice.headers.filter { $0.name == "ce_id" }
        var crowded = try good.make().record
        crowded.headers += [(name: "x-notes", value: Array(repeating: UInt8(ascii: "x"), count: 100_000))]
        var wordKey = try good.make().record
        wordKey.key = Array("Bob".utf8)
        var noKey = try good.make().record
        noKey.key = []
        var broken = try good.make().record
        broken.headers = broken.headers.map { $0.name == "ce_source" ? (name: $0.name, value: [0xff, 0xfe, 0]) : $0 }
        let records: [(String, KafkaRecord)] = [
            ("no headers", bare), ("two ids", twice), ("100 KB of headers", crowded), ("a key that is a word", wordKey),
            ("no key", noKey), ("a source that is no text", broken),
            ("a version of nought", try good.make(replacing: ["ce_aggregateversion": "0"]).record),
            ("a version below nought", try good.make(replacing: ["ce_aggregateversion": "-1"]).record),
            (
                "a version of 400 digits",
                try good.make(replacing: ["ce_aggregateversion": String(repeating: "9", count: 400)]).record
            ),
            ("an id that is none", try good.make(replacing: ["ce_id": "17"]).record),
            ("a time that is none", try good.make(replacing: ["ce_time": "yesterday"]).record),
            ("CloudEvents of tomorrow", try good.make(replacing: ["ce_specversion": "9.0"]).record),
            ("the wrong content type", try good.make(replacing: ["content-type": "application/avro"]).record),
        ]
        return records.map { Poison(name: $0, reason: "no-envelope", record: $1) }
    }

    /// No consumer of the corpus has a use for its facts.
    private static func otherType() -> some EventPayload {
        CaseClosed(
            caseID: CaseID(UUID()), personID: PersonID(UUID()), closedAt: Date(), reason: "moved-away")
    }
}
