import FoundationEssentials
import Postgres
import Testing

@Suite("Values go to the server and come back")
struct TypeTests {
    private func roundTrip<T: PostgresEncodable & PostgresDecodable & Equatable>(
        _ values: [T], as type: String
    ) async throws {
        try await Database.withConnection { connection in
            for value in values {
                let row = try await connection.query("select \(value)::\(unescaped: type)").only()
                #expect(try row.decode(T.self) == value)
            }
            let null = try await connection.query("select \(T?.none)::\(unescaped: type)").only()
            let absent: T? = try null.decode(column: 0)
            #expect(absent == nil)
            #expect(throws: PostgresError.self) { try null.decode(T.self) }
        }
    }

    @Test("integers at their limits")
    func integers() async throws {
        try await roundTrip([Int16.min, -1, 0, 1, .max], as: "int2")
        try await roundTrip([Int32.min, -1, 0, 1, .max], as: "int4")
        try await roundTrip([Int64.min, -1, 0, 1, .max], as: "int8")
        try await roundTrip([Int.min, -1, 0, 1, .max], as: "int8")
    }

    @Test("truths, doubles, texts, bytes and ids")
    func others() async throws {
        try await roundTrip([true, false], as: "bool")
        try await roundTrip(
            [0.0, -0.0, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0.1], as: "float8")
        try await roundTrip(
            ["", " ", "Zoë O’Brien", "'; drop table x; --", "𝄞", String(repeating: "é", count: 100_000)], as: "text")
        try await roundTrip(["{}", "[1, \"a\"]"].map { PostgresJSON($0) }, as: "jsonb")
        try await roundTrip([[], [0], [UInt8](0...255)], as: "bytea")
        try await roundTrip([Data(), Data([0, 1, 255])], as: "bytea")
        try await roundTrip([UUID(), UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))], as: "uuid")
    }

    @Test("a value that is not a number comes back as one")
    func notANumber() async throws {
        try await Database.withConnection { connection in
            let row = try await connection.query("select \(Double.nan)").only()
            #expect(try row.decode(Double.self).isNaN)
        }
    }

    @Test("times at their limits, and the infinities as what they are")
    func times() async throws {
        try await roundTrip(
            [.infinity, .minusInfinity, PostgresTimestamp(microsecondsSince2000: -211_813_488_000_000_000)],
            as: "timestamptz")
        let millisecond = Date(timeIntervalSinceReferenceDate: 754_000_000.123)
        try await Database.withConnection { connection in
            let row = try await connection.query(
                "select \(millisecond), to_char(\(Date(timeIntervalSince1970: 0)) at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS')"
            ).only()
            let (back, text) = try row.decode(Date.self, String.self)
            #expect(abs(back.timeIntervalSince(millisecond)) < 0.000_001)
            #expect(text == "1970-01-01 00:00:00")
            let infinite = try await connection.query("select 'infinity'::timestamptz, '-infinity'::timestamptz").only()
            #expect(throws: PostgresError.self) { try infinite.decode(Date.self) }
            #expect(try infinite.decode(column: 1, as: PostgresTimestamp.self) == .minusInfinity)
            for date in [
                Date.distantPast.addingTimeInterval(-1e13), Date(timeIntervalSinceReferenceDate: .infinity),
                Date(timeIntervalSinceReferenceDate: .nan),
            ] {
                let error = await Database.failure { try await connection.query("select \(date)") }
                #expect(error?.code == .invalidQuery)
            }
        }
    }

    @Test("civil dates agree with the server's calendar from 4713 BC to 9999")
    func dates() async throws {
        try await roundTrip([.infinity, .minusInfinity, PostgresDate(daysSince2000: 0)], as: "date")
        try await Database.withConnection { connection in
            let rows = try await connection.query(
                """
                select d::date, extract(year from d)::int, extract(month from d)::int, extract(day from d)::int
                from generate_series('0001-01-01'::timestamp, '9999-12-31', '17 days') d
                """)
            #expect(rows.count > 200_000)
            for row in rows {
                let (date, year, month, day) = try row.decode(PostgresDate.self, Int.self, Int.self, Int.self)
                let components = try #require(date.components)
                guard components == (year, month, day), PostgresDate(year: year, month: month, day: day) == date else {
                    Issue.record("\(year)-\(month)-\(day) became \(date)")
                    return
                }
            }
            let row = try await connection.query(
                "select '4713-01-01 BC'::date, '2024-02-29'::date::text, \(PostgresDate(year: 2024, month: 2, day: 29))::text"
            ).only()
            let (first, there, here) = try row.decode(PostgresDate.self, String.self, String.self)
            #expect(first.components?.year == -4_712)
            #expect(there == here && PostgresDate(year: 2024, month: 2, day: 29)?.description == there)
        }
        #expect(PostgresDate(year: 2023, month: 2, day: 29) == nil)
        #expect(PostgresDate(year: 1900, month: 2, day: 29) == nil)
        #expect(PostgresDate(year: 2024, month: 4, day: 31) == nil)
        #expect(PostgresDate(year: 2024, month: 13, day: 1) == nil)
        #expect(PostgresDate(daysSince1970: 0)?.description == "1970-01-01")
        #expect(PostgresDate.infinity.description == "infinity" && PostgresDate.infinity.daysSince1970 == nil)
    }

    @Test("arrays, empty and with NULL among the elements")
    func arrays() async throws {
        try await roundTrip([[], [Int64.min, 0, .max]], as: "int8[]")
        try await roundTrip([[], [Int32.min, .max]], as: "int4[]")
        try await roundTrip([[], [Int16.min, .max]], as: "int2[]")
        try await roundTrip([[], [true, false]], as: "bool[]")
        try await roundTrip([[], ["", "a,b", "{\"}", "NULL"]], as: "text[]")
        try await roundTrip([[], ["a", nil, ""]] as [[String?]], as: "text[]")
        try await roundTrip([[], [UUID(), UUID()]], as: "uuid[]")
        try await roundTrip([[], [[], [1, 2]]] as [[[UInt8]]], as: "bytea[]")
        try await roundTrip([[], [PostgresDate.infinity]], as: "date[]")
        try await roundTrip([[1.5, -.infinity]], as: "float8[]")
        try await roundTrip([[Date(timeIntervalSinceReferenceDate: 0)]], as: "timestamptz[]")
        try await roundTrip([[PostgresJSON("{\"a\": 1}"), nil]] as [[PostgresJSON?]], as: "jsonb[]")
    }

    @Test("an array with NULL, of two dimensions or of other elements is refused, not misread")
    func arraysRefused() async throws {
        try await Database.withConnection { connection in
            let row = try await connection.query("select array[1, null], array[[1], [2]], array['a']").only()
            #expect(throws: PostgresError.self) { try row.decode(column: 0, as: [Int32].self) }
            #expect(try row.decode(column: 0, as: [Int32?].self) == [1, nil])
            #expect(throws: PostgresError.self) { try row.decode(column: 1, as: [Int32].self) }
            #expect(throws: PostgresError.self) { try row.decode(column: 2, as: [Int32].self) }
        }
    }

    @Test("a number out of range for its Swift type is refused by name of the column")
    func outOfRange() async throws {
        try await Database.withConnection { connection in
            let row = try await connection.query(
                "select 32768 as n, 9223372036854775807::numeric, 9223372036854775808::numeric, 1.5::numeric, -9223372036854775808::numeric, 0::numeric, 'NaN'::numeric, 100000000::numeric"
            ).only()
            let error = await Database.failure { try row.decode(column: "n", as: Int16.self) }
            #expect(error?.code == .decoding && error?.description.contains("column n") == true)
            #expect(try row.decode(column: 1, as: Int64.self) == .max)
            #expect(throws: PostgresError.self) { try row.decode(column: 2, as: Int64.self) }
            #expect(throws: PostgresError.self) { try row.decode(column: 3, as: Int64.self) }
            #expect(try row.decode(column: 3, as: Double.self) == 1.5)
            #expect(try row.decode(column: 4, as: Int64.self) == .min)
            #expect(try row.decode(column: 5, as: Int64.self) == 0)
            #expect(throws: PostgresError.self) { try row.decode(column: 6, as: Int64.self) }
            #expect(try row.decode(column: 7, as: Int64.self) == 100_000_000)
            #expect(throws: PostgresError.self) { try row.decode(column: 8, as: Int64.self) }
            #expect(throws: PostgresError.self) { try row.decode(column: "absent", as: Int64.self) }
            #expect(throws: PostgresError.self) { try row.decode(column: 0, as: Bool.self) }
        }
    }

    @Test(
        "doubles read from numeric equal those of the server",
        arguments: [
            "0.1", "-12345.678901", "1e-20", "123456789012345678901234567890", "10000", "0.00012", "99999999.9999",
        ])
    func numerics(text: String) async throws {
        try await Database.withConnection { connection in
            let row = try await connection.query("select \(text)::text::numeric, \(text)::text::float8").only()
            let (numeric, double) = try row.decode(Double.self, Double.self)
            #expect(numeric == double)
        }
    }

    @Test("a NUL byte in a text is refused and named")
    func nulByte() async throws {
        try await Database.withConnection { connection in
            let queries: [Query] = [
                "select \("a\0b")", "select \(["a\0b"])", "select \(ident: "a\0b")", Query(unescaped: "select 1\0"),
            ]
            for query in queries {
                let error = await Database.failure { try await connection.query(query) }
                #expect(error?.code == .invalidQuery)
                #expect(error?.description.contains("NUL") == true)
            }
            let rows = try await connection.query("select 1")
            #expect(rows.count == 1)
        }
    }

    @Test("labels of an enum travel as text")
    func enums() async throws {
        try await Database.withConnection { connection in
            try await connection.execute(script: "begin; create type pg_temp.mood as enum ('calm', 'glad')")
            let row = try await connection.query("select \("glad")::pg_temp.mood, 'calm'::pg_temp.mood").only()
            let (one, other) = try row.decode(String.self, String.self)
            #expect(one == "glad" && other == "calm")
        }
    }
}
