import Postgres
import Testing

@Suite("Queries")
struct QueryTests {
    @Test("values become parameters, in order")
    func interpolation() {
        let query: Query = "select a from t where b = \(1) and c = \("x") and d = any(\([Int64(1)]))"
        #expect(query.sql == "select a from t where b = $1 and c = $2 and d = any($3)")
    }

    @Test("joined and nested queries are numbered anew")
    func composition() {
        let condition: Query = "b = \(1) or c = \("é")"
        var query: Query = "select 'ü', \(true) from t where \(condition) and d = \(2)"
        #expect(query.sql == "select 'ü', $1 from t where b = $2 or c = $3 and d = $4")
        query += " limit \(3)"
        #expect((query + condition).sql.hasSuffix("limit $5b = $6 or c = $7"))
        var many: Query = "select "
        for number in 0..<12 { many += "\(number)," }
        #expect((many + many).sql.hasSuffix("$22,$23,$24,"))
    }

    @Test("joined queries keep each value at its place")
    func compositionOnTheServer() async throws {
        try await Database.withConnection { connection in
            var query: Query = "select \(0)"
            for number in 1..<150 { query += ", \("é\(number)"), \(Int?.none)" }
            let row = try await connection.query(query).only()
            #expect(try row.decode(column: 0, as: Int.self) == 0)
            for number in 1..<150 {
                #expect(try row.decode(column: number * 2 - 1, as: String.self) == "é\(number)")
                #expect(try row.decode(column: number * 2, as: Int?.self) == nil)
            }
        }
    }

    @Test(
        "nothing that is interpolated is read as SQL",
        arguments: ["'; drop table t; --", "\\'; select 1", "$1", "\"; --", "' or '1'='1", "/*", "\u{FF07}"])
    func injection(text: String) async throws {
        try await Database.withConnection { connection in
            let row = try await connection.query("select \(text), 1 as \(ident: text)").only()
            #expect(try row.decode(String.self) == text)
            #expect(row.rows.columnNames[1] == text)
        }
    }

    @Test("a name has at most 63 bytes and at least one")
    func identifierLimits() async throws {
        try await Database.withConnection { connection in
            for (length, isAllowed) in [(0, false), (1, true), (62, true), (63, true), (64, false)] {
                let name = String(repeating: "n", count: length)
                let error = await Database.failure { try await connection.query("select 1 as \(ident: name)") }
                #expect((error == nil) == isAllowed)
            }
        }
    }

    @Test("a statement has at most 65,535 parameters")
    func parameterLimit() async throws {
        try await Database.withConnection { connection in
            for (count, isAllowed) in [(65_534, true), (65_535, true), (65_536, false)] {
                var query: Query = "select \(true)"
                for _ in 1..<count { query += " and \(true)" }
                let error = await Database.failure { try await connection.query(query) }
                #expect((error == nil) == isAllowed)
                #expect(error.map { $0.code == .invalidQuery } ?? true)
            }
        }
    }

    @Test("a stale plan is made anew and the caller notices nothing")
    func stalePlan() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table plan (a int); insert into plan values (1)")
            let read: Query = "select * from plan where a = \(1)"
            #expect(try await connection.query(read).columnCount == 1)
            try await connection.execute(script: "alter table plan add b int")
            #expect(try await connection.query(read).columnCount == 2)
            try await connection.execute(script: "deallocate all")
            #expect(try await connection.query(read).columnCount == 2)
        }
    }

    @Test("prepared statements are few on the server however many texts were run")
    func preparedStatementsAreBounded() async throws {
        try await Database.withConnection { connection in
            for number in 0..<(PostgresLimits.preparedStatementsMax + 50) {
                let rows = try await connection.query("select \(number), \(unescaped: String(number)) as fixed")
                #expect(try rows.only().decode(Int.self) == number)
            }
            let count = try await connection.query("select count(*) from pg_prepared_statements").only().decode(
                Int.self)
            #expect(count <= PostgresLimits.preparedStatementsMax + 1)
            let again = try await connection.query("select \(7), \(unescaped: "0") as fixed").only()
            let (seven, zero) = try again.decode(Int.self, Int32.self)
            #expect(seven == 7 && zero == 0)
        }
    }

    @Test("a server's error names the constraint and hides the value")
    func errors() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table person (name text constraint person_once unique)")
            try await connection.query("insert into person (name) values (\("Zoë Secret"))")
            let error = await Database.failure {
                try await connection.query("insert into person (name) values (\("Zoë Secret"))")
            }
            let refusal = try #require(error)
            #expect(refusal.code == .server(sqlState: "23505") && refusal.constraint == "person_once")
            #expect(!refusal.description.contains("Secret") && refusal.debugDescription.contains("Secret"))
            #expect(!refusal.isRetryable && !refusal.mayHaveTakenEffect && refusal.shortLabel == "postgres.23505")
        }
    }
}
