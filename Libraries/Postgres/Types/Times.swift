package import FoundationEssentials

/// A point in time exactly as `timestamptz` holds it: microseconds, or one of the two infinities.
package struct PostgresTimestamp: Sendable, Hashable, Comparable, PostgresEncodable, PostgresDecodable {
    /// Microseconds since 2000-01-01 00:00 UTC.
    package var microsecondsSince2000: Int64

    package init(microsecondsSince2000: Int64) {
        self.microsecondsSince2000 = microsecondsSince2000
    }

    /// Later than every time.
    package static let infinity = PostgresTimestamp(microsecondsSince2000: .max)
    /// Earlier than every time.
    package static let minusInfinity = PostgresTimestamp(microsecondsSince2000: .min)

    package static func < (left: Self, right: Self) -> Bool {
        left.microsecondsSince2000 < right.microsecondsSince2000
    }

    package static var postgresType: UInt32 { PostgresType.timestamptz }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(microsecondsSince2000)
        return true
    }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: UInt32
    ) throws(PostgresError) -> PostgresTimestamp {
        guard type == PostgresType.timestamptz else { throw .mismatch(Self.self, type: type) }
        guard bytes.count == 8, let value = bytes.bigEndian(Int64.self) else { throw .malformed(Self.self) }
        return PostgresTimestamp(microsecondsSince2000: value)
    }
}

/// `Date` is a `timestamptz`, rounded to the microsecond. An infinite time is refused, because calendars cannot hold one:
/// read a column that may have it as `PostgresTimestamp`.
extension Date: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.timestamptz }

    /// 2000-01-01 00:00 UTC in seconds since 2001-01-01, Foundation's reference date: 366 days before it.
    private static let year2000: TimeInterval = -366 * 86_400
    /// 4714-11-24 BC and 294277-01-01, the edges of the server's type, in microseconds since 2000.
    private static let rangeOfServer: Range<Double> = -211_813_488_000_000_000..<9_223_371_331_200_000_000

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        let microseconds = ((timeIntervalSinceReferenceDate - Self.year2000) * 1_000_000).rounded()
        guard Self.rangeOfServer.contains(microseconds), let whole = Int64(exactly: microseconds) else {
            throw PostgresError(.invalidQuery, message: "a time is outside what PostgreSQL can store")
        }
        buffer.write(whole)
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Date {
        guard type == PostgresType.timestamptz else { throw .mismatch(Self.self, type: type) }
        let stamp = try PostgresTimestamp.decode(bytes, type: type)
        guard stamp != .infinity, stamp != .minusInfinity else { throw .outOfRange(Self.self) }
        let (seconds, fraction) = stamp.microsecondsSince2000.quotientAndRemainder(dividingBy: 1_000_000)
        return Date(timeIntervalSinceReferenceDate: year2000 + Double(seconds) + Double(fraction) / 1_000_000)
    }
}

/// A civil date as PostgreSQL's `date` holds it: a day without a time or a zone, or one of the two infinities.
package struct PostgresDate: Sendable, Hashable, Comparable, PostgresEncodable, PostgresDecodable {
    /// Days since 2000-01-01.
    package var daysSince2000: Int32

    package init(daysSince2000: Int32) {
        self.daysSince2000 = daysSince2000
    }

    /// Days between 1970-01-01 and 2000-01-01.
    private static let epochDays: Int32 = 10_957

    /// Days since 1970-01-01; nil for what lies outside the type.
    package init?(daysSince1970: Int32) {
        let (days, overflow) = daysSince1970.subtractingReportingOverflow(Self.epochDays)
        guard !overflow else { return nil }
        daysSince2000 = days
    }

    /// A day of the proleptic Gregorian calendar; nil where there is no such day. `year` from -4712 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (-4_712...9_999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        // Counting years from March puts the leap day last, so a month's first day is a linear formula.
        let shiftedYear = month > 2 ? year : year - 1
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        // 730,425 days lie between 0000-03-01 and 2000-01-01.
        daysSince2000 = Int32(era * 146_097 + dayOfEra - 730_425)
        guard let back = components, back == (year, month, day) else { return nil }
    }

    /// Later than every day.
    package static let infinity = PostgresDate(daysSince2000: .max)
    /// Earlier than every day.
    package static let minusInfinity = PostgresDate(daysSince2000: .min)

    /// Days since 1970-01-01; nil for the infinities.
    package var daysSince1970: Int32? {
        guard components != nil else { return nil }
        let (days, overflow) = daysSince2000.addingReportingOverflow(Self.epochDays)
        return overflow ? nil : days
    }

    /// Year, month and day; nil for the infinities.
    package var components: (year: Int, month: Int, day: Int)? {
        guard self != .infinity, self != .minusInfinity else { return nil }
        let days = Int(daysSince2000) + 730_425
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    package static func < (left: Self, right: Self) -> Bool { left.daysSince2000 < right.daysSince2000 }

    package static var postgresType: UInt32 { PostgresType.date }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(daysSince2000)
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> PostgresDate {
        guard type == PostgresType.date else { throw .mismatch(Self.self, type: type) }
        guard bytes.count == 4, let days = bytes.bigEndian(Int32.self) else { throw .malformed(Self.self) }
        return PostgresDate(daysSince2000: days)
    }
}

extension PostgresDate: CustomStringConvertible {
    /// `yyyy-MM-dd`, `infinity` or `-infinity`.
    package var description: String {
        guard let (year, month, day) = components else { return self == .infinity ? "infinity" : "-infinity" }
        let padded = [month, day].map { $0 < 10 ? "0\($0)" : "\($0)" }
        let digits = String(abs(year))
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        return "\(year < 0 ? "-" : "")\(zeros)\(digits)-\(padded[0])-\(padded[1])"
    }
}
