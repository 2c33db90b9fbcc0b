import CSimdJSON
import Synchronization

/// A parsed document: a flat list of tokens in the memory of the parser that made it.
///
/// The tape owns its parser and gives it back when the last reader lets go, so no text is ever read after it was overwritten.
package final class JSONTape {
    private let parser: JSONParser
    private let tokens: UnsafeBufferPointer<csimdjson_token>

    private init(parser: JSONParser, tokens: UnsafeBufferPointer<csimdjson_token>) {
        self.parser = parser
        self.tokens = tokens
    }

    deinit { JSONParser.giveBack(parser) }

    /// Parses one document: UTF-8 without a byte order mark, no key twice, no NUL and no lone surrogate in a string, integers
    /// within 64 bits, so that no two readers can see it differently.
    package static func parse(_ data: UnsafeRawBufferPointer, limits: JSONLimits) throws(JSONError) -> JSONTape {
        guard data.count <= limits.bytesMax else { throw .tooLarge }
        guard let base = data.baseAddress, !data.isEmpty else { throw .malformed }
        var parser = try JSONParser.take()
        parser.bytesSeenMax = max(parser.bytesSeenMax, data.count)
        var tokens: UnsafePointer<csimdjson_token>?
        var count = 0
        let status = csimdjson_parse(
            parser.pointer, base.assumingMemoryBound(to: UInt8.self), data.count,
            UInt32(limits.depthMax), UInt32(limits.valuesMax), &tokens, &count)
        guard status == CSIMDJSON_OK else {
            JSONParser.giveBack(parser)
            throw error(of: status)
        }
        return JSONTape(parser: parser, tokens: UnsafeBufferPointer(start: tokens, count: count))
    }

    /// Whether the document is an object.
    package var isObject: Bool {
        if case .object = kind(0) { return true }
        return false
    }

    /// What a value is.
    package enum Kind: Sendable {
        /// The seven kinds of JSON, with numbers told apart by how they are written.
        case null, bool(Bool), integer(Int64), fraction(Double), string, array(count: Int), object(count: Int)
    }

    /// The value at an index.
    package func kind(_ index: Int) -> Kind {
        let token = tokens[index]
        return switch csimdjson_kind(token.kind) {
        case CSIMDJSON_FALSE: .bool(false)
        case CSIMDJSON_TRUE: .bool(true)
        case CSIMDJSON_INTEGER: .integer(token.integer)
        case CSIMDJSON_FRACTION: .fraction(token.fraction)
        case CSIMDJSON_STRING: .string
        case CSIMDJSON_ARRAY: .array(count: Int(token.length))
        case CSIMDJSON_OBJECT: .object(count: Int(token.length))
        default: .null
        }
    }

    /// The index one past a value and everything in it.
    package func end(_ index: Int) -> Int { Int(tokens[index].end) }

    /// The UTF-8 of a string or key, for as long as `body` runs.
    package func withUTF8<T>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        let token = tokens[index]
        guard let text = token.text else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return text.withMemoryRebound(to: UInt8.self, capacity: Int(token.length)) {
            body(UnsafeBufferPointer(start: $0, count: Int(token.length)))
        }
    }

    /// A string or key.
    package func string(_ index: Int) -> String {
        withUTF8(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// The index of a member's value in the object at `index`; nil where there is none.
    package func member(_ name: String, ofObject index: Int) -> Int? {
        guard case .object(let count) = kind(index) else { return nil }
        var name = name
        return name.withUTF8 { wanted in
            var key = index + 1
            for _ in 0..<count {
                if withUTF8(key, { $0.count == wanted.count && $0.elementsEqual(wanted) }) { return key + 1 }
                key = end(key + 1)
            }
            return nil
        }
    }

    private static func error(of status: csimdjson_status) -> JSONError {
        switch status {
        case CSIMDJSON_UTF8: .notUTF8
        case CSIMDJSON_NUMBER: .number
        case CSIMDJSON_DEPTH: .tooDeep
        case CSIMDJSON_DUPLICATE_KEY: .duplicateKey
        case CSIMDJSON_NUL: .nul
        case CSIMDJSON_SURROGATE: .surrogate
        case CSIMDJSON_TOO_MANY_VALUES: .tooManyValues
        case CSIMDJSON_MEMORY: .noMemory
        default: .malformed
        }
    }
}

/// A simdjson parser, which keeps its memory from one document to the next. It serves one task at a time: whoever took it
/// from the pool, and then the tape that it made.
private struct JSONParser: @unchecked Sendable {
    let pointer: OpaquePointer
    var bytesSeenMax = 0

    /// As many as tasks run at once on the largest machine we mean to run on; more are made and freed.
    private static let idleMax = 16
    /// A parser that has read more than this keeps several times as much memory and is not kept.
    private static let idleBytesMax = 64 * 1_024
    private static let idle = Mutex<[JSONParser]>([])

    static func take() throws(JSONError) -> JSONParser {
        if let parser = idle.withLock({ $0.popLast() }) { return parser }
        guard let pointer = csimdjson_parser_create() else { throw .noMemory }
        return JSONParser(pointer: pointer)
    }

    static func giveBack(_ parser: JSONParser) {
        let isKept =
            parser.bytesSeenMax <= idleBytesMax
            && idle.withLock { parsers in
                guard parsers.count < idleMax else { return false }
                parsers.append(parser)
                return true
            }
        if !isKept { csimdjson_parser_destroy(parser.pointer) }
    }
}
