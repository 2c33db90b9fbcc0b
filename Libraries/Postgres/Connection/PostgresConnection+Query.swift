import CLibPQ

extension PostgresConnection {
    /// What becomes of a group of statements when it ends.
    enum Completion {
        /// No transaction block is open: the group is a transaction by itself and is committed at its end.
        case commitsByItself
        /// A transaction block stays open.
        case staysOpen
        /// The last statement is `commit`.
        case commits
    }

    /// Runs one statement. Outside a transaction block it is its own transaction.
    ///
    /// `deadline` bounds the whole call. Throws `PostgresError`; with `mayHaveTakenEffect` when the connection broke and
    /// nobody can tell.
    @discardableResult
    package func query(_ query: Query, deadline: Duration? = nil) async throws -> Rows {
        let rows = try await run([query], completion: .commitsByItself, deadline: deadline)
        return rows[0]
    }

    /// Sends statements without waiting in between, and returns all of their results.
    ///
    /// All or nothing: outside a transaction block they are one transaction, and the first failure undoes those before it,
    /// although the server had already answered them. Results are therefore handed out only when all have succeeded.
    @discardableResult
    package func pipeline(_ queries: [Query], deadline: Duration? = nil) async throws -> [Rows] {
        try await run(queries, completion: .commitsByItself, deadline: deadline)
    }

    /// Runs several statements in one text, as files of SQL have them. They are one transaction, unless the text itself
    /// begins and commits. Results are not returned.
    package func execute(script sql: String, deadline: Duration? = nil) async throws {
        guard !sql.utf8.contains(0) else {
            throw PostgresError(.invalidQuery, message: "the script holds a NUL byte")
        }
        try await conduct(deadline: deadline) { (wire) throws(PostgresError) in
            try leavePipelineMode(wire)
            guard PQsendQuery(wire.pointer, sql) == 1 else { throw wire.failure(.connectionLost) }
            if let failure = try readScriptResults(wire) { throw failure }
        }
    }

    private func readScriptResults(_ wire: Wire) throws(PostgresError) -> PostgresError? {
        var failure: PostgresError?
        while true {
            switch wire.nextResult() {
            case .pending:
                try wire.exchange()
            case .end:
                if let failure, failure.sqlState == "57014", let interruption = wire.interruption {
                    return Wire.error(for: interruption)
                }
                return failure
            case .result(let result):
                switch PQresultStatus(result.pointer) {
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: break
                case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                    throw PostgresError(.connectionLost, message: "a script cannot COPY from or to the client")
                default: failure = failure ?? PostgresError.of(result.pointer)
                }
                if wire.isBroken { throw failure ?? wire.failure(.connectionLost) }
            }
        }
    }

    /// Runs statements as one group, ending in one sync.
    func run(
        _ queries: [Query], completion: Completion, deadline: Duration? = nil, ignoringCancellation: Bool = false
    ) async throws -> [Rows] {
        guard !queries.isEmpty else { return [] }
        guard queries.count <= PostgresLimits.pipelineStatementsMax else {
            throw PostgresError(
                .invalidQuery,
                message: "\(queries.count) statements; at most \(PostgresLimits.pipelineStatementsMax) are allowed")
        }
        for query in queries { try query.validate() }
        do {
            return try await attempt(
                queries, completion: completion, deadline: deadline, ignoringCancellation: ignoringCancellation)
        } catch let error as PostgresError where error.isStalePlan && completion == .commitsByItself {
            // A table was changed since the statement was prepared. All was undone, and the second time it is parsed anew.
            return try await attempt(
                queries, completion: completion, deadline: deadline, ignoringCancellation: ignoringCancellation)
        }
    }

    private func attempt(
        _ queries: [Query], completion: Completion, deadline: Duration?, ignoringCancellation: Bool
    ) async throws -> [Rows] {
        try await conduct(deadline: deadline, ignoringCancellation: ignoringCancellation) {
            (wire) throws(PostgresError) in
            try enterPipelineMode(wire)
            guard completion != .commitsByItself || !wire.isInTransaction else {
                // The holder began a transaction by hand; nothing commits by itself then.
                return try exchange(queries, on: wire, completion: .staysOpen, deadline: deadline)
            }
            return try exchange(queries, on: wire, completion: completion, deadline: deadline)
        }
    }

    private func exchange(
        _ queries: [Query], on wire: Wire, completion: Completion, deadline: Duration?
    ) throws(PostgresError) -> [Rows] {
        let (commands, housekeeping) = plan(queries, isIdle: wire.isIdle)
        var exchange = Exchange(
            wire: wire, commands: commands, deadlinePerAnswer: deadline == nil ? defaultDeadline : nil)
        let broken: PostgresError?
        do {
            try exchange.run()
            broken = nil
        } catch {
            // The server may have said why before the connection broke.
            let lastWord = exchange.answers.failure
            broken = lastWord?.code == .connectionLost ? lastWord : error
        }
        for (key, name) in exchange.answers.prepared { cache.insert(key, name: name) }
        if let broken { throw outcome(ofBroken: broken, completion: completion) }
        if let failure = exchange.answers.failure {
            if failure.isStalePlan { forget(failure, in: queries) }
            throw interruptionOr(failure, wire: wire)
        }
        guard exchange.answers.results.count == housekeeping + queries.count else {
            throw PostgresError(.connectionLost, message: "an answer is missing")
        }
        return exchange.answers.results.dropFirst(housekeeping).map(Rows.init)
    }

    /// The commands for these statements, and how many results at the start are not theirs.
    private func plan(_ queries: [Query], isIdle: Bool) -> (commands: [PipelineCommand], housekeeping: Int) {
        var commands: [PipelineCommand] = []
        var housekeeping = 0
        if isIdle {
            // In a sync of their own: they are no part of the transaction that follows.
            for name in cache.takeDiscarded() {
                commands.append(.execute(Query(unescaped: "deallocate \(name)"), prepared: nil, index: -1))
                housekeeping += 1
            }
            if housekeeping > 0 { commands.append(.sync) }
        }
        var preparing: [StatementCache.Key: String] = [:]
        for (index, query) in queries.enumerated() {
            guard query.sql.utf8.count <= PostgresLimits.preparedTextBytesMax else {
                commands.append(.execute(query, prepared: nil, index: index))
                continue
            }
            let key = StatementCache.Key(sql: query.sql, types: query.parameters.slots.map(\.type))
            if let name = cache.name(for: key) ?? preparing[key] {
                commands.append(.execute(query, prepared: name, index: index))
                continue
            }
            let name = cache.newName()
            preparing[key] = name
            commands.append(.prepare(name: name, key, index: index))
            commands.append(.execute(query, prepared: name, index: index))
        }
        commands.append(.sync)
        return (commands, housekeeping)
    }

    private func forget(_ failure: PostgresError, in queries: [Query]) {
        guard failure.sqlState != "26000", let index = failure.statementIndex, queries.indices.contains(index) else {
            cache.removeAll()
            return
        }
        let query = queries[index]
        cache.remove(StatementCache.Key(sql: query.sql, types: query.parameters.slots.map(\.type)))
    }

    /// A statement that the server ended at our request failed for the reason we had.
    private func interruptionOr(_ failure: PostgresError, wire: Wire) -> PostgresError {
        guard failure.sqlState == "57014", let interruption = wire.interruption else { return failure }
        var named = Wire.error(for: interruption)
        named.sqlState = failure.sqlState
        named.statementIndex = failure.statementIndex
        return named
    }

    /// What a connection that broke in the middle means for what was sent.
    private func outcome(ofBroken error: PostgresError, completion: Completion) -> PostgresError {
        var result = error
        switch completion {
        case .staysOpen: break
        case .commitsByItself: result.mayHaveTakenEffect = true
        case .commits: result.code = .commitOutcomeUnknown
        }
        return result
    }
}
