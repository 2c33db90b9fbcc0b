/// Writes JSON by hand where the shape is ours: log lines, tables, spans. Keys keep the order they were written in.
package struct JSONText: Sendable {
    /// What was written so far, as UTF-8.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty document; room for `expectedBytes` from the start saves growing by steps.
    package init(expectedBytes: Int = 0) { bytes.reserveCapacity(expectedBytes) }

    /// What was written so far.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A string, escaped as RFC 8259 asks.
    package mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        if !appendIfPlain(value) { escape(value) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Nearly every string goes out as it is, and looking at bytes costs a tenth of looking at characters.
    private mutating func appendIfPlain(_ value: String) -> Bool {
        let isPlain = value.utf8.withContiguousStorageIfAvailable { utf8 in
            // Without an early end the compiler looks at sixteen at once.
            var areAllPlain = true
            for byte in utf8 { areAllPlain = Self.isPlain(byte) && areAllPlain }
            guard areAllPlain else { return false }
            bytes.append(contentsOf: utf8)
            return true
        }
        return isPlain ?? false
    }

    /// 0xE2 begins the two line separators, among others; those take the longer way.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x22 && byte != 0x5c && byte != 0x7f && byte != 0xe2
    }

    private mutating func escape(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{0}"..."\u{1f}", "\u{7f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func append(_ token: String) { bytes.append(contentsOf: token.utf8) }

    /// A whole number.
    package mutating func integer(_ value: some BinaryInteger) { raw(String(value)) }

    /// A finite number; null for what JSON cannot say.
    package mutating func number(_ value: Double) { raw(value.isFinite ? "\(value)" : "null") }

    /// true or false.
    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    /// null.
    package mutating func null() { raw("null") }

    /// The name of the member whose value is written next.
    package mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// An object whose members `body` writes.
    package mutating func object(_ body: (inout JSONText) -> Void) { nest(UInt8(ascii: "{"), UInt8(ascii: "}"), body) }

    /// An array whose elements `body` writes.
    package mutating func array(_ body: (inout JSONText) -> Void) { nest(UInt8(ascii: "["), UInt8(ascii: "]"), body) }

    /// A member whose value is a string.
    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// The end of a line, after a whole document.
    mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }

    private mutating func nest(_ open: UInt8, _ close: UInt8, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        body(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func raw(_ token: String) {
        separate()
        append(token)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }
}
