import FoundationEssentials
import Testing

@testable import Formats

@Suite("No input ends the process")
struct HostileInputTests {
    @Test("a notice that is cut off at any byte is refused, never trapped on")
    func truncated() {
        let whole = Array(Fixtures.assessment.utf8)
        for count in 0..<whole.count {
            let reading = ADWNotice.read(Array(whole.prefix(count)))
            #expect(reading.notice == nil)
            #expect(reading.report.hasErrors)
        }
    }

    @Test("twenty thousand mutated notices are read or refused, and a refusal always has a reason")
    func mutated() {
        let seed = UInt64.random(in: .min ... .max)
        print("mutation seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let whole = Array(Fixtures.assessment.utf8)
        for round in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, using: &generator) }
            let reading = ADWNotice.read(bytes)
            #expect((reading.notice == nil) == reading.report.hasErrors, "seed \(seed)")
            if round.isMultiple(of: 10) { _ = ADWResponse.read(bytes) }
        }
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: index)
        case 3: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 4:
            let end = min(bytes.count, index + Int.random(in: 1...200, using: &generator))
            bytes.removeSubrange(index..<end)
        default:
            let end = min(bytes.count, index + Int.random(in: 1...200, using: &generator))
            bytes.insert(contentsOf: Array(bytes[index..<end]), at: Int.random(in: bytes.indices, using: &generator))
        }
    }

    @Test(
        "instants that are no instants are refused",
        arguments: [
            "", "2026", "2026-03-02", "2026-03-02T09:30:00", "2026-03-02T24:00:00Z", "2026-02-30T00:00:00Z",
            "2026-03-02T09:60:00Z",
            "2026-03-02T09:30:00.Z", "2026-03-02T09:30:00.1234567890Z", "2026-03-02T09:30:00+1:00",
            "2026-03-02T09:30:00+15:00",
            "2026-03-02 09:30:00Z", "2026-03-02T09:30:00Z ", "２026-03-02T09:30:00Z", "2026-03-02T09:30:00+00:0",
        ])
    func badInstants(_ text: String) {
        #expect(Instant.parse(text) == nil)
    }

    @Test("instants with offsets and fractions are read exactly")
    func instants() throws {
        #expect(Instant.parse("1970-01-01T00:00:00Z")?.timeIntervalSince1970 == 0)
        #expect(Instant.parse("1970-01-01T01:00:00+01:00")?.timeIntervalSince1970 == 0)
        #expect(Instant.parse("1969-12-31T23:59:59-00:30")?.timeIntervalSince1970 == 1_799)
        #expect(Instant.parse("2017-05-01T15:02:11.5+00:00")?.timeIntervalSince1970 == 1_493_650_931.5)
        let instant = try #require(Instant.parse("1955-07-01T12:34:56Z"))
        #expect(Instant.format(instant) == "1955-07-01T12:34:56+00:00")
    }
}
