/// A request's headers as they came in: names in any case, order and repeats kept. One buffer holds all of them, so that
/// a request costs two allocations however many headers it has.
package struct HeaderFields: Sendable {
    private struct Span {
        let nameStart: Int
        let valueStart: Int
        let valueEnd: Int
    }

    private var bytes: [UInt8] = []
    private var spans: [Span] = []

    init() {
        bytes.reserveCapacity(256)
        spans.reserveCapacity(8)
    }

    /// Number of header lines.
    package var count: Int { spans.count }

    /// The first value with this name (any case), without the spaces around it, or nil.
    package subscript(name: String) -> String? {
        for span in spans where matches(span, name) { return text(span.valueStart..<span.valueEnd) }
        return nil
    }

    /// Every value with this name (any case), in order.
    package func values(_ name: String) -> [String] {
        spans.filter { matches($0, name) }.map { text($0.valueStart..<$0.valueEnd) }
    }

    /// Number of lines with this name.
    func count(of name: String) -> Int {
        var count = 0
        for span in spans where matches(span, name) { count += 1 }
        return count
    }

    /// Name and value of every line, in order.
    package var all: [(name: String, value: String)] {
        spans.map { (text($0.nameStart..<$0.valueStart), text($0.valueStart..<$0.valueEnd)) }
    }

    /// Appends one line. The spaces and tabs around the value are not part of it (RFC 9110, 5.5).
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        let valueStart = bytes.count
        var start = value.startIndex
        var end = value.endIndex
        while start < end, isBlank(value[start]) { start += 1 }
        while end > start, isBlank(value[end - 1]) { end -= 1 }
        bytes.append(contentsOf: value[start..<end])
        spans.append(Span(nameStart: nameStart, valueStart: valueStart, valueEnd: bytes.count))
    }

    mutating func append(name: String, value: String) {
        var name = name
        var value = value
        name.withUTF8 { name in
            value.withUTF8 { value in
                append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value))
            }
        }
    }

    /// Whether every name is a token (RFC 9110, 5.6.2).
    var areNamesTokens: Bool {
        spans.allSatisfy { span in
            span.valueStart > span.nameStart
                && bytes[span.nameStart..<span.valueStart].allSatisfy(isTokenByte)
        }
    }

    /// Whether no value holds a control character; a tab is allowed (RFC 9110, 5.5).
    var areValuesPlain: Bool {
        spans.allSatisfy { span in
            bytes[span.valueStart..<span.valueEnd].allSatisfy(isValueByte)
        }
    }

    private func matches(_ span: Span, _ name: String) -> Bool {
        let wanted = name.utf8
        guard wanted.count == span.valueStart - span.nameStart else { return false }
        var index = span.nameStart
        for byte in wanted {
            if lowercased(byte) != lowercased(bytes[index]) { return false }
            index += 1
        }
        return true
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// Whether a byte may stand in a token (RFC 9110, 5.6.2).
func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
        UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default: false
    }
}

/// Whatever is no control character, and the tab (RFC 9110, 5.5).
func isValueByte(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7f) || byte == 0x09 }

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

private func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
