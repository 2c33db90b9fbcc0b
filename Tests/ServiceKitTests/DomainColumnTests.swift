import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import Telemetry
import TestSupport
import Testing

@Suite("Domain's words in columns")
struct DomainColumnTests {
    private enum Thing {}

    @Test("ids, dates and pence go into a real database and come back")
    func roundTrip() async throws {
        let url = try await TestPostgres.shared.url()
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(url: url), logger: .init(label: "test"))
        let id = EntityID<Thing>(UUID())
        let dates = try [#require(CivilDate("2024-02-29")), .min, .max, #require(CivilDate("1999-12-31"))]
        for date in dates {
            let rows = try await connection.query(
                "select \(id), \(date), \(Pence(-7)), \(date)::text, pg_typeof(\(date))::text, null::date")
            let row = try #require(rows.first)
            let read = try row.decode(
                EntityID<Thing>.self, CivilDate.self, Pence.self, String.self, String.self, CivilDate?.self)
            #expect(read.0 == id)
            #expect(read.1 == date)
            #expect(read.2 == Pence(-7))
            #expect(read.3 == date.description)
            #expect(read.4 == "date")
            #expect(read.5 == nil)
        }
        await #expect(throws: PostgresError.self) {
            _ = try await connection.query("select 'infinity'::date").first?.decode(CivilDate.self)
        }
        await connection.close()
    }
}
