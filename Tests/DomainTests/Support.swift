import Domain
import FoundationEssentials
import Testing

/// A small generator whose whole state is its seed, so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A generator with a fresh seed, which it prints.
    static func printingSeed(_ name: String = #function) -> (generator: SeededGenerator, seed: UInt64) {
        let seed = UInt64.random(in: .min ... .max)
        print("seed of \(name): \(seed)")
        return (SeededGenerator(seed: seed), seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The date that the text says; a test with a wrong one fails.
func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text), "\(text) is no date") }

/// A UTC instant: whole seconds since 1970 from a day and a time of day.
func instant(_ date: String, _ hour: Int, _ minute: Int = 0, _ second: Int = 0) throws -> Date {
    Date(timeIntervalSince1970: Double(try day(date).dayNumber * 86_400 + hour * 3_600 + minute * 60 + second))
}

/// An id that is the same for the same number.
func id<Tag>(_ number: UInt64) -> EntityID<Tag> { EntityID(UUID(high: 0, low: number)) }

/// A hash that is the same for the same digit.
func hash(_ digit: Character) throws -> TextSHA256 {
    try #require(TextSHA256(String(repeating: String(digit), count: 64)))
}
