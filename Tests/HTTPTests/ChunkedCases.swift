@testable import HTTP

private func chunked(_ body: String) -> String { posting("Transfer-Encoding: chunked", body: body + hidden) }

extension HostileCase {
    static let trailers: [HostileCase] = [
        .init("trailer with a bare LF", [400], chunked("5\r\nabcde\r\n0\r\nA: b\nC: d\r\n\r\n")),
        .init("trailer that is folded", [400], chunked("5\r\nabcde\r\n0\r\nA: b\r\n c\r\n\r\n")),
        .init("trailer whose name is no token", [400], chunked("5\r\nabcde\r\n0\r\nA(b): c\r\n\r\n")),
        .init("trailer with a space before the colon", [400], chunked("5\r\nabcde\r\n0\r\nA : b\r\n\r\n")),
        .init("trailer without a colon", [400], chunked("5\r\nabcde\r\n0\r\nnothing\r\n\r\n")),
        .init("trailer with a control character", [400], chunked("5\r\nabcde\r\n0\r\nA: b\u{1}c\r\n\r\n")),
        .init("trailer with a NUL", [400], chunked("5\r\nabcde\r\n0\r\nA: b\0c\r\n\r\n")),
        .init("trailer with a bare CR", [400], chunked("5\r\nabcde\r\n0\r\nA: b\rC: d\r\n\r\n")),
        .init("trailer with a length", [400], chunked("5\r\nabcde\r\n0\r\nContent-Length: 37\r\n\r\n")),
        .init("trailer with a coding", [400], chunked("5\r\nabcde\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")),
        .init("trailer with a host", [400], chunked("5\r\nabcde\r\n0\r\nhost: y\r\n\r\n")),
    ]

    /// Chunk framing that libmicrohttpd 0.9.75 takes without showing it to us, and framing that is right: each may be
    /// answered, and none may have anything behind it read.
    static let tolerated: [HostileCase] = [
        .init("chunks as they should be", [], chunked("5\r\nabcde\r\n0\r\n\r\n")),
        .init("trailers as they should be", [], chunked("5\r\nabcde\r\n0\r\nA: b\r\nC:\r\n\r\n")),
        .init("extensions", [], chunked("5;a=b\r\nabcde\r\n0;c\r\n\r\n")),
        .init("leading zeros", [], chunked("0000000000000005\r\nabcde\r\n000\r\n\r\n")),
        .init("space after the size", [], chunked("5 \r\nabcde\r\n0 \r\n\r\n")),
        .init("LF after a size", [], chunked("5\nabcde\r\n0\r\n\r\n")),
        .init("LF after a chunk", [], chunked("5\r\nabcde\n0\r\n\r\n")),
        .init("LF after the last size", [], chunked("5\r\nabcde\r\n0\n\r\n")),
        .init("LF at the end", [], chunked("5\r\nabcde\r\n0\r\n\n")),
        .init("LF everywhere", [], chunked("5\nabcde\n0\n\n")),
        .init("LF in an extension", [], chunked("5;a\nb\r\nabcde\r\n0\r\n\r\n")),
        .init("LF as an extension, with a request in the chunk", [], chunked("2;\nxx\r\n2a\r\n0\r\n\r\n")),
        .init("CR in an extension", [], chunked("5;a\rb\r\nabcde\r\n0\r\n\r\n")),
        .init("CR after a size", [], chunked("5\rabcde\r\n0\r\n\r\n")),
        .init("nothing after a chunk", [], chunked("5\r\nabcde0\r\n\r\n")),
        .init("NUL in an extension", [], chunked("5;a\0b\r\nabcde\r\n0\r\n\r\n")),
        .init("trailer that ends with LF", [], chunked("5\r\nabcde\r\n0\r\nA: b\n\r\n")),
    ]
}

extension HostileCase {
    /// Chunks of which some line ends and sizes were replaced, with requests hidden in them and behind them.
    static func damagedChunks(_ generator: inout SeededGenerator) -> HostileCase {
        let lineEnds = ["\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\n", "", ";\n", ";x\r\n", " \r\n", "\0\r\n"]
        var body = ""
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let data = Bool.random(using: &generator) ? hidden : "0\r\n\r\n" + hidden
            let size =
                data.utf8.count
                + (Int.random(in: 0..<4, using: &generator) == 0 ? .random(in: -9...9, using: &generator) : 0)
            body += String(size, radix: 16) + (lineEnds.randomElement(using: &generator) ?? "")
            body += data + (lineEnds.randomElement(using: &generator) ?? "")
        }
        body += "0" + (lineEnds.randomElement(using: &generator) ?? "")
        if Bool.random(using: &generator) { body += "A: b" + (lineEnds.randomElement(using: &generator) ?? "") }
        body += lineEnds.randomElement(using: &generator) ?? ""
        return HostileCase("chunks \(body.debugDescription)", [], chunked(body))
    }
}
