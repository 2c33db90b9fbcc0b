package import FoundationEssentials

/// What a handler answers.
package struct Response: Sendable {
    /// The bytes of an answer, or what will produce them.
    package enum Body: Sendable {
        /// A whole answer.
        case bytes([UInt8])

        /// An answer written while it is read. `length` when it is known beforehand; chunked otherwise. The producer starts
        /// when the client reads, waits when the client is slow, and is cancelled when the client leaves; if it throws,
        /// the connection is cut so that the client sees the answer is not whole.
        case stream(length: Int?, @Sendable (ResponseWriter) async throws -> Void)
    }

    /// The status; 200 to 599.
    package var status: HTTPStatus

    /// Headers in order; repeats are sent as they are.
    package private(set) var headers: [(name: String, value: String)]

    /// The body.
    package var body: Body

    /// A whole answer of a media type.
    package init(status: HTTPStatus = .ok, contentType: String, bytes: [UInt8]) {
        self.status = status
        headers = [("Content-Type", contentType), ("Cache-Control", "no-store")]
        body = .bytes(bytes)
    }

    /// An answer without a body.
    package init(status: HTTPStatus) {
        self.status = status
        headers = [("Cache-Control", "no-store")]
        body = .bytes([])
    }

    /// Plain text.
    package static func text(_ text: String, status: HTTPStatus = .ok) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", bytes: Array(text.utf8))
    }

    /// A value as JSON: keys sorted, times RFC 3339 in UTC with milliseconds.
    package static func json(
        _ value: some Encodable, status: HTTPStatus = .ok, encoder: JSONEncoder = .forMessages
    ) throws -> Response {
        Response(
            status: status, contentType: "application/json", bytes: Array(try encoder.encode(value)))
    }

    /// JSON that is already text.
    package static func json(encoded bytes: [UInt8], status: HTTPStatus = .ok) -> Response {
        Response(status: status, contentType: "application/json", bytes: bytes)
    }

    /// A page, with the headers that keep it from being framed or extended by foreign content.
    package static func html(
        _ page: HTML, status: HTTPStatus = .ok, policy: ContentSecurityPolicy = .standard
    ) -> Response {
        var response = Response(
            status: status, contentType: "text/html; charset=utf-8", bytes: Array(page.markup.utf8))
        response.addHeader("Content-Security-Policy", policy.headerValue)
        response.addHeader("X-Frame-Options", "DENY")
        response.addHeader("Cross-Origin-Opener-Policy", "same-origin")
        return response
    }

    /// A refusal.
    package static func problem(_ problem: Problem) -> Response { problem.response }

    /// Sends a browser to another page of ours after a form was taken (303).
    /// - Parameter path: a path on this server; anything else is a mistake of the caller's and becomes `/`.
    package static func redirect(seeOther path: String) -> Response {
        var response = Response(status: .seeOther)
        let isLocal =
            path.hasPrefix("/") && !path.hasPrefix("//")
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        response.addHeader("Location", isLocal && !path.contains("\\") ? path : "/")
        return response
    }

    /// Sends a browser to another site: to an address that a server we trust named, never to one that a request brought.
    package static func redirect(toOtherSite url: String) -> Response {
        var response = Response(status: .seeOther)
        let isAddress =
            (url.hasPrefix("https://") || url.hasPrefix("http://")) && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        response.addHeader("Location", isAddress ? url : "/")
        return response
    }

    /// An answer written while it is read; see `Body.stream`.
    package static func stream(
        contentType: String, length: Int? = nil,
        _ produce: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> Response {
        var response = Response(status: .ok, contentType: contentType, bytes: [])
        response.body = .stream(length: length, produce)
        return response
    }

    /// Adds one header line beside those of the same name.
    package mutating func addHeader(_ name: String, _ value: String) { headers.append((name, value)) }

    /// Puts one header line in place of those of the same name.
    package mutating func setHeader(_ name: String, _ value: String) {
        let lowered = name.lowercased()
        headers.removeAll { $0.name.lowercased() == lowered }
        headers.append((name, value))
    }

    /// Sets a cookie.
    package mutating func setCookie(_ cookie: SetCookie) {
        addHeader("Set-Cookie", cookie.headerValue)
    }
}

/// Where a page may take content from (Content Security Policy, level 3). The standard policy allows our own origin only,
/// no inline script or style, and no framing.
package struct ContentSecurityPolicy: Sendable {
    /// The header's value.
    package let headerValue: String

    /// Our own origin only.
    package static let standard = ContentSecurityPolicy(extra: "")

    /// The standard policy plus directives known when the program is written, such as `style-src 'sha256-...'`.
    package init(adding directives: StaticString) { self.init(extra: "; \(directives)") }

    private init(extra: String) {
        headerValue =
            "default-src 'none'; connect-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; "
            + "style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" + extra
    }
}

extension JSONEncoder {
    /// Encodes messages for outside: keys sorted, times RFC 3339 in UTC with milliseconds.
    package static var forMessages: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(
                date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        }
        return encoder
    }
}
