/// A request's body. Iterate it for a stream of chunks (the client is held back while the reader is slow), or take it whole
/// with `bytes(upTo:)`. It can be read once.
package struct RequestBody: AsyncSequence, Sendable {
    /// What `bytes(upTo:)` and the decoders take where nothing else is said.
    package static let bytesMaxByDefault = 1024 * 1024

    private enum Source {
        case exchange(Exchange)
        case bytes([UInt8])
    }

    private let source: Source

    init(exchange: Exchange) { source = .exchange(exchange) }

    init(bytes: [UInt8]) { source = .bytes(bytes) }

    /// The whole body. Throws a `Problem` with 413 when it is longer than `limit` bytes, without reading on.
    package func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let announced = announcedBytes, announced > limit { throw Problem.contentTooLarge(limit) }
        var whole: [UInt8] = []
        for try await chunk in self {
            if whole.count + chunk.count > limit { throw Problem.contentTooLarge(limit) }
            if whole.isEmpty { whole = chunk } else { whole += chunk }
        }
        return whole
    }

    /// The length the client announced, or nil for a chunked body.
    package var announcedBytes: Int? {
        switch source {
        case .exchange(let exchange): exchange.announcedBytes
        case .bytes(let bytes): bytes.count
        }
    }

    /// The chunks, as they arrive.
    package func makeAsyncIterator() -> Iterator {
        switch source {
        case .exchange(let exchange): Iterator(exchange: exchange, bytes: nil)
        case .bytes(let bytes): Iterator(exchange: nil, bytes: bytes.isEmpty ? nil : bytes)
        }
    }

    /// Reads a body chunk by chunk.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let exchange: Exchange?
        fileprivate var bytes: [UInt8]?

        /// The next chunk, never empty; nil at the end. Throws `ExchangeError` when the client left, the server stops, or the
        /// body turned out to be malformed.
        package mutating func next() async throws -> [UInt8]? {
            if let exchange { return try await exchange.nextChunk() }
            defer { bytes = nil }
            return bytes
        }
    }
}

/// Why a body could not be read, or an answer not written, to its end.
package enum ExchangeError: String, Error, Sendable, CustomStringConvertible {
    /// The client closed the connection, or the server did so for it.
    case clientGone = "client-gone"

    /// The body is longer than the server takes.
    case bodyTooLarge = "body-too-large"

    /// What follows the last chunk of the body is no trailer section.
    case bodyMalformed = "body-malformed"

    /// Two readers at once.
    case alreadyBeingRead = "already-being-read"

    /// What happened, safe to show.
    package var description: String {
        switch self {
        case .clientGone: "The client left before the exchange ended."
        case .bodyTooLarge: "The body is larger than the server takes."
        case .bodyMalformed: "The end of the body is malformed."
        case .alreadyBeingRead: "The body is already being read."
        }
    }

    /// The same request may be sent again only after a client left.
    package var isRetryable: Bool { self == .clientGone }

    /// A bounded text for metric labels.
    package var shortLabel: String { rawValue }
}
