import Domain
import FoundationEssentials
import Testing

@Suite("Ids")
struct IdentityTests {
    @Test("a version 7 id has its time, version and variant where RFC 9562 puts them")
    func layout() {
        // The example of RFC 9562, A.6: 2022-02-22 19:22:22 UTC.
        let id = UUID.v7(at: Date(timeIntervalSince1970: 1_645_557_742), randomness: (0x0CC3, 0x18C4_DC0C_0C07_398F))
        #expect(id.uuidString.lowercased() == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test("ids sort by time")
    func order() {
        var (generator, seed) = SeededGenerator.printingSeed()
        var ids: [CaseID] = []
        for step in 0..<1_000 {
            ids.append(.v7(at: Date(timeIntervalSince1970: 1_700_000_000 + Double(step) / 1_000), using: &generator))
        }
        #expect(ids == ids.sorted(), "seed \(seed)")
        #expect(Set(ids).count == ids.count)
    }

    @Test("an id is written in lower case, read in either, and travels in JSON as text")
    func text() throws {
        let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
        let id = try #require(PersonID(text))
        #expect(PersonID(text.uppercased()) == id)
        #expect(id.description == text)
        #expect(String(decoding: try JSONEncoder().encode([id]), as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([PersonID].self, from: Data("[\"\(text)\"]".utf8)) == [id])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([PersonID].self, from: Data("[\"x\"]".utf8)) }
        #expect(PersonID("017f22e2-79b0-7cc3-98c4-dc0c0c07398") == nil)
        #expect(PersonID("") == nil)
    }
}
