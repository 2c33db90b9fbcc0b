/// How a client behaves, and its bounds.
package struct HTTPClientConfiguration: Sendable {
    /// From the start of a connection until it is usable.
    package var connectTimeout: Duration = .seconds(5)

    /// From the start of a request until its last byte, where the request names no time of its own.
    package var requestTimeout: Duration = .seconds(30)

    /// Bytes of a response's body; a longer one is an error.
    package var responseBytesMax = 16 * 1024 * 1024

    /// Bytes of a response's headers; more is an error.
    package var responseHeadBytesMax = 64 * 1024

    /// Requests in hand at once, those that wait for a connection included; more are refused as busy.
    package var requestsMax = 1_000

    /// Connections open at once.
    package var connectionsMax = 16

    /// The authorities to trust, as PEM text, in place of the system's.
    package var authorities: String?

    /// The client's own certificate, as PEM text.
    package var certificate: String?

    /// Its private key, as PEM text.
    package var key: String?

    /// Plain `http://` is refused unless this is set: for loopback, and for tests.
    package var allowsPlainHTTP = false

    /// A proxy's address; none is taken from the environment.
    package var proxy: String?

    /// What the server is told about us.
    package var userAgent = "takeup"

    /// The bounds above, the system's authorities, TLS only.
    package init() {}
}

/// One request to another server.
package struct HTTPClientRequest: Sendable {
    package var method: HTTPMethod
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    /// In place of the client's own.
    package var timeout: Duration?

    /// A request; without a body unless one is given.
    package init(
        _ method: HTTPMethod = .get, _ url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// What another server answered, whatever its status; redirects are answers like any other.
package struct HTTPClientResponse: Sendable {
    package let status: HTTPStatus
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The first value with this name (any case).
    package subscript(header name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }
}

/// Why there is no answer.
package struct HTTPClientError: Error, Sendable, CustomStringConvertible,
    CustomDebugStringConvertible
{
    /// What went wrong.
    package enum Code: String, Sendable {
        /// The address is malformed, or its scheme is not allowed.
        case invalidURL = "invalid-url"
        /// A header holds what headers may not.
        case invalidHeader = "invalid-header"
        /// The certificate or key of the configuration cannot be read.
        case invalidCertificate = "invalid-certificate"
        /// The name is not known, or nobody listens.
        case cannotConnect = "cannot-connect"
        /// TLS failed: a certificate is not trusted, or ours is not.
        case tls
        /// The time-out passed.
        case timeout
        /// The connection broke before the answer was whole. The server may have acted.
        case connectionLost = "connection-lost"
        /// The answer is longer than the bounds allow.
        case tooLarge = "too-large"
        /// More requests than `requestsMax`.
        case busy
        /// The task was cancelled.
        case cancelled
        /// The client was stopped.
        case stopped
        /// Anything else the HTTP library reports.
        case failed
    }

    /// What went wrong.
    package let code: Code

    /// The library's own words; may name the host.
    package let underlying: String

    /// Whether the same request may succeed later. Whether it may be sent twice is for the caller to know.
    package var isRetryable: Bool {
        switch code {
        case .cannotConnect, .timeout, .connectionLost, .busy: true
        case .invalidURL, .invalidHeader, .invalidCertificate, .tls, .tooLarge, .cancelled, .stopped,
            .failed:
            false
        }
    }

    /// A bounded text for metric labels.
    package var shortLabel: String { "http.\(code.rawValue)" }

    /// What happened, safe to show.
    package var description: String {
        switch code {
        case .invalidURL: "The address is malformed or its scheme is not allowed."
        case .invalidHeader: "A header of the request is malformed."
        case .invalidCertificate: "The client's certificate or key cannot be read."
        case .cannotConnect: "The server could not be reached."
        case .tls: "The secure connection could not be made."
        case .timeout: "The server did not answer in time."
        case .connectionLost: "The connection broke before the answer was whole."
        case .tooLarge: "The answer is larger than allowed."
        case .busy: "Too many requests are in hand."
        case .cancelled: "The request was cancelled."
        case .stopped: "The client was stopped."
        case .failed: "The request failed."
        }
    }

    /// With the library's own words.
    package var debugDescription: String { "\(description) (\(underlying))" }

    init(_ code: Code, _ underlying: String = "") {
        self.code = code
        self.underlying = underlying
    }
}
