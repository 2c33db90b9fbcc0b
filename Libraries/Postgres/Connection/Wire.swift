import CLibPQ
import Glibc
import Telemetry

/// One PGconn and everything that may block on it. Lives on the thread of its connection.
final class Wire {
    let pointer: OpaquePointer
    private let signal: CancelSignal
    private let notices: NoticeSink
    /// When the current wait ends; nil waits for ever.
    var deadline: ContinuousClock.Instant?
    /// Set once the end of the statement was asked for, by the task's cancellation or by the deadline.
    private(set) var interruption: Interruption?

    enum Interruption {
        case cancelled
        case deadline
    }

    private init(pointer: OpaquePointer, signal: CancelSignal, notices: NoticeSink) {
        self.pointer = pointer
        self.signal = signal
        self.notices = notices
    }

    deinit {
        PQfinish(pointer)
    }

    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }
    var socket: Int32 { PQsocket(pointer) }
    var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }
    var isInTransaction: Bool {
        let status = PQtransactionStatus(pointer)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Connects, within `timeout`. Name resolution is the system's and may block this thread beyond it.
    static func connect(
        _ parameters: [String: String], timeout: Duration, signal: CancelSignal, logger: Logger
    ) throws(PostgresError) -> Wire {
        var keywords: [UnsafePointer<CChar>?] = []
        var values: [UnsafePointer<CChar>?] = []
        for (keyword, value) in parameters {
            keywords.append(UnsafePointer(strdup(keyword)))
            values.append(UnsafePointer(strdup(value)))
        }
        defer {
            for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) }
        }

        guard let pointer = PQconnectStartParams(keywords + [nil], values + [nil], 0) else {
            throw PostgresError(.connectionFailed, message: "out of memory")
        }
        let notices = NoticeSink(logger: logger)
        let wire = Wire(pointer: pointer, signal: signal, notices: notices)
        wire.deadline = .now + timeout
        try wire.finishConnecting()
        PQsetNoticeReceiver(pointer, NoticeSink.receive, Unmanaged.passUnretained(notices).toOpaque())
        guard PQsetnonblocking(pointer, 1) == 0 else { throw wire.failure(.connectionFailed) }
        wire.deadline = nil
        return wire
    }

    private func finishConnecting() throws(PostgresError) {
        var next = PGRES_POLLING_WRITING
        while true {
            if isBroken { throw failure(.connectionFailed) }
            switch next {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_FAILED: throw failure(.connectionFailed)
            case PGRES_POLLING_READING: _ = try wait(for: POLLIN)
            default: _ = try wait(for: POLLOUT)
            }
            if let interruption {
                throw PostgresError(
                    interruption == .cancelled ? .cancelled : .connectionFailed, message: "while connecting")
            }
            next = PQconnectPoll(pointer)
        }
    }

    /// Starts a statement: from here on an interruption is news.
    func begin(deadline: ContinuousClock.Instant?) {
        self.deadline = deadline
        interruption = nil
    }

    /// Waits until the socket is ready for one of `events`, and returns those it is ready for.
    ///
    /// When the task is cancelled or the deadline passes, the server is asked to stop and the wait goes on for
    /// `cancelGrace`; when that passes too, the error that names the reason is thrown and the connection is beyond use.
    func wait(for events: Int32) throws(PostgresError) -> Int32 {
        while true {
            var descriptors = [
                pollfd(fd: socket, events: Int16(events), revents: 0),
                pollfd(fd: interruption == nil ? signal.descriptor : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&descriptors, 2, millisecondsLeft())
            if ready < 0 {
                if errno == EINTR { continue }
                throw PostgresError(.connectionLost, message: "poll: errno \(errno)")
            }
            if descriptors[1].revents != 0, signal.isRequested {
                interrupt(.cancelled)
                return 0
            }
            if descriptors[0].revents != 0 { return Int32(descriptors[0].revents) }
            if ready == 0, let deadline, deadline <= .now {
                if let interruption { throw Self.error(for: interruption) }
                interrupt(.deadline)
                return 0
            }
        }
    }

    private func interrupt(_ reason: Interruption) {
        interruption = reason
        if reason == .deadline { signal.requestCurrent() }
        deadline = .now + PostgresLimits.cancelGrace
    }

    static func error(for interruption: Interruption) -> PostgresError {
        switch interruption {
        case .cancelled: PostgresError(.cancelled)
        case .deadline: PostgresError(.timeout, message: "the deadline passed")
        }
    }

    private func millisecondsLeft() -> Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        return left <= .zero ? 0 : Int32(clamping: left.wholeMilliseconds)
    }

    /// Writes what libpq holds, as far as the socket takes it. True when nothing is left.
    func flush() throws(PostgresError) -> Bool {
        switch PQflush(pointer) {
        case 0: return true
        case 1: return false
        default: throw failure(.connectionLost)
        }
    }

    /// Waits until there is something to read and reads it, and writes meanwhile: a side that only writes would leave both
    /// waiting for each other once the buffers between them are full.
    func exchange() throws(PostgresError) {
        let isFlushed = try flush()
        let ready = try wait(for: isFlushed ? POLLIN : POLLIN | POLLOUT)
        if ready & ~POLLOUT != 0 { try consumeInput() }
    }

    func consumeInput() throws(PostgresError) {
        guard PQconsumeInput(pointer) == 1 else { throw failure(.connectionLost) }
    }

    /// The next result if it has arrived whole, `.pending` if not.
    func nextResult() -> Arrival {
        if PQisBusy(pointer) != 0 { return .pending }
        guard let result = PQgetResult(pointer) else { return .end }
        return .result(ResultStorage(result))
    }

    enum Arrival {
        case pending
        case end
        case result(ResultStorage)
    }

    /// An error with what libpq says about the connection.
    func failure(_ code: PostgresError.Code) -> PostgresError {
        var fields = PostgresError.ServerFields()
        fields.message = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        return PostgresError(code, server: fields)
    }
}

/// Passes on that the server warned, without what it said: a warning may quote data.
final class NoticeSink {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    static let receive: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = { argument, result in
        guard let argument, let result else { return }
        let sink = Unmanaged<NoticeSink>.fromOpaque(argument).takeUnretainedValue()
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        sink.logger.debug("the database sent a notice", metadata: ["postgres.sqlstate": state])
    }
}

extension PostgresError {
    /// Reads an error result. `E`-class fields by their one-letter codes (`postgres_ext.h`, PG_DIAG_*).
    static func of(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        var server = ServerFields()
        server.message = field("M") ?? PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
        server.detail = field("D")
        server.hint = field("H")
        server.schema = field("s")
        server.table = field("t")
        server.column = field("c")
        server.constraint = field("n")
        server.routine = field("R")
        guard let state = field("C") else { return PostgresError(.connectionLost, server: server) }
        return PostgresError(code(forState: state), sqlState: state, server: server)
    }

    private static func code(forState state: String) -> Code {
        // The server is going away or was told to end this session; it says so and closes.
        if ["57P01", "57P02", "57P03", "57P05", "25P03"].contains(state) || state.hasPrefix("08") {
            return .connectionLost
        }
        // Nobody of ours asked for it when this is read first: `statement_timeout` passed, or an administrator did.
        return state == "57014" ? .timeout : .server(sqlState: state)
    }
}
