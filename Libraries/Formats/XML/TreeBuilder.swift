internal import CXML2

/// Builds the tree from the parser's events and stops the parser at the first limit. Lives for one parse on one thread.
final class TreeBuilder {
    /// The parser, while it runs.
    var context: xmlParserCtxtPtr?
    /// The finished root.
    private(set) var root: XMLElement?
    /// What ended the parse.
    private(set) var failure: XMLError?

    private let limits: XMLLimits
    /// Elements that are handed out when they end, and are then in no tree: their names from the root on.
    private let handedOut: [String]
    private let take: ((XMLElement) -> Void)?
    private var open: [XMLElement] = []
    /// The text of each open element as bytes: the parser may cut a character in two between events.
    private var texts: [[UInt8]] = []
    private var elementCount = 0

    init(limits: XMLLimits, handingOut names: [String] = [], _ take: ((XMLElement) -> Void)? = nil) {
        self.limits = limits
        handedOut = names
        self.take = take
    }

    /// Keeps the first failure and stops the parser.
    func fail(_ code: XMLError.Code, line: Int? = nil, detail: String? = nil) {
        guard failure == nil else { return }
        failure = XMLError(code: code, line: line ?? currentLine, detail: detail)
        if let context { xmlStopParser(context) }
    }

    /// An element begins. `attributes` holds five pointers for each: name, prefix, namespace, value and the value's end.
    func start(
        _ name: UnsafePointer<xmlChar>?, namespace: UnsafePointer<xmlChar>?,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
    ) {
        guard failure == nil else { return }
        elementCount += 1
        guard elementCount <= limits.elementsMax else { fail(.tooManyElements); return }
        guard open.count < limits.depthMax else { fail(.tooDeep); return }
        guard count <= limits.attributesMax else { fail(.tooManyAttributes); return }
        var values: [String: String] = [:]
        for index in 0..<max(0, count) {
            guard let slot = attributes?.advanced(by: index * 5), slot[2] == nil else { continue }
            guard let attributeName = slot[0], let begin = slot[3], let end = slot[4], begin <= end else { continue }
            let length = end - begin
            guard length <= limits.valueBytesMax else { fail(.valueTooLong); return }
            values[String(cString: attributeName)] = Self.attributeValue(
                UnsafeBufferPointer(start: begin, count: length))
        }
        open.append(
            XMLElement(
                name: name.map { String(cString: $0) } ?? "", namespace: namespace.map { String(cString: $0) } ?? "",
                attributes: values, line: currentLine ?? 0))
        texts.append([])
    }

    /// The innermost open element ends.
    func end() {
        guard failure == nil, var element = open.popLast(), let text = texts.popLast() else { return }
        element.text = String(decoding: text, as: UTF8.self)
        if open.isEmpty {
            root = element
        } else if let take, isHandedOut(element) {
            // The limit of elements is that of each of them.
            elementCount = open.count
            take(element)
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    private func isHandedOut(_ element: XMLElement) -> Bool {
        open.count == handedOut.count - 1 && element.name == handedOut.last
            && zip(open, handedOut).allSatisfy { $0.name == $1 }
    }

    /// Text of the innermost open element.
    func append(_ bytes: UnsafePointer<xmlChar>?, count: Int) {
        guard failure == nil, let bytes, count > 0, !texts.isEmpty else { return }
        let last = texts.count - 1
        guard texts[last].count + count <= limits.valueBytesMax else { fail(.valueTooLong); return }
        texts[last].append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    }

    /// An attribute's value. While entities are not substituted, libxml2 hands over every ampersand of a value as `&#38;` and
    /// no other reference at all (an unknown one is an error), so turning those back gives exactly what was written.
    private static func attributeValue(_ bytes: UnsafeBufferPointer<xmlChar>) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        var value: [UInt8] = []
        value.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.first {
            value.append(byte)
            rest = rest.starts(with: escapedAmpersand) ? rest.dropFirst(escapedAmpersand.count) : rest.dropFirst()
        }
        return String(decoding: value, as: UTF8.self)
    }

    private static let escapedAmpersand = Array("&#38;".utf8)

    private var currentLine: Int? {
        guard let input = context?.pointee.input else { return nil }
        return Int(input.pointee.line)
    }
}
