import Testing

@testable import Postgres

@Suite("The pool with a server")
struct PoolTests {
    @Test("connections never exceed the maximum, below it each caller gets its own", arguments: [1, 3, 4, 5, 12])
    func limit(callers: Int) async throws {
        try await Database.withPool(maximumConnections: 4) { pool in
            let together = Shared(0)
            let largest = Shared(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<callers {
                    group.addTask {
                        try await pool.withConnection { connection in
                            let now = together.withLock { count in
                                count += 1
                                return count
                            }
                            largest.withLock { $0 = max($0, now) }
                            try await connection.query("select pg_sleep(0.1)")
                            together.withLock { $0 -= 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(largest.withLock { $0 } <= 4)
            #expect(pool.usage.connections <= min(callers, 4))
            #expect(pool.usage.leased == 0 && pool.usage.waiting == 0)
        }
    }

    @Test("an open transaction block never reaches the next borrower")
    func openBlock() async throws {
        try await Database.withPool(maximumConnections: 1) { pool in
            let first = try await pool.withConnection { connection in
                try await connection.query("begin")
                return try await connection.query("select pg_backend_pid()").only().decode(Int32.self)
            }
            let second = try await pool.query("select pg_backend_pid()").only().decode(Int32.self)
            #expect(first != second)
        }
    }

    @Test("connections that the server ended while they lay idle are replaced unseen")
    func endedIdle() async throws {
        try await Database.withConnection { other in
            try await Database.withPool(maximumConnections: 2) { pool in
                for _ in 0..<5 {
                    let backend = try await pool.query("select pg_backend_pid()").only().decode(Int32.self)
                    try await other.query("select pg_terminate_backend(\(backend), 5000)")
                }
            }
        }
    }

    @Test("a caller that waits too long, or whose task is cancelled, is let go")
    func waits() async throws {
        try await Database.withPool(maximumConnections: 1, waitMax: .seconds(3)) { pool in
            try await pool.withConnection { _ in
                let late = await Database.failure { try await pool.query("select 1") }
                #expect(late?.code == .timeout)
                let task = Task { try await pool.query("select 1") }
                task.cancel()
                let cancelled = await Database.failure { try await task.value }
                #expect(cancelled?.code == .cancelled)
            }
            let one = try await pool.query("select 1").only().decode(Int.self)
            #expect(one == 1)
        }
    }

    @Test("without a server callers are refused, and at once when the circuit is open")
    func noServer() async throws {
        let nowhere = try PostgresConfiguration(url: "postgresql://nobody@/none?host=/nonexistent")
        try await Database.withPool(waitMax: .seconds(30), configuration: nowhere) { pool in
            let first = await Database.failure { try await pool.query("select 1") }
            #expect(first?.code == .circuitOpen && first?.isRetryable == true)
            let second = await Database.failure { try await pool.query("select 1") }
            #expect(second?.code == .circuitOpen)
        }
    }

    @Test("a pool that is stopped lets borrowers finish, refuses new ones, and ends")
    func stop() async throws {
        let pool = PostgresPool(try await Database.configuration(), maximumConnections: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            try await pool.withConnection { connection in
                await pool.stop()
                await pool.stop()
                let refused = await Database.failure { try await pool.query("select 1") }
                #expect(refused?.code == .poolClosed)
                let one = try await connection.query("select 1").only().decode(Int.self)
                #expect(one == 1)
            }
            try await group.waitForAll()
        }
        #expect(pool.usage.connections == 0)
    }
}

@Suite("Sessions")
struct ConnectionTests {
    @Test("a session has the settings it was asked for")
    func settings() async throws {
        var configuration = try await Database.configuration()
        configuration.statementTimeout = .milliseconds(4_321)
        configuration.lockTimeout = .milliseconds(1_234)
        configuration.idleInTransactionTimeout = .seconds(9)
        configuration.searchPath = ["my \"own\" schema", "public"]
        configuration.applicationName = "the tests"
        let connection = try await PostgresConnection.connect(configuration)
        for (name, value) in [
            ("statement_timeout", "4321ms"), ("lock_timeout", "1234ms"), ("idle_in_transaction_session_timeout", "9s"),
            ("search_path", "\"my \"\"own\"\" schema\", \"public\""), ("application_name", "the tests"),
            ("TimeZone", "UTC"),
        ] {
            let found = try await connection.query("select current_setting(\(name))").only().decode(String.self)
            #expect(found.replacing(", ", with: ",") == value.replacing(", ", with: ","))
        }
        await connection.close()
    }

    @Test("a script may hold many statements and fails as one")
    func script() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(
                script: "create temp table a (n int); insert into a values (1); select * from a;")
            let error = await Database.failure {
                try await connection.execute(script: "insert into a values (2); select 1 / 0; insert into a values (3)")
            }
            #expect(error?.code == .server(sqlState: "22012"))
            let count = try await connection.query("select count(*) from a").only().decode(Int.self)
            #expect(count == 1)
            let copy = await Database.failure { try await connection.execute(script: "copy a from stdin") }
            #expect(copy != nil && !connection.isReusable)
        }
    }

    @Test("neither a wrong URL nor a failed connection tells the password")
    func secrets() async throws {
        for url in ["postgresql://u:hunter2@[h/", "host=h pass word hunter2", "postgresql://u:p@h/d?nonsense=hunter2"] {
            let error = await Database.failure { try PostgresConfiguration(url: url) }
            #expect(error?.code == .configuration)
            #expect(error.map { !$0.debugDescription.contains("hunter2") } == true)
        }
        let configuration = try PostgresConfiguration(url: "postgresql://u:hunter2@127.0.0.1:1/d")
        #expect(!configuration.description.contains("hunter2"))
        let error = await Database.failure { try await PostgresConnection.connect(configuration) }
        #expect(error?.code == .connectionFailed && error?.debugDescription.contains("hunter2") == false)
    }

    @Test("statements of several tasks on one connection run one after the other")
    func sharedConnection() async throws {
        try await Database.withConnection { connection in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask { try await connection.query("select \(number)").only().decode(Int.self) == number }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("the executor knows its own thread")
    func executor() async throws {
        actor Confined {
            let executor: ThreadExecutor
            nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

            init() throws {
                executor = try ThreadExecutor(name: "a name longer than fifteen bytes")
            }

            deinit {
                executor.stop()
            }

            func isInside() -> Bool { executor.isIsolatingCurrentContext() == true }
            nonisolated func isOutside() -> Bool { executor.isIsolatingCurrentContext() == false }
        }
        let confined = try Confined()
        let isInside = await confined.isInside()
        #expect(isInside && confined.isOutside())
    }
}
