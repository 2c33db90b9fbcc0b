package import FoundationEssentials

/// One accepted request: its head has passed every rule of the guard, its body is still to be read.
package struct Request: Sendable {
    /// What is asked for.
    package let method: HTTPMethod

    /// The target as it came in, undecoded: path and query.
    package let target: String

    /// The path's segments, each decoded for itself, so that a `%2F` never splits one.
    package let segments: [String]

    /// The query's fields, decoded.
    package let query: FormFields

    /// The headers as they came in.
    package let headers: HeaderFields

    /// The body; empty when there is none.
    package let body: RequestBody

    /// The client's numeric address and port.
    package let remoteAddress: String

    /// The client's certificate, trusted; nil where none was presented.
    package let clientCertificate: ClientCertificate?

    /// The pattern of the route that was chosen, such as `/cases/{case}`, or `unmatched`: a bounded label for metrics.
    package var route: String { found?.pattern ?? "unmatched" }

    var found: RouteNode.Found?

    private var attachments: [ObjectIdentifier: any Sendable] = [:]

    init(
        method: HTTPMethod, target: String, segments: [String], query: FormFields,
        headers: HeaderFields,
        body: RequestBody, remoteAddress: String, clientCertificate: ClientCertificate?
    ) {
        self.method = method
        self.target = target
        self.segments = segments
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.clientCertificate = clientCertificate
    }

    /// A request made in the same process, for trying a router without a socket. Nil when the target is malformed.
    package init?(
        _ method: HTTPMethod, _ target: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        var fields = HeaderFields()
        for (name, value) in headers { fields.append(name: name, value: value) }
        guard let parsed = RequestTarget(target) else { return nil }
        self.init(
            method: method, target: target, segments: parsed.segments, query: parsed.query,
            headers: fields,
            body: RequestBody(bytes: body), remoteAddress: "127.0.0.1:0", clientCertificate: nil)
    }

    /// The cookies that came with the request.
    package var cookies: Cookies { Cookies(headers: headers.values("cookie")) }

    /// The media type of the body in lower case, without parameters; nil when none is given.
    package var mediaType: String? {
        headers["content-type"]?.split(separator: ";").first?.lowercased()
            .split(separator: " ", omittingEmptySubsequences: true).first.map(String.init)
    }

    /// What a middleware learned about the request, such as who is acting.
    package subscript<Key: RequestKey>(key: Key.Type) -> Key.Value? {
        get { attachments[ObjectIdentifier(key)] as? Key.Value }
        set { attachments[ObjectIdentifier(key)] = newValue }
    }

    /// The body as JSON. Throws a `Problem`: 415 when it is announced as something else, 413 above the limit, 400 when it
    /// is not JSON of this shape (the place is named, the value is not).
    package func json<Value: Decodable>(
        _ type: Value.Type = Value.self, bytesMax: Int = RequestBody.bytesMaxByDefault,
        decoder: JSONDecoder = .forMessages
    ) async throws -> Value {
        guard let mediaType, mediaType == "application/json" || mediaType.hasSuffix("+json") else {
            throw Problem(
                .unsupportedMediaType, detail: "The body must be JSON (content type application/json).")
        }
        let bytes = try await body.bytes(upTo: bytesMax)
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Problem(.badRequest, detail: error.placeInWords)
        }
    }

    /// The body as the fields of a form. Throws a `Problem`: 415, 413 or 400.
    package func form(bytesMax: Int = RequestBody.bytesMaxByDefault) async throws -> FormFields {
        guard mediaType == "application/x-www-form-urlencoded" else {
            throw Problem(.unsupportedMediaType, detail: "The body must be a form.")
        }
        let bytes = try await body.bytes(upTo: bytesMax)
        guard let text = String(validating: bytes, as: UTF8.self),
            let form = FormFields(encoded: text[...])
        else {
            throw Problem(.badRequest, detail: "The form is malformed.")
        }
        return form
    }
}

/// A name under which a middleware attaches a value to a request.
package protocol RequestKey {
    associatedtype Value: Sendable
}

/// A client certificate that the server trusts.
package struct ClientCertificate: Sendable, Equatable {
    /// The distinguished name (RFC 4514), such as `CN=hospital,O=Leeds Teaching Hospitals`.
    package let subject: String

    /// The certificate's SHA-256 in lower-case hexadecimal.
    package let sha256: String
}

extension JSONDecoder {
    /// Decodes messages from outside: times are RFC 3339, with or without a fraction of a second.
    package static var forMessages: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            let whole = Date.ISO8601FormatStyle()
            let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            do {
                return try text.contains(".") ? fraction.parse(text) : whole.parse(text)
            } catch {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not an RFC 3339 time")
            }
        }
        return decoder
    }
}

extension DecodingError {
    /// Where the JSON is wrong and how, without repeating what it held.
    fileprivate var placeInWords: String {
        switch self {
        case .keyNotFound(let key, let context): "\(Self.place(context)) lacks \"\(key.stringValue)\"."
        case .typeMismatch(_, let context): "\(Self.place(context)) has the wrong type."
        case .valueNotFound(_, let context): "\(Self.place(context)) must not be null."
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "The body is not JSON." : "\(Self.place(context)) is not valid."
        @unknown default: "The body does not have the expected shape."
        }
    }

    private static func place(_ context: Context) -> String {
        let path = context.codingPath.map { key in
            key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
        }.joined()
        return path.isEmpty
            ? "The body" : "The value at \(path.hasPrefix(".") ? String(path.dropFirst()) : path)"
    }
}
