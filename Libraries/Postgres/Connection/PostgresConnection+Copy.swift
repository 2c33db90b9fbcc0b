import CLibPQ
import Glibc
import Synchronization
import Telemetry

extension PostgresConnection {
    /// Runs `copy ... from stdin` and sends what `body` writes. Returns the number of rows.
    ///
    /// A write returns when the socket has taken its bytes, so memory stays within one chunk however much is copied. When
    /// the body throws, the server is told to forget the rows of this copy, and the error is thrown on.
    @discardableResult
    nonisolated(nonsending) package func copyIn(
        _ statement: Query, _ body: nonisolated(nonsending) (CopyWriter) async throws -> Void
    ) async throws -> Int {
        try await startCopy(statement, phase: .into)
        let writer = CopyWriter(self)
        do {
            try await body(writer)
            try await writer.flush()
        } catch {
            await abandonCopyIn()
            throw error
        }
        return try await finishCopyIn()
    }

    /// Copies typed rows into `table`, whose columns must have exactly the types that are written: the binary format
    /// converts nothing. `table` is a query so that it can be `"\(ident: schema).\(ident: name)"`.
    @discardableResult
    nonisolated(nonsending) package func copyRows(
        into table: Query, columns: [String], _ body: nonisolated(nonsending) (CopyRowWriter) async throws -> Void
    ) async throws -> Int {
        let names = try columns.map { try Identifier.quoted($0) }.joined(separator: ", ")
        return try await copyIn("copy \(table) (\(unescaped: names)) from stdin (format binary)") { writer in
            let rows = try await CopyRowWriter(writer, columns: columns.count)
            try await body(rows)
            try await rows.finish()
        }
    }

    /// Runs `copy ... to stdout` and hands over what comes, in chunks of about 64 KiB that end at the end of a row.
    ///
    /// The next chunk is read from the socket only after `body` returned. When it throws, the connection is closed: that is
    /// how the server is stopped.
    nonisolated(nonsending) package func copyOut(
        _ statement: Query, _ body: nonisolated(nonsending) ([UInt8]) async throws -> Void
    ) async throws {
        try await startCopy(statement, phase: .out)
        do {
            while let chunk = try await nextCopyChunk() {
                if !chunk.isEmpty { try await body(chunk) }
            }
        } catch {
            await abandonCopyOut()
            throw error
        }
    }

    private func startCopy(_ statement: Query, phase: CopyPhase) async throws {
        try statement.validate()
        guard statement.parameters.count == 0 else {
            throw PostgresError(.invalidQuery, message: "COPY takes no parameters")
        }
        let expected = phase == .into ? PGRES_COPY_IN : PGRES_COPY_OUT
        try await conduct(deadline: nil) { (wire) throws(PostgresError) in
            try leavePipelineMode(wire)
            guard PQsendQuery(wire.pointer, statement.sql) == 1 else { throw wire.failure(.connectionLost) }
            let result = try awaitResult(wire)
            guard PQresultStatus(result.pointer) != expected else {
                copy = phase
                return
            }
            guard PQresultStatus(result.pointer) == PGRES_FATAL_ERROR else {
                throw PostgresError(.connectionLost, message: "the statement is no COPY of the kind that was asked for")
            }
            try readToEnd(wire, failure: PostgresError.of(result.pointer))
        }
    }

    /// Sends one chunk and waits until the socket has taken it.
    func putCopyChunk(_ bytes: [UInt8]) async throws {
        guard copy == .into else { throw PostgresError(.connectionBusy, message: "no COPY is under way") }
        try await conduct(deadline: nil) { (wire) throws(PostgresError) in
            let count = Int32(bytes.count)
            let accepted = bytes.withUnsafeBytes {
                PQputCopyData(wire.pointer, $0.bindMemory(to: CChar.self).baseAddress, count)
            }
            // libpq's buffer was empty before, so "would block" cannot be its answer.
            guard accepted == 1 else { throw wire.failure(.connectionLost) }
            try drain(wire)
            if let interruption = wire.interruption { throw Wire.error(for: interruption) }
        }
    }

    /// Writes everything libpq holds, and reads what arrives meanwhile.
    private func drain(_ wire: Wire) throws(PostgresError) {
        while !(try wire.flush()) {
            let ready = try wire.wait(for: POLLIN | POLLOUT)
            if ready & POLLIN != 0 { try wire.consumeInput() }
        }
    }

    private func finishCopyIn() async throws -> Int {
        try await conduct(deadline: nil) { (wire) throws(PostgresError) in
            copy = .none
            guard PQputCopyEnd(wire.pointer, nil) == 1 else { throw wire.failure(.connectionLost) }
            try drain(wire)
            return try readToEnd(wire, failure: nil)
        }
    }

    private func abandonCopyIn() async {
        guard copy == .into, health.withLock({ !$0.isTainted }) else { return close() }
        do {
            try await conduct(deadline: PostgresLimits.rollbackDeadline, ignoringCancellation: true) {
                (wire) throws(PostgresError) in
                copy = .none
                guard PQputCopyEnd(wire.pointer, "the client gave up") == 1 else { throw wire.failure(.connectionLost) }
                try drain(wire)
                do throws(PostgresError) {
                    try readToEnd(wire, failure: nil)
                } catch {
                    // The server's account of what it was just told, or of what made the body throw, is no news.
                    if error.sqlState == nil || error.code == .connectionLost { throw error }
                }
            }
        } catch {
            logger.debug("a copy could not be ended; the connection is closed instead")
            close()
        }
    }

    private func nextCopyChunk() async throws -> [UInt8]? {
        guard copy == .out || copy == .outEnding else {
            throw PostgresError(.connectionBusy, message: "no COPY is under way")
        }
        return try await conduct(deadline: nil) { (wire) throws(PostgresError) in
            var chunk: [UInt8] = []
            if copy == .outEnding {
                copy = .none
                try readToEnd(wire, failure: nil)
                return nil
            }
            while chunk.count < PostgresLimits.copyChunkBytesMax {
                var row: UnsafeMutablePointer<CChar>?
                let count = PQgetCopyData(wire.pointer, &row, 1)
                switch count {
                case 1...:
                    chunk.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(count)))
                    PQfreemem(row)
                case 0:
                    try wire.exchange()
                case -1:
                    // An error of the server comes after what it had sent before.
                    copy = .outEnding
                    return chunk
                default:
                    throw wire.failure(.connectionLost)
                }
            }
            return chunk
        }
    }

    private func abandonCopyOut() {
        // A copy that the server itself ended is over; one that we leave in the middle takes the connection with it.
        if copy != .none { close() }
    }

    private func awaitResult(_ wire: Wire) throws(PostgresError) -> ResultStorage {
        while true {
            switch wire.nextResult() {
            case .pending: try wire.exchange()
            case .end: throw wire.failure(.connectionLost)
            case .result(let result): return result
            }
        }
    }

    /// Reads the results that are left and returns the rows of the last; throws the first error among them.
    @discardableResult
    private func readToEnd(_ wire: Wire, failure: PostgresError?) throws(PostgresError) -> Int {
        var failure = failure
        var affected = 0
        while true {
            switch wire.nextResult() {
            case .pending:
                try wire.exchange()
            case .end:
                guard let failure else { return affected }
                if failure.sqlState == "57014", let interruption = wire.interruption {
                    throw Wire.error(for: interruption)
                }
                throw failure
            case .result(let result):
                if PQresultStatus(result.pointer) == PGRES_COMMAND_OK {
                    affected = Rows(result).affected
                } else {
                    failure = failure ?? PostgresError.of(result.pointer)
                }
                if wire.isBroken { throw failure ?? wire.failure(.connectionLost) }
            }
        }
    }
}
