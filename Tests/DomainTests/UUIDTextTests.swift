import Domain
import FoundationEssentials
import Testing

@Suite("A UUID in text")
struct UUIDTextTests {
    private static let digits = Array("0123456789abcdefABCDEF".utf8)

    @Test("is read as Foundation writes it, and a damaged one is none (random, seed printed)")
    func agreesWithFoundation() {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<20_000 {
            var text = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".utf8.map { character in
                character == UInt8(ascii: "x") ? Self.digits.randomElement(using: &generator) ?? 0 : character
            }
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: text[Int.random(in: 0..<36, using: &generator)] = UInt8.random(in: 33...126, using: &generator)
            case 1: text.removeLast()
            default: break
            }
            let string = String(decoding: text, as: UTF8.self)
            // Foundation takes signs and `0x` for digits; what it writes has neither.
            let expected = UUID(uuidString: string).flatMap { $0.uuidString == string.uppercased() ? $0 : nil }
            #expect(UUID(text: text) == expected, "\(string), seed \(seed)")
            #expect(UUID(text: string) == expected, "\(string), seed \(seed)")
        }
    }

    @Test(
        "with anything more, less or else is none",
        arguments: [
            "", "-", "0190a1b2-c3d4-7e5f-8a6b-0000000000010", "0190a1b2c3d47e5f8a6b000000000001",
            "+190a1b2-c3d4-7e5f-8a6b-000000000001", "0190a1b2-c30x-7e5f-8a6b-000000000001",
        ])
    func others(_ text: String) {
        #expect(UUID(text: Array(text.utf8)) == nil)
        #expect(UUID(text: text) == nil)
    }
}
