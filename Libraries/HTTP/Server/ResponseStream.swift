import CMicroHTTPD
import Glibc
import Synchronization

/// Where a handler writes an answer while the client reads it.
package struct ResponseWriter: Sendable {
    fileprivate let stream: ResponseStream

    /// Writes bytes; waits while the client is more than the server's window behind. Throws `ExchangeError.clientGone` when
    /// there is nobody to write to any more.
    package func write(_ bytes: [UInt8]) async throws { try await stream.write(bytes) }

    /// Writes text as UTF-8.
    package func write(_ text: String) async throws { try await stream.write(Array(text.utf8)) }
}

/// The closure that writes an answer, in a struct: a bare closure kept in shared state grows with every read.
struct ResponseProducer: Sendable {
    let run: @Sendable (ResponseWriter) async throws -> Void
}

/// Between a producer, which is a task, and the library, which pulls. The producer starts at the first pull, so never for
/// `HEAD`.
final class ResponseStream: Sendable {
    private struct State {
        var connection: LibraryConnection?
        var isSuspended = false
        var isStarted = false
        var isFinished = false
        var hasFailed = false
        var buffer: [UInt8] = []
        var sentOfBuffer = 0
        var writtenBytes = 0
        var writer: CheckedContinuation<Void, any Error>?
        var task: Task<Void, Never>?

        var waitingBytes: Int { buffer.count - sentOfBuffer }

        mutating func takeWriter() -> CheckedContinuation<Void, any Error>? {
            defer { writer = nil }
            return writer
        }

        mutating func resumeConnection() {
            guard isSuspended, let connection else { return }
            isSuspended = false
            MHD_resume_connection(connection.pointer)
        }
    }

    private let state: Mutex<State>
    private let windowBytes: Int
    private let length: Int?
    private let produce: ResponseProducer
    private let observer: ServerObserver

    init(
        _ connection: LibraryConnection, windowBytes: Int, length: Int?, produce: ResponseProducer,
        observer: ServerObserver
    ) {
        self.windowBytes = windowBytes
        self.length = length
        self.produce = produce
        self.observer = observer
        state = Mutex(State(connection: connection))
    }

    /// Gives the library what there is, on its thread and under its lock on the response.
    func pull(into target: UnsafeMutablePointer<CChar>, upTo bytesMax: Int) -> Int {
        state.withLock { state in
            if !state.isStarted {
                state.isStarted = true
                state.task = Task { await self.run() }
            }
            if state.waitingBytes > 0 { return copy(&state, target, bytesMax) }
            if state.hasFailed { return takeup_mhd_end_with_error() }
            if state.isFinished { return takeup_mhd_end_of_stream() }
            state.takeWriter()?.resume()
            if let connection = state.connection {
                state.isSuspended = true
                MHD_suspend_connection(connection.pointer)
            }
            return 0
        }
    }

    private func copy(_ state: inout State, _ target: UnsafeMutablePointer<CChar>, _ bytesMax: Int)
        -> Int
    {
        let count = min(state.waitingBytes, bytesMax)
        state.buffer.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: target, count: count)
                .copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: bytes[state.sentOfBuffer..<state.sentOfBuffer + count]))
        }
        state.sentOfBuffer += count
        if state.waitingBytes == 0 {
            state.buffer.removeAll(keepingCapacity: true)
            state.sentOfBuffer = 0
        }
        if state.waitingBytes < windowBytes / 2 { state.takeWriter()?.resume() }
        return count
    }

    private func run() async {
        do {
            try await produce.run(ResponseWriter(stream: self))
            state.withLock { state in
                // A length that was promised and not kept must not look like a whole answer.
                if let length, state.writtenBytes != length {
                    state.hasFailed = true
                } else {
                    state.isFinished = true
                }
                state.resumeConnection()
            }
        } catch {
            if !(error is CancellationError), !(error is ExchangeError) { observer.streamFailed(error) }
            state.withLock { state in
                state.hasFailed = true
                state.resumeConnection()
            }
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        if bytes.isEmpty { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    guard !state.hasFailed, !Task.isCancelled, state.writer == nil else {
                        continuation.resume(throwing: ExchangeError.clientGone)
                        return
                    }
                    state.buffer.append(contentsOf: bytes)
                    state.writtenBytes += bytes.count
                    state.resumeConnection()
                    if state.waitingBytes < windowBytes {
                        continuation.resume()
                    } else {
                        state.writer = continuation
                    }
                }
            }
        } onCancel: {
            state.withLock { $0.takeWriter() }?.resume(throwing: ExchangeError.clientGone)
        }
    }

    /// The client left, the server stops, or the library dropped the answer.
    func fail() {
        let (task, writer) = state.withLock { state in
            if !state.isFinished { state.hasFailed = true }
            state.resumeConnection()
            return (state.task, state.takeWriter())
        }
        writer?.resume(throwing: ExchangeError.clientGone)
        task?.cancel()
    }

    /// Whether the library waits for the producer.
    var isSuspended: Bool { state.withLock { $0.isSuspended } }

    /// The connection is no longer ours to resume.
    func detach() {
        state.withLock { state in
            state.connection = nil
            state.isSuspended = false
        }
    }
}
