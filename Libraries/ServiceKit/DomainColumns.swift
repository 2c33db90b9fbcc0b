package import Domain
package import FoundationEssentials
package import Postgres

// How Domain's words stand in columns. The conformances live here because Domain knows no database and Postgres no
// business; both are ours, so nobody else can add them again.

extension EntityID: PostgresEncodable, PostgresDecodable {
    /// A `uuid`.
    package static var postgresType: UInt32 { UUID.postgresType }
    /// As a `uuid`.
    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        try uuid.encode(into: &buffer)
    }
    /// From a `uuid`.
    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Self {
        Self(try UUID.decode(bytes, type: type))
    }
}

extension CivilDate: PostgresEncodable, PostgresDecodable {
    /// A `date`.
    package static var postgresType: UInt32 { PostgresDate.postgresType }
    /// As a `date`.
    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        guard let days = Int32(exactly: dayNumber), let date = PostgresDate(daysSince1970: days) else {
            throw PostgresError(.invalidQuery, message: "a date is outside what PostgreSQL can store")
        }
        return try date.encode(into: &buffer)
    }
    /// From a `date`; an infinite one is refused.
    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Self {
        let date = try PostgresDate.decode(bytes, type: type)
        let dayNumber = Int(date.daysSince2000) + 10_957
        guard (CivilDate.min.dayNumber...CivilDate.max.dayNumber).contains(dayNumber) else {
            throw PostgresError(.decoding, message: "a date is outside the years 1 to 9999")
        }
        return CivilDate(clampingDayNumber: dayNumber)
    }
}

extension Pence: PostgresEncodable, PostgresDecodable {
    /// A `bigint`.
    package static var postgresType: UInt32 { Int64.postgresType }
    /// As a `bigint`.
    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        try amount.encode(into: &buffer)
    }
    /// From a `bigint`.
    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Self {
        Pence(try Int64.decode(bytes, type: type))
    }
}

extension EntityID: CommandLineValue {
    /// A UUID in either case.
    package init?(commandLine word: String) { self.init(word) }
    /// A UUID in either case.
    package static var expectation: String { UUID.expectation }
    /// Lower case.
    package var commandLineWord: String { description }
}

extension CivilDate: CommandLineValue {
    /// `yyyy-MM-dd`.
    package init?(commandLine word: String) { self.init(word) }
    /// `yyyy-MM-dd`.
    package static var expectation: String { "a date such as 2026-04-06" }
    /// `yyyy-MM-dd`.
    package var commandLineWord: String { description }
}

extension Pence: CommandLineValue, SettingValue {
    /// Pounds, with or without pence: `412.50`.
    package init?(commandLine word: String) {
        do { self = try Pence(pounds: word) } catch { return nil }
    }
    /// Pounds, with or without pence.
    package static var expectation: String { "an amount in pounds such as 412.50" }
    /// Pounds and pence without a sign of currency.
    package var commandLineWord: String { plainPounds }
}

extension Cell {
    /// An amount of money.
    package static func money(_ amount: Pence) -> Cell { .pence(amount.amount) }
    /// An id, in lower case.
    package static func id<Tag>(_ id: EntityID<Tag>) -> Cell { .text(id.description) }
    /// A date, `yyyy-MM-dd`.
    package static func date(_ date: CivilDate?) -> Cell { .text(date?.description) }
    /// A time, RFC 3339 in UTC with milliseconds.
    package static func time(_ time: Date?) -> Cell { .text(time.map(RFC3339.text)) }
}
