@testable import HTTP

/// One raw request that must be refused, and how.
struct HostileCase: Sendable {
    let name: String
    let bytes: [UInt8]
    /// The statuses that are right; empty where the connection may also just be closed.
    let statuses: Set<Int>

    init(_ name: String, _ statuses: Set<Int>, _ text: String) {
        self.init(name, statuses, Array(text.utf8))
    }

    init(_ name: String, _ statuses: Set<Int>, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        self.statuses = statuses
    }
}

/// What must never be answered: it stands where a second request could hide.
let hidden = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

func request(_ line: String, _ headers: String..., body: String = "") -> String {
    line + "\r\nHost: x\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

func posting(_ headers: String..., body: String = "") -> String {
    "POST /echo HTTP/1.1\r\nHost: x\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

extension HostileCase {
    static let all = framing + hosts + methodsAndVersions + targets + heads + bodies + trailers

    static let framing: [HostileCase] = [
        .init("two lengths", [400], posting("Content-Length: 0", "Content-Length: 37", body: hidden)),
        .init("two equal lengths", [400], posting("Content-Length: 5", "Content-Length: 5", body: "abcde" + hidden)),
        .init("two lengths in one header", [400], posting("Content-Length: 5, 5", body: "abcde" + hidden)),
        .init(
            "length with chunked", [400],
            posting("Content-Length: 37", "Transfer-Encoding: chunked", body: "0\r\n\r\n" + hidden)),
        .init(
            "chunked with length", [400],
            posting("Transfer-Encoding: chunked", "Content-Length: 4", body: "25\r\n" + hidden + "\r\n0\r\n\r\n")),
        .init("chunked twice in one header", [501], posting("Transfer-Encoding: chunked, chunked", body: hidden)),
        .init(
            "chunked in two headers", [501],
            posting("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body: "0\r\n\r\n" + hidden)),
        .init(
            "chunked then identity", [501],
            posting("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body: "0\r\n\r\n" + hidden)),
        .init("identity coding", [501], posting("Transfer-Encoding: identity", body: hidden)),
        .init("gzip and chunked", [501], posting("Transfer-Encoding: gzip, chunked", body: hidden)),
        .init("almost chunked", [501], posting("Transfer-Encoding: xchunked", body: hidden)),
        .init("quoted chunked", [501], posting("Transfer-Encoding: \"chunked\"", body: hidden)),
        .init("empty coding", [400, 501], posting("Transfer-Encoding: ", body: hidden)),
        .init("chunked with a vertical tab", [400], posting("Transfer-Encoding: \u{b}chunked", body: hidden)),
        .init("chunked with a space before the colon", [400], posting("Transfer-Encoding : chunked", body: hidden)),
        .init("chunked on a folded line", [400], posting("Transfer-Encoding:\r\n chunked", body: "0\r\n\r\n" + hidden)),
        .init(
            "chunked in HTTP/1.0", [400],
            request("POST /echo HTTP/1.0", "Transfer-Encoding: chunked", body: "0\r\n\r\n" + hidden)),
        .init("length with a plus", [400], posting("Content-Length: +5", body: "abcde" + hidden)),
        .init("negative length", [400, 413], posting("Content-Length: -1", body: hidden)),
        .init("hexadecimal length", [400], posting("Content-Length: 0x5", body: "abcde" + hidden)),
        .init("length with an inner space", [400], posting("Content-Length: 5 5", body: "abcde" + hidden)),
        .init("empty length", [400], posting("Content-Length: ", body: hidden)),
        .init("length as a power", [400], posting("Content-Length: 1e1", body: "abcde" + hidden)),
        .init("length with a fraction", [400], posting("Content-Length: 5.0", body: "abcde" + hidden)),
        .init("length beyond 64 bits", [400, 413], posting("Content-Length: 99999999999999999999999", body: hidden)),
        .init("length of 2^63-1", [413], posting("Content-Length: 9223372036854775807", body: hidden)),
        .init(
            "length above the limit", [413], request("POST /count HTTP/1.1", "Content-Length: 16777217", body: hidden)),
        .init("length with a space before the colon", [400], posting("Content-Length : 5", body: "abcde" + hidden)),
        .init(
            "two lengths in different case", [400],
            posting("Content-Length: 0", "content-length: 37", body: hidden)),
        .init("length on a folded line", [400], posting("Content-Length:\r\n 5", body: "abcde" + hidden)),
    ]

    static let hosts: [HostileCase] = [
        .init("two hosts", [400], request("GET /smuggled HTTP/1.1", "Host: y")),
        .init("no host", [400], "GET /smuggled HTTP/1.1\r\n\r\n"),
        .init("empty host", [400], "GET /smuggled HTTP/1.1\r\nHost: \r\n\r\n"),
        .init("host with a space", [400], "GET /smuggled HTTP/1.1\r\nHost: a b\r\n\r\n"),
        .init("host with a path", [400], "GET /smuggled HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        .init("host with a user", [400], "GET /smuggled HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        .init("two hosts in one header", [400], "GET /smuggled HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        .init("two hosts in HTTP/1.0", [400], "GET /smuggled HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    ]

    static let methodsAndVersions: [HostileCase] = [
        .init("method that is no token", [400], request("G@T /smuggled HTTP/1.1")),
        .init("method in lower case", [501], request("get /smuggled HTTP/1.1")),
        .init("TRACE", [501], request("TRACE /smuggled HTTP/1.1")),
        .init("CONNECT", [501], request("CONNECT x:443 HTTP/1.1")),
        .init("unknown method", [501], request("BREW /smuggled HTTP/1.1")),
        .init("method with a control character", [400], request("G\u{1}T /smuggled HTTP/1.1")),
        .init("method of 20,000 letters", [], request(String(repeating: "G", count: 20_000) + " /smuggled HTTP/1.1")),
        .init("space before the method", [], request(" GET /smuggled HTTP/1.1")),
        .init("HTTP/1.2", [505], request("GET /smuggled HTTP/1.2")),
        .init("HTTP/2.0", [505], request("GET /smuggled HTTP/2.0")),
        .init("HTTP/0.9", [505], request("GET /smuggled HTTP/0.9")),
        .init("HTTP/11", [400, 505], request("GET /smuggled HTTP/11")),
        .init("HTTP/1.10", [400, 505], request("GET /smuggled HTTP/1.10")),
        .init("version in lower case", [400], request("GET /smuggled http/1.1")),
        .init("two spaces before the target", [400], request("GET  /smuggled HTTP/1.1")),
        .init("two spaces before the version", [], request("GET /smuggled  HTTP/1.1")),
        .init("tab before the target", [400, 501], request("GET\t/smuggled HTTP/1.1")),
        .init("version with a space after it", [400, 505], request("GET /smuggled HTTP/1.1 ")),
        .init("no version", [400, 505], request("GET /smuggled")),
        .init("HTTP/2 preface", [505], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ]

    static let targets: [HostileCase] = [
        .init("absolute form", [400], request("GET http://x/smuggled HTTP/1.1")),
        .init("authority form", [400], request("GET x:80 HTTP/1.1")),
        .init("asterisk form", [400], request("GET * HTTP/1.1")),
        .init("no slash", [400], request("GET smuggled HTTP/1.1")),
        .init("NUL escape", [400], request("GET /smuggled%00x HTTP/1.1")),
        .init("NUL escape in the query", [400], request("GET /smuggled?a=%00 HTTP/1.1")),
        .init("broken escape", [400], request("GET /smuggled%2 HTTP/1.1")),
        .init("escape that is no hexadecimal", [400], request("GET /smuggled%zz HTTP/1.1")),
        .init("escape that is no UTF-8", [400], request("GET /smuggled%ff HTTP/1.1")),
        .init("dot segments", [400], request("GET /a/../smuggled HTTP/1.1")),
        .init("escaped dot segments", [400], request("GET /a/%2e%2e/smuggled HTTP/1.1")),
        .init("raw UTF-8", [400], request("GET /smügg HTTP/1.1")),
        .init("control character in the target", [400], request("GET /smug\u{1}gled HTTP/1.1")),
        .init("tab in the target", [400, 505], request("GET /smug\tgled HTTP/1.1")),
        .init("fragment", [400], request("GET /smuggled#x HTTP/1.1")),
        .init("backslash", [400], request("GET /\\smuggled HTTP/1.1")),
        .init("space in the target", [], request("GET /smug gled HTTP/1.1")),
        .init("target above the limit", [414], request("GET /" + String(repeating: "a", count: 4096) + " HTTP/1.1")),
    ]

    static let heads: [HostileCase] = [
        .init("bare LF after every line", [400], "GET /smuggled HTTP/1.1\nHost: x\n\n"),
        .init("bare LF after one header", [400], "GET /smuggled HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
        .init("bare LF after the request line", [400], "GET /smuggled HTTP/1.1\nHost: x\r\n\r\n"),
        .init("bare LF at the end of the head", [400], "GET /smuggled HTTP/1.1\r\nHost: x\r\n\n"),
        .init("bare CR in a value", [400], request("GET /smuggled HTTP/1.1", "A: b\rC: d")),
        .init("NUL in a value", [400], request("GET /smuggled HTTP/1.1", "A: b\0c")),
        .init("NUL in a name", [400], request("GET /smuggled HTTP/1.1", "A\0b: c")),
        .init("control character in a value", [400], request("GET /smuggled HTTP/1.1", "A: b\u{1}c")),
        .init("DEL in a value", [400], request("GET /smuggled HTTP/1.1", "A: b\u{7f}c")),
        .init("folded line with a space", [400], request("GET /smuggled HTTP/1.1", "A: b\r\n c")),
        .init("folded line with a tab", [400], request("GET /smuggled HTTP/1.1", "A: b\r\n\tc")),
        .init("fold that makes another header", [400], request("GET /smuggled HTTP/1.1", "A: b\r\n c=d")),
        .init("fold of the first header", [400], "GET /smuggled HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"),
        .init("header without a colon", [400], request("GET /smuggled HTTP/1.1", "nothing")),
        .init("header without a name", [400], request("GET /smuggled HTTP/1.1", ": b")),
        .init("name that is no token", [400], request("GET /smuggled HTTP/1.1", "A(b): c")),
        .init("name in UTF-8", [400], request("GET /smuggled HTTP/1.1", "Ä: c")),
        .init("name with a space", [400], request("GET /smuggled HTTP/1.1", "A b: c")),
        .init(
            "one header too many", [431],
            "GET /smuggled HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 64) + "\r\n"),
        .init(
            "head above the limit", [431],
            request("GET /smuggled HTTP/1.1", "A: " + String(repeating: "b", count: 16 * 1024))),
        .init(
            "head above the library's limit", [431],
            request("GET /smuggled HTTP/1.1", "A: " + String(repeating: "b", count: 60_000))),
        .init("TLS hello", [], [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3] + Array("\r\n\r\n".utf8)),
        .init("binary", [], (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 128) } + Array("\r\n\r\n".utf8)),
    ]

    static let bodies: [HostileCase] = [
        .init("POST without a length", [411], posting(body: hidden)),
        .init("PUT without a length", [411], request("PUT /echo HTTP/1.1", body: hidden)),
        .init("GET with a body", [400], request("GET /hello HTTP/1.1", "Content-Length: 37", body: hidden)),
        .init(
            "GET with chunks", [400],
            request("GET /hello HTTP/1.1", "Transfer-Encoding: chunked", body: "25\r\n" + hidden + "\r\n0\r\n\r\n")),
        .init("unknown expectation", [417], posting("Content-Length: 37", "Expect: miracles", body: hidden)),
        .init("chunk size that is no number", [], posting("Transfer-Encoding: chunked", body: "zz\r\n" + hidden)),
        .init("negative chunk size", [], posting("Transfer-Encoding: chunked", body: "-1\r\n" + hidden)),
        .init("chunk size with 0x", [], posting("Transfer-Encoding: chunked", body: "0x5\r\nabcde\r\n0\r\n\r\n")),
        .init(
            "chunk size beyond 64 bits", [],
            posting("Transfer-Encoding: chunked", body: "fffffffffffffffff\r\n" + hidden)),
        .init(
            "chunk longer than its size", [],
            posting("Transfer-Encoding: chunked", body: "3\r\nabcdef\r\n0\r\n\r\n" + hidden)),
    ]
}
