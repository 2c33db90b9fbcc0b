import Foundation
import JSON
import Testing

@testable import Events

/// Our reader against Foundation's, on random documents: what ours reads, Foundation reads as the same; what only Foundation
/// reads breaks a rule that ours has on top.
@Suite("Reading as Foundation does")
struct EquivalenceTests {
    @Test("100,000 random and hostile documents are read the same or refused by a rule")
    func documents() throws {
        var generator = SeededGenerator.announced("equivalence of documents")
        var counts: [String: Int] = [:]
        for _ in 0..<100_000 {
            var bytes = Array(RandomDocument.document(&generator).utf8)
            if Bool.random(using: &generator) { RandomDocument.damage(&bytes, &generator) }
            counts[Self.compare(bytes), default: 0] += 1
        }
        print("equivalence of documents:", counts.sorted { $0.key < $1.key })
        // Each outcome was really met, so that the comparison means something.
        #expect(counts["same", default: 0] > 20_000)
        #expect(counts["both refuse", default: 0] > 10_000)
        #expect(counts["duplicate_key", default: 0] > 100)
    }

    /// What became of a document, as a word.
    private static func compare(_ bytes: [UInt8]) -> String {
        let theirs = Result { try JSON.read(Data(bytes)) }
        let ours = bytes.withUnsafeBytes { data in Result { try JSON(EventJSON.tape(of: data), 0) } }
        switch (ours, theirs) {
        case (.success(let our), .success(let their)):
            // Swift's dictionaries hold é and e with an accent for one key; JSON has two.
            guard keyCount(bytes) == their.keyCount else { return "keys that Swift cannot tell apart" }
            #expect(our.means(their), "\(String(reflecting: String(decoding: bytes, as: UTF8.self)))")
            return "same"
        case (.failure(let error), .success(let their)):
            let code = (error as? EventDataError)?.code
            #expect(
                isOurRule(code, bytes, their),
                "\(code as Any): \(String(reflecting: String(decoding: bytes, as: UTF8.self)))")
            return code?.rawValue ?? "other"
        case (.success, .failure(let error)):
            Issue.record("only we read \(String(reflecting: String(decoding: bytes, as: UTF8.self))): \(error)")
            return "only we"
        case (.failure, .failure):
            return "both refuse"
        }
    }

    /// Whether a document that Foundation reads breaks the rule that we say it does, by other means than our reader's.
    private static func isOurRule(_ code: EventDataError.Code?, _ bytes: [UInt8], _ value: JSON) -> Bool {
        // Foundation never looks at the value of a key's second mention, so that it may break any rule.
        if keyCount(bytes) > value.keyCount { return true }
        return switch code {
        case .nul: value.texts.contains { $0.unicodeScalars.contains("\0") }
        case .tooDeep: value.depth > EventJSON.depthMax
        case .number: value.hasNumber
        // Foundation takes a byte order mark, other encodings, NUL and a comma after the last element.
        case .malformed, .notUTF8: bytes.contains { $0 >= 0x80 || $0 == 0 } || hasTrailingComma(bytes)
        case .surrogate: bytes.contains(UInt8(ascii: "\\"))
        default: false
        }
    }

    /// The keys as written: strings that a colon follows.
    private static func keyCount(_ bytes: [UInt8]) -> Int {
        outsideStrings(bytes).count { $0 == UInt8(ascii: ":") }
    }

    private static func hasTrailingComma(_ bytes: [UInt8]) -> Bool {
        let marks = outsideStrings(bytes).filter { $0 > UInt8(ascii: " ") }
        return zip(marks, marks.dropFirst()).contains { $0 == UInt8(ascii: ",") && "]}".utf8.contains($1) }
    }

    /// The bytes that lie in no string, with the closing quotation mark of each string in its place.
    private static func outsideStrings(_ bytes: [UInt8]) -> [UInt8] {
        var outside: [UInt8] = []
        var isInside = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { isInside.toggle() }
            if !isInside { outside.append(byte) } else if byte == UInt8(ascii: "\\") { index += 1 }
            index += 1
        }
        return outside
    }

    @Test(
        "payloads are read as Foundation's decoder reads them",
        arguments: EventCatalogue.contract.payloads.map { $0.type })
    func payloads(_ type: EventType) throws {
        let payload = try #require(EventCatalogue.contract.payload(ofType: type.description))
        try Self.comparePayloads(payload, samples: 500)
    }

    private static func comparePayloads<P: EventPayload>(_ type: P.Type, samples: Int) throws {
        let maker = RandomPayload(.announced("equivalence of \(type.type)"))
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            return try #require(EventTime.parse(text.utf8))
        }
        for _ in 0..<samples {
            let bytes = try EventJSON.encode(try maker.make(type))
            #expect(try EventJSON.decode(type, from: bytes) == decoder.decode(type, from: Data(bytes)))
        }
    }

    @Test(
        "damaged payloads end in an error or a payload, and never worse",
        arguments: EventCatalogue.contract.payloads.map { $0.type })
    func damagedPayloads(_ type: EventType) throws {
        let payload = try #require(EventCatalogue.contract.payload(ofType: type.description))
        try Self.damage(payload, samples: 2_000)
    }

    private static func damage<P: EventPayload>(_ type: P.Type, samples: Int) throws {
        var generator = SeededGenerator.announced("damage of \(type.type)")
        let maker = RandomPayload(generator)
        var refused = 0
        for _ in 0..<samples {
            var bytes = try EventJSON.encode(try maker.make(type))
            RandomDocument.damage(&bytes, &generator)
            switch Result(catching: { () throws(EventDataError) in try EventJSON.decode(type, from: bytes) }) {
            // What is still read is written as data that is read again.
            case .success(let payload):
                #expect(try EventJSON.decode(type, from: EventJSON.encode(payload)) == payload)
            case .failure:
                refused += 1
            }
        }
        #expect(refused > 0)
    }
}

/// Random JSON text, with odd and hostile parts.
private enum RandomDocument {
    static func document(_ generator: inout SeededGenerator) -> String {
        let isDeep = Int.random(in: 0..<500, using: &generator) == 0
        guard isDeep else { return value(&generator, depth: 0) }
        let depth = Int.random(in: 28...40, using: &generator)
        return String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 4 ? 7 : 11), using: &generator) {
        case 0: return ["null", "true", "false"].randomElement(using: &generator) ?? "null"
        case 1, 2: return number(&generator)
        case 3...6: return string(&generator)
        case 7, 8:
            let elements = (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(&generator, depth: depth + 1)
            }
            return "[" + elements.joined(separator: space(&generator) + ",") + "]"
        default:
            let members = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                let isPlain = Int.random(in: 0..<4, using: &generator) > 0
                let key = isPlain ? "\"k\(Int.random(in: 0..<20, using: &generator))\"" : string(&generator)
                return key + space(&generator) + ":" + space(&generator) + value(&generator, depth: depth + 1)
            }
            return "{" + members.joined(separator: ",") + space(&generator) + "}"
        }
    }

    private static func space(_ generator: inout SeededGenerator) -> String {
        ["", "", "", " ", "\n\t", "\r\n"].randomElement(using: &generator) ?? ""
    }

    private static func number(_ generator: inout SeededGenerator) -> String {
        let odd = [
            "0", "-0", "1.0", "1e2", "-1.5E-3", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
            "18446744073709551615", "123456789012345678901234567890", "1e308", "1e309", "0.1", "01", "1.", "-",
            "2.5e+1",
        ]
        return Bool.random(using: &generator)
            ? String(Int64.random(in: -1_000...1_000, using: &generator)) : odd.randomElement(using: &generator) ?? "0"
    }

    private static func string(_ generator: inout SeededGenerator) -> String {
        let parts = [
            "a", "Z", " ", "/", #"\/"#, #"\""#, #"\\"#, #"\n"#, #"\u00e9"#, #"\u0041"#, #"\ud83d\ude00"#, "é",
            "e\u{301}", "漢", "𝛑",
            "\u{2028}", "\u{7F}", "'", "{", "]", ":", ",",
        ]
        let rare = [#"\u0000"#, #"\ud800"#, #"\udc00"#, "\u{1}", "\n", #"\x"#, #"\u12G4"#]
        let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
            let isRare = Int.random(in: 0..<60, using: &generator) == 0
            return (isRare ? rare : parts).randomElement(using: &generator) ?? ""
        }
        return "\"\(text.joined())\""
    }

    /// One to three small changes: a byte replaced, taken out, put in, or the end cut off.
    static func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let marks = Array("{}[]\",:\\ 01-.eEtfn\u{0}\u{1}/u".utf8) + [0x80, 0xC3, 0xED, 0xFF, 0xFE, 0xEF]
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let mark = marks.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4: bytes[index] = mark
            case 4..<7: bytes.remove(at: index)
            case 7..<9: bytes.insert(mark, at: index)
            default: bytes.removeSubrange(index...)
            }
        }
    }
}

extension JSON {
    fileprivate init(_ tape: JSONTape, _ index: Int) {
        switch tape.kind(index) {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .fraction(let value): self = .fraction(value)
        case .string: self = .string(tape.string(index))
        case .array(let count):
            var elements: [JSON] = []
            var next = index + 1
            for _ in 0..<count {
                elements.append(JSON(tape, next))
                next = tape.end(next)
            }
            self = .array(elements)
        case .object(let count):
            var members: [String: JSON] = [:]
            var next = index + 1
            for _ in 0..<count {
                members[tape.string(next)] = JSON(tape, next + 1)
                next = tape.end(next + 1)
            }
            self = .object(members)
        }
    }

    /// Whether `other`, as Foundation reads it, is the same. Foundation takes 1.0 for an integer and cuts the decimals of a
    /// number too long for a Double, so a fraction may be an integer there, within the last place.
    fileprivate func means(_ other: JSON) -> Bool {
        switch (self, other) {
        case (.fraction(let one), .integer(let two)): abs(one - Double(two)) <= one.ulp
        case (.array(let one), .array(let two)): one.count == two.count && zip(one, two).allSatisfy { $0.means($1) }
        case (.object(let one), .object(let two)):
            one.count == two.count && one.allSatisfy { key, value in two[key].map { value.means($0) } ?? false }
        default: self == other
        }
    }

    private var children: [JSON] {
        switch self {
        case .array(let elements): elements
        case .object(let members): Array(members.values)
        default: []
        }
    }

    fileprivate var depth: Int {
        switch self {
        case .array, .object: 1 + (children.map(\.depth).max() ?? 0)
        default: 0
        }
    }

    fileprivate var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .object(let members): members.flatMap { [$0.key] + $0.value.texts }
        default: children.flatMap(\.texts)
        }
    }

    fileprivate var hasNumber: Bool {
        switch self {
        case .integer, .fraction: true
        default: children.contains(where: \.hasNumber)
        }
    }

    fileprivate var keyCount: Int { (object?.count ?? 0) + children.map(\.keyCount).reduce(0, +) }
}
