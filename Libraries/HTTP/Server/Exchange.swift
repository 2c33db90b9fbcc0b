import CMicroHTTPD
import Synchronization

/// The library's connection. Valid while its exchange has it; off the library's threads only while it is suspended.
struct LibraryConnection: @unchecked Sendable {
    // The pointer is used off the library's threads only for MHD_resume_connection, which is documented for that.
    let pointer: OpaquePointer
}

/// One request and its answer. The library's per-request context holds one reference from the request line until the
/// completed callback, which always comes.
///
/// The library calls in with the head, with each piece of the body, and at its end; the handler runs as a task. Where the
/// library has to wait for the handler the connection is suspended, inside the callback; the flag and the suspend, and the
/// flag and the resume, happen under one lock, so that no wake-up is lost.
final class Exchange: Sendable {
    enum Phase {
        /// The request line is in, the headers are not.
        case started
        /// The handler has begun before the body was asked for.
        case deciding
        /// The body is coming in.
        case body
        /// The body is whole; the answer is awaited.
        case complete
        case answering
        case ended
    }

    struct State {
        var connection: LibraryConnection?
        var phase = Phase.started
        var isSuspended = false
        var task: Task<Void, Never>?
        var hasTask = false
        var request: Request?
        var response: Response?
        var stream: ResponseStream?
        /// When the head was complete, and when the answer began.
        var headAt: ContinuousClock.Instant?
        var answerAt: ContinuousClock.Instant?

        var buffer: [UInt8] = []
        var receivedBytes = 0
        var droppedBytes = 0
        var isBodyWanted = false
        var isBodyWhole = false
        var isDropping = false
        /// The client waits for 100-continue: an early answer needs no reading on.
        var isBodyHeldBack = false
        var failure: ExchangeError?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
    }

    let state: Mutex<State>
    let core: ServerCore
    let connection: Connection
    let target: String
    /// Only compared, never read: the library rewrites what is there.
    let targetStart: Int
    private let announced = Atomic<Int>(-1)
    let isLastOnConnection = Atomic<Bool>(false)

    init(
        core: ServerCore, connection: Connection, libraryConnection: OpaquePointer,
        target: UnsafePointer<CChar>?
    ) {
        self.core = core
        self.connection = connection
        self.target = target.map { String(cString: $0) } ?? ""
        targetStart = Int(bitPattern: target)
        state = Mutex(State(connection: LibraryConnection(pointer: libraryConnection)))
        core.liveObjects.wrappingAdd(1, ordering: .relaxed)
    }

    deinit { core.liveObjects.wrappingSubtract(1, ordering: .relaxed) }

    /// The body's announced length; nil when it is chunked.
    var announcedBytes: Int? {
        get {
            let value = announced.load(ordering: .relaxed)
            return value < 0 ? nil : value
        }
        set { announced.store(newValue ?? -1, ordering: .relaxed) }
    }

    /// Call with the lock held, inside a callback of the library.
    static func suspend(_ state: inout State) {
        guard let connection = state.connection, !state.isSuspended else { return }
        state.isSuspended = true
        MHD_suspend_connection(connection.pointer)
    }

    /// Call with the lock held, from any thread.
    static func resume(_ state: inout State) {
        guard state.isSuspended, let connection = state.connection else { return }
        state.isSuspended = false
        MHD_resume_connection(connection.pointer)
    }

    /// Runs the handler. It starts on this thread, so that a handler which does not wait costs no hop; where it first waits
    /// it moves to the cooperative pool. Never call it with the lock held.
    func startHandler(_ request: Request) {
        state.withLock { state in
            state.hasTask = true
            state.request = nil
        }
        let task = Task.immediate { [self] in
            let response: Response
            do {
                response = try await core.responder.respond(to: request)
            } catch {
                core.observer.handlerFailed(request, error)
                response = Problem.unexpected.response
            }
            finish(response)
        }
        state.withLock { state in
            if state.phase == .ended { task.cancel() } else if state.response == nil { state.task = task }
        }
    }

    /// Offers the answer. The first one offered counts; once the client is gone none does.
    func finish(_ response: Response) {
        state.withLock { state in
            guard state.response == nil, state.connection != nil, state.phase != .answering else {
                return
            }
            state.response = response
            state.task = nil
            if state.phase == .body {
                state.isDropping = true
                state.buffer = []
            }
            Self.resume(&state)
        }
    }

    /// Gives the exchange up: cancels the handler and answers in its place, or cuts an answer that is being written.
    func abandon(_ problem: Problem) {
        let (task, stream) = state.withLock { ($0.task, $0.stream) }
        // In this order: a handler that ends when it is cancelled must not answer first.
        finish(problem.response)
        task?.cancel()
        stream?.fail()
    }

    /// The library is done with the request, however it ended.
    func ended() {
        let (task, stream, reader) = state.withLock { state in
            defer {
                state.connection = nil
                state.phase = .ended
                state.isSuspended = false
                state.failure = state.failure ?? .clientGone
                state.buffer = []
                state.request = nil
                state.response = nil
                state.stream = nil
                state.task = nil
                state.reader = nil
            }
            return (state.task, state.stream, state.reader)
        }
        stream?.detach()
        stream?.fail()
        reader?.resume(throwing: ExchangeError.clientGone)
        task?.cancel()
        connection.exchangeEnded()
    }
}
