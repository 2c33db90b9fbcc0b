import FoundationEssentials
import TestSupport
import Testing

@testable import Messaging

@Suite("What the relay writes without making strings")
struct RecordWriterTests {
    private func text(_ write: (RecordWriter) throws -> UnsafeRawBufferPointer) throws -> String {
        let writer = RecordWriter()
        return String(decoding: try write(writer), as: UTF8.self)
    }

    private func bigint<T>(_ value: Int64, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try withUnsafeBytes(of: value.bigEndian, body)
    }

    @Test("a UUID is written in lower case")
    func uuid() throws {
        let id = UUID()
        let written = try withUnsafeBytes(of: id.uuid) { bytes in try text { try $0.uuid(bytes) } }
        #expect(written == id.uuidString.lowercased())
    }

    @Test("numbers at the ends of their range", arguments: [0, 1, 9, 10, 99, 100, -1, .max, .min])
    func decimal(_ value: Int64) throws {
        #expect(try bigint(value) { bytes in try text { try $0.decimal(bytes) } } == "\(value)")
    }

    @Test(
        "known times",
        arguments: [
            (0, "2000-01-01T00:00:00.000Z"), (1_500, "2000-01-01T00:00:00.001Z"), (-1, "1999-12-31T23:59:59.999Z"),
            (5_097_600_000_000, "2000-02-29T00:00:00.000Z"), (817_344_000_000_000, "2025-11-25T00:00:00.000Z"),
        ])
    func knownTimes(_ microseconds: Int64, _ expected: String) throws {
        #expect(try bigint(microseconds) { bytes in try text { try $0.time(bytes) } } == expected)
    }

    @Test("any second from 1600 on is written as Foundation writes it (random, seed printed)")
    func times() throws {
        var random = SeededRandom("messaging")
        for _ in 0..<5_000 {
            // Before 1583 Foundation follows the Julian calendar; of a fraction it shows what a Double leaves of it.
            let seconds = Int64.random(in: -12_600_000_000..<250_000_000_000, using: &random)
            let date = Date(timeIntervalSinceReferenceDate: Double(seconds) - 31_622_400)
            let written = try bigint(seconds * 1_000_000) { bytes in try text { try $0.time(bytes) } }
            let expected = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            #expect(written == expected, "seed \(random.seed), \(seconds) s since 2000")
        }
    }

    @Test("a time beyond year 9999 or before year 0 is refused")
    func outOfRange() {
        for value in [Int64.max, .min, 252_455_616_000_000_000] {
            #expect(throws: MessagingError.self) { try bigint(value) { bytes in try text { try $0.time(bytes) } } }
        }
        #expect(throws: Never.self) { try bigint(252_455_615_999_999_999) { bytes in try text { try $0.time(bytes) } } }
    }

    @Test("bytes of another width are refused")
    func wrongWidth() {
        let bytes: [UInt8] = [1, 2, 3]
        bytes.withUnsafeBytes { bytes in
            #expect(throws: MessagingError.self) { try text { try $0.uuid(bytes) } }
            #expect(throws: MessagingError.self) { try text { try $0.decimal(bytes) } }
            #expect(throws: MessagingError.self) { try text { try $0.time(bytes) } }
        }
    }
}

@Suite("Headers as one value")
struct HeaderBlockTests {
    @Test("come back as they were, empty and repeated ones too")
    func roundTrip() throws {
        let headers: [(name: String, value: [UInt8])] = [("a", [1, 0, 255]), ("", []), ("a", Array("ü".utf8))]
        let back = try HeaderBlock.decode(HeaderBlock.encode(headers))
        #expect(back.map(\.name) == headers.map(\.name))
        #expect(back.map(\.value) == headers.map(\.value))
        #expect(try HeaderBlock.decode([]).isEmpty)
    }

    @Test("any cut or wild length is an error, never a trap (random, seed printed)")
    func corrupt() {
        let block = HeaderBlock.encode([("ce_id", [1, 2, 3]), ("ce_type", [4])])
        let ends = [0, 16, block.count]
        for cut in 0..<block.count where !ends.contains(cut) {
            #expect(throws: MessagingError.self, "cut at \(cut)") { try HeaderBlock.decode(Array(block.prefix(cut))) }
        }
        var random = SeededRandom("messaging")
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? HeaderBlock.decode(bytes)
        }
    }
}
