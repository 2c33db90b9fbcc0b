import Testing

@testable import Postgres

@Suite("Cancellation and deadlines")
struct CancellationTests {
    @Test("a cancelled task ends its statement on the server, and its connection is not used again")
    func cancel() async throws {
        try await Database.withConnection { watcher in
            let connection = try await Database.connect()
            let backend = try await connection.query("select pg_backend_pid()").only().decode(Int32.self)
            let task = Task { try await connection.query("select pg_sleep(60)") }
            while try await watcher.query(
                "select 1 from pg_stat_activity where pid = \(backend) and wait_event = 'PgSleep'"
            ).isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            task.cancel()
            let error = await Database.failure { try await task.value }
            #expect(error?.code == .cancelled && error?.sqlState == "57014")
            #expect(!connection.isReusable)
            let next = await Database.failure { try await connection.query("select 1") }
            #expect(next?.code == .connectionClosed)
            await connection.close()
        }
    }

    @Test("200 late cancellations among 3,000 statements hit nobody else")
    func innocents() async throws {
        try await Database.withPool(maximumConnections: 4) { pool in
            let wrong = Shared<[String]>([])
            let cancelled = Shared(0)
            await withTaskGroup(of: Void.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        for number in 0..<750 {
                            let isVictim = number % 15 == 7
                            let task = Task { try await pool.query("select \(number)").only().decode(Int.self) }
                            if isVictim {
                                // At any moment: before it is sent, under way, or when it has ended.
                                try? await Task.sleep(for: .microseconds(Int.random(in: 0...400)))
                                task.cancel()
                            }
                            do {
                                let value = try await task.value
                                if value != number { wrong.withLock { $0.append("\(value) for \(number)") } }
                            } catch let error as PostgresError where isVictim && error.code == .cancelled {
                                cancelled.withLock { $0 += 1 }
                            } catch {
                                wrong.withLock { $0.append("lane \(lane), \(number): \(error)") }
                            }
                        }
                    }
                }
            }
            #expect(wrong.withLock { $0 } == [])
            #expect(cancelled.withLock { $0 } <= 200)
        }
    }

    @Test("a deadline ends the statement with a timeout")
    func deadline() async throws {
        try await Database.withConnection { connection in
            let error = await Database.failure {
                try await connection.query("select pg_sleep(60)", deadline: .milliseconds(50))
            }
            #expect(error?.code == .timeout && error?.sqlState == "57014")
            #expect(!connection.isReusable)
        }
    }

    @Test("the server's own statement timeout leaves the connection in use")
    func statementTimeout() async throws {
        var configuration = try await Database.configuration()
        configuration.statementTimeout = .milliseconds(50)
        let connection = try await PostgresConnection.connect(configuration)
        let error = await Database.failure { try await connection.query("select pg_sleep(60)") }
        #expect(error?.code == .timeout)
        #expect(connection.isReusable)
        let one = try await connection.query("select 1").only().decode(Int.self)
        #expect(one == 1)
        await connection.close()
    }

    @Test("a cancelled transaction stores nothing and frees its locks")
    func cancelledTransaction() async throws {
        try await Database.withPool { pool in
            let table = "cancelled_\(UInt64.random(in: 0 ... .max))"
            try await pool.query("create table \(ident: table) (id int)")
            let (started, signal) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into \(ident: table) (id) values (1)")
                    signal.yield()
                    try await transaction.query("select pg_sleep(60)")
                }
            }
            for await _ in started { break }
            task.cancel()
            let error = await Database.failure { try await task.value }
            #expect(error?.code == .cancelled)
            // Needs the lock that the transaction held.
            try await pool.query("drop table \(ident: table)")
        }
    }

    @Test("64 statements that wait on the server hold no thread that other tasks need")
    func noBlockedThreads() async throws {
        var patient = try await Database.configuration()
        patient.lockTimeout = .zero
        try await Database.withConnection { watcher in
            try await Database.withPool(maximumConnections: 64, configuration: patient) { pool in
                let key = Int64.random(in: 1 ... .max)
                let (high, low) = (key >> 32, key & 0xFFFF_FFFF)
                let waiting: Query = """
                    select count(*) from pg_locks where locktype = 'advisory' and not granted
                        and classid::bigint = \(high) and objid::bigint = \(low)
                    """
                try await watcher.query("select pg_advisory_lock(\(key))")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<64 {
                        group.addTask { try await pool.query("select pg_advisory_xact_lock_shared(\(key))") }
                    }
                    // There are fewer threads than statements, so all of them wait at once only if none is held by one.
                    while try await watcher.query(waiting).only().decode(Int.self) < 64 {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    let ticker = Task {
                        for _ in 0..<1_000 { await Task.yield() }
                    }
                    await ticker.value
                    let stillWaiting = try await watcher.query(waiting).only().decode(Int.self)
                    #expect(stillWaiting == 64)
                    try await watcher.query("select pg_advisory_unlock(\(key))")
                    try await group.waitForAll()
                }
            }
        }
    }
}
