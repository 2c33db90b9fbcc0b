import Testing

@testable import Postgres

@Suite("Transactions")
struct TransactionTests {
    private struct Refusal: Error {}

    /// A table of this test's own; dropped at the end.
    private func withTable(
        _ body: @escaping @Sendable (PostgresPool, String) async throws -> Void
    ) async throws {
        try await Database.withPool { pool in
            let name = "t_\(UInt64.random(in: 0 ... .max))"
            try await pool.query("create table \(ident: name) (id int primary key, n bigint not null)")
            do {
                try await body(pool, name)
            } catch {
                try await pool.query("drop table \(ident: name)")
                throw error
            }
            try await pool.query("drop table \(ident: name)")
        }
    }

    private func count(_ pool: PostgresPool, _ table: String) async throws -> Int {
        try await pool.query("select count(*) from \(ident: table)").only().decode(Int.self)
    }

    @Test("a body that returns is committed, one that throws is not")
    func commitAndRollback() async throws {
        try await withTable { pool, table in
            let value = try await pool.transaction { transaction in
                try await transaction.query("insert into \(ident: table) (id, n) values (1, 1)")
                return "done"
            }
            #expect(value == "done")
            await #expect(throws: Refusal.self) {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into \(ident: table) (id, n) values (2, 1)")
                    throw Refusal()
                }
            }
            let stored1 = try await self.count(pool, table)
            #expect(stored1 == 1)
        }
    }

    @Test("a body that swallows a refusal does not pass for committed")
    func swallowedFailure() async throws {
        try await withTable { pool, table in
            let error = await Database.failure {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into \(ident: table) (id, n) values (1, 1)")
                    _ = await Database.failure { try await transaction.query("select 1 / 0") }
                }
            }
            #expect(error?.code == .transactionAborted && error?.sqlState == "22012")
            let stored2 = try await self.count(pool, table)
            #expect(stored2 == 0)
        }
    }

    @Test("a dry run checks deferred constraints and stores nothing")
    func dryRun() async throws {
        try await withTable { pool, table in
            try await pool.transaction { transaction in
                transaction.rollbackOnly()
                try await transaction.query("insert into \(ident: table) (id, n) values (1, 1)")
                try await transaction.commit(after: ["insert into \(ident: table) (id, n) values (2, 1)"])
            }
            let stored3 = try await self.count(pool, table)
            #expect(stored3 == 0)
            try await pool.query("alter table \(ident: table) add unique (n) deferrable initially deferred")
            let error = await Database.failure {
                try await pool.transaction { transaction in
                    transaction.rollbackOnly()
                    try await transaction.query("insert into \(ident: table) (id, n) values (1, 1), (2, 1)")
                }
            }
            #expect(error?.code == .server(sqlState: "23505"))
        }
    }

    @Test("the last statements travel with the commit, and nothing follows it")
    func commitAfter() async throws {
        try await withTable { pool, table in
            try await pool.transaction { transaction in
                try await transaction.query("insert into \(ident: table) (id, n) values (1, 1)")
                let rows = try await transaction.commit(after: [
                    "insert into \(ident: table) (id, n) values (2, 1) returning id"
                ])
                #expect(try rows[0].only().decode(Int.self) == 2)
                let late = await Database.failure { try await transaction.query("select 1") }
                #expect(late?.code == .transactionAborted)
            }
            let stored4 = try await self.count(pool, table)
            #expect(stored4 == 2)
            let error = await Database.failure {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into \(ident: table) (id, n) values (3, 1)")
                    try await transaction.commit(after: ["insert into \(ident: table) (id, n) values (1, 1)"])
                }
            }
            #expect(error?.code == .server(sqlState: "23505") && error?.statementIndex == 0)
            let stored5 = try await self.count(pool, table)
            #expect(stored5 == 2)
        }
    }

    @Test("local settings hold inside and end with the transaction; isolation and read only are what was asked for")
    func settings() async throws {
        try await Database.withPool(maximumConnections: 1) { pool in
            let options = TransactionOptions(isolation: .serializable, readOnly: true)
            try await pool.transaction(options) { transaction in
                try await transaction.setLocal("takeup.actor", to: "zoë'; --")
                let row = try await transaction.query(
                    "select current_setting('takeup.actor'), current_setting('transaction_isolation'), current_setting('transaction_read_only')"
                ).only()
                let (actor, isolation, readOnly) = try row.decode(String.self, String.self, String.self)
                #expect(actor == "zoë'; --" && isolation == "serializable" && readOnly == "on")
            }
            let after = try await pool.query("select current_setting('takeup.actor', true)").only()
            let setting: String? = try after.decode(column: 0)
            #expect(setting == nil || setting == "")
        }
    }

    @Test("two transactions that lock each other out both succeed when they may be repeated")
    func deadlock() async throws {
        try await withTable { pool, table in
            try await pool.query("insert into \(ident: table) (id, n) values (1, 0), (2, 0)")
            let attempts = Shared(0)
            let withFirstLock = Shared(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[Int32(1), 2], [2, 1]] {
                    group.addTask {
                        try await pool.transaction(TransactionOptions(retry: .repeatable(attempts: 5))) { transaction in
                            attempts.withLock { $0 += 1 }
                            for id in order {
                                try await transaction.query("update \(ident: table) set n = n + 1 where id = \(id)")
                                // Each waits with its first lock until the other has its own.
                                withFirstLock.withLock { $0 += 1 }
                                while withFirstLock.withLock({ $0 }) < 2 {
                                    try await Task.sleep(for: .milliseconds(1))
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let sum = try await pool.query("select sum(n) from \(ident: table)").only().decode(Int.self)
            #expect(sum == 4)
            #expect(attempts.withLock { $0 } > 2)
        }
    }

    @Test("attempts are as many as allowed, and one without leave; other failures are never repeated")
    func boundedAttempts() async throws {
        try await Database.withPool { pool in
            for (retry, state, expected) in [
                (TransactionOptions.Retry.never, "40001", 1), (.repeatable(attempts: 1), "40001", 1),
                (.repeatable(attempts: 3), "40001", 3), (.repeatable(attempts: 3), "40P01", 3),
                (.repeatable(attempts: 3), "55P03", 3), (.repeatable(attempts: 3), "23505", 1),
            ] {
                let attempts = Shared(0)
                let error = await Database.failure {
                    try await pool.transaction(TransactionOptions(retry: retry)) { transaction in
                        attempts.withLock { $0 += 1 }
                        try await transaction.query(
                            "do \(unescaped: "$$ begin raise exception using errcode = '\(state)'; end $$")")
                    }
                }
                #expect(error?.code == .server(sqlState: state))
                #expect(attempts.withLock { $0 } == expected)
            }
        }
        #expect(TransactionOptions(retry: .repeatable(attempts: 11)).attempts == PostgresLimits.transactionAttemptsMax)
    }

    @Test("a backend that is killed inside a transaction loses it, and the next borrower gets another")
    func killedInside() async throws {
        try await withTable { pool, table in
            let error = await Database.failure {
                try await pool.transaction { transaction in
                    let backend = try await transaction.query(
                        "insert into \(ident: table) (id, n) values (1, 1) returning pg_backend_pid()"
                    ).only().decode(Int32.self)
                    try await pool.query("select pg_terminate_backend(\(backend), 5000)")
                    try await transaction.query("select 1")
                }
            }
            #expect(error?.code == .connectionLost && error?.sqlState == "57P01")
            #expect(error?.isRetryable == true && error?.mayHaveTakenEffect == false)
            let stored6 = try await self.count(pool, table)
            #expect(stored6 == 0)
        }
    }

    @Test("a backend that is killed during the commit leaves the outcome unknown, and says so")
    func killedInCommit() async throws {
        try await withTable { pool, table in
            // The commit itself waits in a deferred trigger, so that it can be hit there.
            try await pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        create function \(table)_wait() returns trigger language plpgsql as
                            $$ begin perform pg_sleep(30); return null; end $$;
                        create constraint trigger wait after insert on \(table) deferrable initially deferred
                            for each row execute function \(table)_wait();
                        """)
            }
            for pipelined in [false, true] {
                let backend = Shared<Int32>(0)
                async let killed: Void = {
                    while true {
                        try await Task.sleep(for: .milliseconds(20))
                        let id = backend.withLock { $0 }
                        let row = try await pool.query(
                            "select coalesce((select wait_event = 'PgSleep' from pg_stat_activity where pid = \(id)), false)"
                        ).only()
                        guard try row.decode(Bool.self) else { continue }
                        try await pool.query("select pg_terminate_backend(\(id), 5000)")
                        return
                    }
                }()
                let error = await Database.failure {
                    try await pool.transaction(TransactionOptions(retry: .repeatable())) { transaction in
                        let id = try await transaction.query("select pg_backend_pid()").only().decode(Int32.self)
                        backend.withLock { $0 = id }
                        let insert: Query = "insert into \(ident: table) (id, n) values (1, 1)"
                        if pipelined {
                            try await transaction.commit(after: [insert])
                        } else {
                            try await transaction.query(insert)
                        }
                    }
                }
                try await killed
                #expect(error?.code == .commitOutcomeUnknown)
                #expect(error?.isRetryable == false)
                let stored7 = try await self.count(pool, table)
                #expect(stored7 == 0)
            }
            try await pool.query("drop function \(ident: table + "_wait")() cascade")
        }
    }

    @Test("the wait before a repetition doubles up to a second and is spread by half")
    func backoff() {
        #expect(TransactionBackoff.delay(afterAttempt: 1, jitter: 0.5) == .milliseconds(10))
        #expect(TransactionBackoff.delay(afterAttempt: 3, jitter: 0.5) == .milliseconds(40))
        #expect(TransactionBackoff.delay(afterAttempt: 1, jitter: 0) == .milliseconds(5))
        #expect(TransactionBackoff.delay(afterAttempt: 50, jitter: 1) == .milliseconds(1_500))
    }
}
