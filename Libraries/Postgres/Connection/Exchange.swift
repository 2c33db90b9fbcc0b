import CLibPQ

/// What is sent in a pipeline.
enum PipelineCommand {
    case prepare(name: String, StatementCache.Key, index: Int)
    case execute(Query, prepared: String?, index: Int)
    case sync
}

/// What a pipeline has brought so far.
struct PipelineAnswers {
    /// Results of the statements, in order, up to the first failure.
    var results: [ResultStorage] = []
    /// The first failure; everything of the same sync after it was skipped, everything before it undone unless a
    /// transaction block was open.
    var failure: PostgresError?
    /// Statements that the server has prepared.
    var prepared: [(StatementCache.Key, name: String)] = []

    mutating func fail(_ error: PostgresError, at command: PipelineCommand) {
        guard failure == nil else { return }
        failure = error
        switch command {
        case .prepare(_, _, let index), .execute(_, _, let index): failure?.statementIndex = index
        case .sync: break
        }
    }
}

/// Sends commands and reads their answers, as `PipelineMachine` orders.
struct Exchange {
    let wire: Wire
    let commands: [PipelineCommand]
    /// Gives each answer this much time; nil keeps the deadline that is set.
    let deadlinePerAnswer: Duration?
    var answers = PipelineAnswers()

    init(wire: Wire, commands: [PipelineCommand], deadlinePerAnswer: Duration?) {
        self.wire = wire
        self.commands = commands
        self.deadlinePerAnswer = deadlinePerAnswer
    }

    /// Throws only when the connection is lost or had to be given up; a refusal by the server is in the answers.
    mutating func run() throws(PostgresError) {
        var machine = PipelineMachine(commands: commands.count)
        while true {
            switch machine.next() {
            case .send(let index):
                try send(commands[index])
            case .requestFlush:
                guard PQsendFlushRequest(wire.pointer) == 1 else { throw wire.failure(.connectionLost) }
            case .wait:
                try wire.exchange()
                try readArrived(&machine)
            case .done:
                return
            }
        }
    }

    private mutating func readArrived(_ machine: inout PipelineMachine) throws(PostgresError) {
        var endsOfSync = 0
        while let index = machine.awaited {
            let command = commands[index]
            switch wire.nextResult() {
            case .pending:
                return
            case .end:
                // A sync ends with its own result. An end before that belongs to an error raised by the commit in it.
                if case .sync = command {
                    try lostIfBroken()
                    endsOfSync += 1
                    if endsOfSync == 1 { continue }
                    return
                }
                machine.recordAnswered()
                restartDeadline()
            case .result(let result):
                if try record(result, of: command) {
                    machine.recordAnswered()
                    restartDeadline()
                }
            }
        }
    }

    /// Notes a result; true if it is the last of its command.
    private mutating func record(_ result: ResultStorage, of command: PipelineCommand) throws(PostgresError) -> Bool {
        switch PQresultStatus(result.pointer) {
        case PGRES_PIPELINE_SYNC:
            return true
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            switch command {
            case .execute: answers.results.append(result)
            case .prepare(let name, let key, _): answers.prepared.append((key, name: name))
            case .sync: break
            }
        case PGRES_PIPELINE_ABORTED:
            break
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
            answers.fail(PostgresError.of(result.pointer), at: command)
            try lostIfBroken()
        default:
            // COPY cannot run in a pipeline, and libpq 15 has no way back from it.
            throw PostgresError(.connectionLost, message: "COPY was sent as a query; use copyIn or copyOut")
        }
        return false
    }

    private func lostIfBroken() throws(PostgresError) {
        guard wire.isBroken else { return }
        if let failure = answers.failure, failure.code == .connectionLost { throw failure }
        throw wire.failure(.connectionLost)
    }

    private func restartDeadline() {
        if let deadlinePerAnswer, wire.interruption == nil { wire.deadline = .now + deadlinePerAnswer }
    }

    private func send(_ command: PipelineCommand) throws(PostgresError) {
        let isSent =
            switch command {
            case .prepare(let name, let key, _):
                PQsendPrepare(wire.pointer, name, key.sql, Int32(key.types.count), key.types) == 1
            case .execute(let query, let prepared, _):
                send(query, prepared: prepared)
            case .sync:
                PQpipelineSync(wire.pointer) == 1
            }
        guard isSent else { throw wire.failure(.connectionLost) }
    }

    private func send(_ query: Query, prepared: String?) -> Bool {
        let slots = query.parameters.slots
        let lengths = slots.map { Int32(truncatingIfNeeded: $0.length ?? 0) }
        let formats = [Int32](repeating: 1, count: slots.count)
        return query.parameters.bytes.withUnsafeBytes { bytes in
            // An empty value is not NULL, so it needs an address even when there are no bytes at all.
            let base = bytes.baseAddress ?? UnsafeRawPointer(Self.emptyValue)
            let values: [UnsafePointer<CChar>?] = slots.map { slot in
                slot.length == nil ? nil : (base + slot.offset).assumingMemoryBound(to: CChar.self)
            }
            if let prepared {
                return PQsendQueryPrepared(
                    wire.pointer, prepared, Int32(slots.count), values, lengths, formats, 1) == 1
            }
            return PQsendQueryParams(
                wire.pointer, query.sql, Int32(slots.count), slots.map(\.type), values, lengths, formats, 1) == 1
        }
    }

    // One byte that nobody ever writes: reading it from any thread is safe.
    private nonisolated(unsafe) static let emptyValue = UnsafePointer(UnsafeMutablePointer<CChar>.allocate(capacity: 1))
}
