import Testing

@testable import Postgres

@Suite("COPY")
struct CopyTests {
    private struct GivenUp: Error {}

    @Test("200,000 typed rows go in and come out, in chunks that end with a row")
    func bothWays() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(
                script: "create temp table item (id bigint primary key, name text, price double precision)")
            let copied = try await connection.copyRows(into: "item", columns: ["id", "name", "price"]) { writer in
                for number in 0..<200_000 {
                    try await writer.write(Int64(number), number % 7 == 0 ? nil : "näme \(number)", Double(number) / 4)
                }
            }
            #expect(copied == 200_000)
            let row = try await connection.query("select count(*), count(name), sum(price) from item").only()
            let (count, named, sum) = try row.decode(Int.self, Int.self, Double.self)
            #expect(count == 200_000 && named == 200_000 - 28_572 && sum == 199_999 * 200_000 / 8)

            var lines = 0
            var largest = 0
            try await connection.copyOut("copy (select id, name from item order by id) to stdout") { chunk in
                lines += chunk.count { $0 == UInt8(ascii: "\n") }
                largest = max(largest, chunk.count)
                #expect(chunk.last == UInt8(ascii: "\n"))
            }
            #expect(lines == 200_000)
            #expect(largest < PostgresLimits.copyChunkBytesMax + 100)
            #expect(connection.isReusable)
        }
    }

    @Test(
        "bytes of CSV are passed on in chunks of the limit, whatever their size",
        arguments: [65_535, 65_536, 65_537, 1_000_000])
    func csv(size: Int) async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table line (t text)")
            let text = String(repeating: "x", count: size - 1) + "\n"
            let count = try await connection.copyIn("copy line from stdin (format csv)") { try await $0.write(text) }
            #expect(count == 1)
            let length = try await connection.query("select length(t) from line").only().decode(Int.self)
            #expect(length == size - 1)
        }
    }

    @Test("a body that throws leaves no rows and a connection as good as new")
    func bodyThrows() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table item (id bigint)")
            await #expect(throws: GivenUp.self) {
                try await connection.copyRows(into: "item", columns: ["id"]) { writer in
                    for number in 0..<100_000 { try await writer.write(Int64(number)) }
                    throw GivenUp()
                }
            }
            #expect(connection.isReusable)
            let count = try await connection.query("select count(*) from item").only().decode(Int.self)
            #expect(count == 0)
        }
    }

    @Test("a row that the server refuses fails the whole copy with the server's reason")
    func serverRefuses() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table item (id bigint primary key)")
            let error = await Database.failure {
                try await connection.copyRows(into: "item", columns: ["id"]) { writer in
                    for number in 0..<200_000 { try await writer.write(Int64(number % 150_000)) }
                }
            }
            #expect(error?.code == .server(sqlState: "23505"))
            #expect(connection.isReusable)
            let missing = await Database.failure {
                try await connection.copyIn("copy no_such_table from stdin") { try await $0.write("1\n") }
            }
            #expect(missing?.code == .server(sqlState: "42P01"))
            let count = try await connection.query("select count(*) from item").only().decode(Int.self)
            #expect(count == 0)
        }
    }

    @Test("a row with too few or too many values, or with a NUL byte, is refused before it is sent")
    func wrongRows() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table item (id bigint, name text)")
            for body in [
                { @Sendable (writer: CopyRowWriter) in try await writer.write(Int64(1)) },
                { @Sendable (writer: CopyRowWriter) in try await writer.write(Int64(1), "a", "b") },
                { @Sendable (writer: CopyRowWriter) in try await writer.write(Int64(1), "a\0") },
            ] as [nonisolated(nonsending) @Sendable (CopyRowWriter) async throws -> Void] {
                let error = await Database.failure {
                    try await connection.copyRows(into: "item", columns: ["id", "name"], body)
                }
                #expect(error?.code == .invalidQuery)
                #expect(connection.isReusable)
            }
        }
    }

    @Test("a reader that gives up ends the connection, not the process")
    func readerGivesUp() async throws {
        try await Database.withConnection { connection in
            await #expect(throws: GivenUp.self) {
                try await connection.copyOut("copy (select generate_series(1, 10000000)) to stdout") { _ in
                    throw GivenUp()
                }
            }
            #expect(!connection.isReusable)
            let error = await Database.failure { try await connection.query("select 1") }
            #expect(error?.code == .connectionClosed)
        }
    }

    @Test("a copy that fails on the server while it is read reports why")
    func readerIsRefused() async throws {
        try await Database.withConnection { connection in
            var bytes = 0
            let error = await Database.failure {
                try await connection.copyOut(
                    "copy (select 1 / (150000 - n) from generate_series(1, 200000) n) to stdout"
                ) {
                    bytes += $0.count
                }
            }
            #expect(error?.code == .server(sqlState: "22012"))
            #expect(bytes > 0)
        }
    }

    @Test("other statements are refused while a copy is under way")
    func busy() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "create temp table item (id bigint)")
            let count = try await connection.copyRows(into: "item", columns: ["id"]) { writer in
                try await writer.write(Int64(1))
                let error = await Database.failure { try await connection.query("select 1") }
                #expect(error?.code == .connectionBusy)
            }
            #expect(count == 1)
        }
    }

    @Test("a task that is cancelled in the middle of a copy stores nothing")
    func cancelled() async throws {
        try await Database.withPool { pool in
            let table = "copy_\(UInt64.random(in: 0 ... .max))"
            try await pool.query("create table \(ident: table) (id bigint)")
            let (started, signal) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await pool.transaction { transaction in
                    try await transaction.copyRows(into: "\(ident: table)", columns: ["id"]) { writer in
                        for number in 0... {
                            try await writer.write(Int64(number))
                            if number == 50_000 { signal.yield() }
                        }
                    }
                }
            }
            for await _ in started { break }
            task.cancel()
            let error = await Database.failure { try await task.value }
            #expect(error?.code == .cancelled)
            let count = try await pool.query("select count(*) from \(ident: table)").only().decode(Int.self)
            #expect(count == 0)
            try await pool.query("drop table \(ident: table)")
        }
    }
}
