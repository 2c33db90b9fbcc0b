/// Every bound the server keeps. Each has a test at it, below it and above it.
package struct HTTPServerLimits: Sendable {
    /// Bytes of request line and headers together; above it 431.
    package var headBytesMax = 16 * 1024

    /// Bytes of the request target; above it 414.
    package var targetBytesMax = 4 * 1024

    /// Number of header lines; above it 431.
    package var headerCountMax = 64

    /// Bytes of one request body, announced or received; above it 413.
    package var bodyBytesMax = 16 * 1024 * 1024

    /// A body announced with at most this many bytes is read whole before the handler starts; a longer one, or one
    /// without a length, is handed over while it arrives.
    package var gatheredBytesMax = 64 * 1024

    /// Bytes held between the network and a handler, for each request and each direction, before the sender must wait.
    package var windowBytes = 256 * 1024

    /// Bytes of an unwanted body that are read and dropped so that the connection can go on; beyond it is closed.
    package var droppedBytesMax = 1024 * 1024

    /// Connections open at once; further clients wait in the kernel's backlog.
    package var connectionsMax = 1_000

    /// Connections open at once from one address; further ones are reset. Zero means no bound of its own.
    package var connectionsPerAddressMax = 0

    /// Connections the kernel completes and holds until the server takes them.
    package var backlogMax = 1_024

    /// From the connection, or the first request line, until the head is complete; then the connection is closed.
    package var headDeadline: Duration = .seconds(10)

    /// From the end of the head until the body is complete; then the connection is closed.
    package var bodyDeadline: Duration = .seconds(120)

    /// The slowest a body may arrive, in bytes a second, once `bodyRateGrace` has passed.
    package var bodyBytesPerSecondMin = 1_024

    /// How long a body may be slower than `bodyBytesPerSecondMin`.
    package var bodyRateGrace: Duration = .seconds(5)

    /// From the start of the handler until its response; then it is cancelled and the client gets 503.
    package var handlerDeadline: Duration = .seconds(60)

    /// From the start of the answer until its last byte; then the connection is closed.
    package var answerDeadline: Duration = .seconds(600)

    /// How long a connection may carry no byte at all, in whole seconds (at least one); then it is closed.
    package var idleTimeout: Duration = .seconds(30)

    /// Requests on one connection; the last one's answer closes it.
    package var requestsPerConnectionMax = 10_000

    /// The bounds above.
    package init() {}

    /// The library's buffer for one connection: the head, and room for what it keeps beside it and for the answer's head.
    /// It is cleared after each request, so more than is needed costs time.
    var connectionMemoryBytes: Int { headBytesMax + 8 * 1024 }
}
