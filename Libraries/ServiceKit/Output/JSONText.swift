/// Writes JSON by hand where the shape is ours: log lines, tables, spans. Keys keep the order they were written in.
package struct JSONText: Sendable {
    /// What was written so far.
    package private(set) var text = ""
    private var needsComma = false

    /// An empty document.
    package init() {}

    /// A string, escaped as RFC 8259 asks.
    package mutating func string(_ value: String) {
        separate()
        text += "\""
        if Self.isPlain(value) { text += value } else { escape(value) }
        text += "\""
        needsComma = true
    }

    /// Whether a string goes out as it is. Nearly all do, and looking at bytes costs a tenth of looking at characters.
    private static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy { byte in
            // 0xE2 begins the two line separators, among others; those take the longer way.
            byte >= 0x20 && byte != 0x22 && byte != 0x5c && byte != 0x7f && byte != 0xe2
        }
    }

    private mutating func escape(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1f}", "\u{7f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

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
        text += ":"
        needsComma = false
    }

    /// An object whose members `body` writes.
    package mutating func object(_ body: (inout JSONText) -> Void) { nest("{", "}", body) }

    /// An array whose elements `body` writes.
    package mutating func array(_ body: (inout JSONText) -> Void) { nest("[", "]", body) }

    /// A member whose value is a string.
    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    private mutating func nest(_ open: String, _ close: String, _ body: (inout JSONText) -> Void) {
        separate()
        text += open
        needsComma = false
        body(&self)
        text += close
        needsComma = true
    }

    private mutating func raw(_ token: String) {
        separate()
        text += token
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { text += "," }
        needsComma = false
    }
}
