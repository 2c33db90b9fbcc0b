import Testing

@testable import Postgres

@Suite("Pipelines")
struct PipelineTests {
    @Test("results come in order and each once")
    func order() async throws {
        try await Database.withConnection { connection in
            let rows = try await connection.pipeline((0..<1_000).map { "select \($0)" })
            #expect(try rows.map { try $0.only().decode(Int.self) } == Array(0..<1_000))
        }
    }

    @Test("a failure in the middle undoes what the server had already answered, and names its statement")
    func failureInTheMiddle() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table kept (n int primary key)")
            var queries: [Query] = (0..<10).map { "insert into kept (n) values (\(Int32($0)))" }
            queries[6] = "insert into kept (n) values (\(Int32(1)))"
            let error = await Database.failure { try await connection.pipeline(queries) }
            #expect(error?.code == .server(sqlState: "23505") && error?.statementIndex == 6)
            let count = try await connection.query("select count(*) from kept").only().decode(Int.self)
            #expect(count == 0)
        }
    }

    @Test("a statement that cannot be parsed fails the pipeline and can be sent again afterwards")
    func parseFailure() async throws {
        try await Database.withConnection { connection in
            for _ in 0..<3 {
                let error = await Database.failure {
                    try await connection.pipeline(["select 1", "selec 2", "select 3"])
                }
                #expect(error?.code == .server(sqlState: "42601") && error?.statementIndex == 1)
            }
            let rows = try await connection.pipeline(["select 1", "select 3"])
            #expect(rows.count == 2)
        }
    }

    @Test("a constraint that is checked at the commit fails the pipeline that ends in it")
    func deferredConstraint() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(
                script: "create temp table late (n int constraint late_once unique deferrable initially deferred)")
            let error = await Database.failure {
                try await connection.pipeline(["insert into late (n) values (1)", "insert into late (n) values (1)"])
            }
            #expect(error?.code == .server(sqlState: "23505"))
            let count = try await connection.query("select count(*) from late").only().decode(Int.self)
            #expect(count == 0)
        }
    }

    @Test("40 MiB of parameters and 40 MiB of results pass each other without a deadlock")
    func largeBothWays() async throws {
        try await Database.withConnection { connection in
            let large = [UInt8](repeating: 7, count: 1 << 20)
            let rows = try await connection.pipeline((0..<40).map { _ in "select \(large)" })
            for row in rows {
                let size = row.bytes(row: 0, column: 0) { $0?.count }
                #expect(size == 1 << 20)
            }
        }
    }

    @Test("an empty pipeline asks nothing of the server")
    func empty() async throws {
        try await Database.withConnection { connection in
            let rows = try await connection.pipeline([])
            #expect(rows.isEmpty)
        }
    }

    @Test("COPY sent as a query is refused and the connection is closed")
    func copyAsQuery() async throws {
        try await Database.withConnection { connection in
            let error = await Database.failure { try await connection.query("copy (select 1) to stdout") }
            #expect(error?.description.contains("copyOut") == true)
            #expect(!connection.isReusable)
        }
    }

    @Test("the window is kept, answers are asked for in time, and the end is the last answer")
    func machine() {
        var actions: [PipelineMachine.Action] = []
        var machine = PipelineMachine(commands: 10, window: 4, flushEvery: 2)
        var unanswered = 0
        loop: while true {
            let action = machine.next()
            actions.append(action)
            switch action {
            case .send: unanswered += 1
            case .requestFlush: break
            case .wait:
                machine.recordAnswered()
                unanswered -= 1
            case .done: break loop
            }
            #expect(unanswered <= 4)
        }
        let sent = actions.compactMap { if case .send(let index) = $0 { index } else { nil } }
        #expect(sent == Array(0..<10))
        #expect(actions.prefix(6) == [.send(0), .send(1), .requestFlush, .send(2), .send(3), .requestFlush])
        #expect(actions.count { $0 == .requestFlush } == 4)
        #expect(machine.answered == 10)
    }
}
