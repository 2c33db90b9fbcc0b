/// Writes XML, escaped by construction: there is no way to put text in unescaped.
package struct XMLWriter {
    private var bytes: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    private var depth = 0

    /// A document without a root yet.
    package init() {}

    /// The document so far as UTF-8.
    package var document: [UInt8] { bytes }

    /// An element with children.
    package mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ content: (inout XMLWriter) -> Void
    ) {
        open(name, attributes, isEmpty: false)
        depth += 1
        content(&self)
        depth -= 1
        indent()
        append("</")
        append(name)
        append(">\n")
    }

    /// An element without children.
    package mutating func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        open(name, attributes, isEmpty: true)
    }

    private mutating func open(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>, isEmpty: Bool) {
        indent()
        append("<")
        append(name)
        for (key, value) in attributes {
            append(" ")
            append(key)
            append("=\"")
            appendEscaped(value)
            append("\"")
        }
        append(isEmpty ? "/>\n" : ">\n")
    }

    private mutating func indent() {
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Writes a value so that a reader gets the same text back: line ends and tabs as references, since a parser turns bare
    /// ones in attributes into spaces. Characters that XML cannot hold at all become U+FFFD.
    private mutating func appendEscaped(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&quot;")
            case "\t": append("&#9;")
            case "\n": append("&#10;")
            case "\r": append("&#13;")
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": append("\u{FFFD}")
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}
