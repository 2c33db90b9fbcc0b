/// JSON (RFC 8259) read strictly: one value, valid UTF-8, no duplicate member, no lone surrogate, a limit on depth and
/// length. For what decides who somebody is and how a process runs; a lenient reader would pick one of two meanings.
package enum StrictJSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number's own characters: no digit is lost.
    case number(String)
    case string(String)
    case array([StrictJSON])
    case object([Member])

    /// A name and its value.
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: StrictJSON

        /// A member.
        package init(_ name: String, _ value: StrictJSON) {
            self.name = name
            self.value = value
        }
    }

    /// Why a text was refused.
    package enum Refusal: Error, Sendable, Equatable {
        case notJSON(at: Int)
        case duplicateMember
        case tooDeep
        case tooLong
    }

    /// How deep arrays and objects may nest.
    package static let depthMax = 32
    /// How many bytes are read at most.
    package static let lengthMax = 1 << 20

    /// Reads one value.
    package init(_ bytes: [UInt8]) throws(Refusal) {
        guard bytes.count <= Self.lengthMax else { throw .tooLong }
        var reader = Reader(bytes: bytes)
        reader.skipSpace()
        self = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.isAtEnd else { throw .notJSON(at: reader.position) }
    }

    /// The member of that name, when this is an object that has it.
    package subscript(_ name: String) -> StrictJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, when this is a string.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number, when this is a whole one that fits and is written without fraction or exponent.
    package var integer: Int64? {
        guard case .number(let text) = self else { return nil }
        return Int64(text)
    }

    /// The elements, when this is an array of strings only.
    package var strings: [String]? {
        guard case .array(let elements) = self else { return nil }
        let strings = elements.compactMap(\.string)
        return strings.count == elements.count ? strings : nil
    }
}

extension StrictJSON {
    /// The value as JSON, members in their order, without spaces.
    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.text }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\u{0}"..."\u{1f}":
                result += "\\u00" + Hex.encode([UInt8(truncatingIfNeeded: scalar.value)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

private struct Reader {
    let bytes: [UInt8]
    private(set) var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }
    private var failure: StrictJSON.Refusal { .notJSON(at: position) }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    mutating func value(depth: Int) throws(StrictJSON.Refusal) -> StrictJSON {
        guard depth <= StrictJSON.depthMax else { throw .tooDeep }
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: StaticString, _ value: StrictJSON) throws(StrictJSON.Refusal) -> StrictJSON {
        for byte in "\(text)".utf8 { try expect(byte) }
        return value
    }

    private mutating func expect(_ byte: UInt8) throws(StrictJSON.Refusal) {
        guard next == byte else { throw failure }
        position += 1
    }

    private mutating func object(_ depth: Int) throws(StrictJSON.Refusal) -> StrictJSON {
        try expect(UInt8(ascii: "{"))
        var members: [StrictJSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            let name = try string()
            guard names.insert(name).inserted else { throw .duplicateMember }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
            members.append(StrictJSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if next == UInt8(ascii: "}") { break }
            try expect(UInt8(ascii: ","))
        }
        position += 1
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(StrictJSON.Refusal) -> StrictJSON {
        try expect(UInt8(ascii: "["))
        var elements: [StrictJSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if next == UInt8(ascii: "]") { break }
            try expect(UInt8(ascii: ","))
        }
        position += 1
        return .array(elements)
    }

    private mutating func string() throws(StrictJSON.Refusal) -> String {
        try expect(UInt8(ascii: "\""))
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let result = String(validating: text, as: UTF8.self) else { throw failure }
                return result
            case UInt8(ascii: "\\"):
                position += 1
                text += Array(String(Character(try escape())).utf8)
            case 0..<0x20:
                throw failure
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure
    }

    private mutating func escape() throws(StrictJSON.Refusal) -> Unicode.Scalar {
        guard let byte = next else { throw failure }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure
        }
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xd800..<0xdc00).contains(first) else { throw failure }
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let second = try fourDigits()
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw failure }
        return scalar
    }

    private mutating func fourDigits() throws(StrictJSON.Refusal) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func number() throws(StrictJSON.Refusal) -> String {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(StrictJSON.Refusal) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw failure }
    }
}
