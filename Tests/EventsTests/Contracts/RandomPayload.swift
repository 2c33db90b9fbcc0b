import Domain
import Foundation

@testable import Events

/// SplitMix64: small, fast and the same everywhere for a seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A new seed, or the one in `EVENTS_SEED`, printed so that a failure can be seen again.
    static func announced(_ test: String) -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["EVENTS_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(test): EVENTS_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }
}

/// Makes up payloads through their own `Decodable` conformance: it answers whatever the payload asks for, so that a field which
/// was added to a payload is made up too, without a word here.
final class RandomPayload: Decoder {
    var generator: SeededGenerator
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(_ generator: SeededGenerator) { self.generator = generator }

    func make<T: Decodable>(_ type: T.Type) throws -> T {
        if let cases = type as? any CaseIterable.Type, let value = randomCase(cases) as? T { return value }
        if let id = type as? any RandomText.Type { return try decoded(id.random(&generator), as: type) }
        return try T(from: self)
    }

    private func randomCase<C: CaseIterable>(_ type: C.Type) -> Any? {
        Array(type.allCases).randomElement(using: &generator)
    }

    private func decoded<T: Decodable>(_ text: String, as type: T.Type) throws -> T {
        if type == Date.self, let time = EventTime.parse(text.utf8) as? T { return time }
        return try JSONDecoder().decode(type, from: JSONEncoder().encode(text))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Fields<Key>(maker: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        Elements(maker: self, elements: Int.random(in: 1...5, using: &generator))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(maker: self) }
}

/// Types that a payload holds as text, and which texts.
protocol RandomText {
    static func random(_ generator: inout SeededGenerator) -> String
}

extension EntityID: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        UUID.v7(at: Date(timeIntervalSince1970: Double.random(in: 0...4e9, using: &generator)), using: &generator)
            .uuidString
            .lowercased()
    }
}

extension Date: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        let milliseconds = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator)
        return EventTime.text(of: Date(timeIntervalSince1970: Double(milliseconds) / 1_000)) ?? ""
    }
}

extension CivilDate: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        CivilDate(clampingDayNumber: Int.random(in: -719_162...2_932_896, using: &generator)).description
    }
}

extension Pence: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        let edges: [Int64] = [.min, -1, 0, 1, .max]
        let isEdge = Int.random(in: 0..<10, using: &generator) == 0
        let amount =
            isEdge ? edges.randomElement(using: &generator) ?? 0 : Int64.random(in: 0...5_000_000, using: &generator)
        return String(amount)
    }
}

extension TextSHA256: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        String((0..<64).map { _ in "0123456789abcdef".randomElement(using: &generator) ?? "0" })
    }
}

extension CodeWord: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        (1...Int.random(in: 1...4, using: &generator)).map { _ in
            String(
                (1...Int.random(in: 1...12, using: &generator)).map { _ in
                    "abcxyz0189".randomElement(using: &generator) ?? "a"
                })
        }.joined(separator: "-")
    }
}

extension ShortText: RandomText {
    static func random(_ generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", " ", "\"", "\\", "/", "é", "’", "\u{2028}", "𝛑", "e", "\u{301}", "漢", "<", "\u{FEFF}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...ShortText.scalarsMax, using: &generator) {
            text.append(alphabet.randomElement(using: &generator) ?? "a")
        }
        return String(text)
    }
}

private struct NotMadeUp: Error {}

private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let maker: RandomPayload
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { Bool.random(using: &maker.generator) }
    func decodeNil(forKey key: Key) throws -> Bool { false }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { Bool.random(using: &maker.generator) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        Int.random(in: 1...2_147_483_647, using: &maker.generator)
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try maker.make(type) }
    func nestedContainer<N: CodingKey>(keyedBy: N.Type, forKey: Key) throws -> KeyedDecodingContainer<N> {
        throw NotMadeUp()
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NotMadeUp() }
    func superDecoder() throws -> any Decoder { throw NotMadeUp() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw NotMadeUp() }
}

private struct Elements: UnkeyedDecodingContainer {
    let maker: RandomPayload
    let elements: Int
    var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { elements }
    var isAtEnd: Bool { currentIndex >= elements }

    init(maker: RandomPayload, elements: Int) {
        self.maker = maker
        self.elements = elements
    }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        currentIndex += 1
        return try maker.make(type)
    }
    mutating func nestedContainer<N: CodingKey>(keyedBy: N.Type) throws -> KeyedDecodingContainer<N> {
        throw NotMadeUp()
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotMadeUp() }
    mutating func superDecoder() throws -> any Decoder { throw NotMadeUp() }
}

/// A type that asks for a bare value needs a line of its own above: what texts it allows cannot be guessed.
private struct Single: SingleValueDecodingContainer {
    let maker: RandomPayload
    var codingPath: [any CodingKey] { [] }
    func decodeNil() -> Bool { false }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { throw NotMadeUp() }
}
