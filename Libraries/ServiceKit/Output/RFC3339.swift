package import FoundationEssentials

/// Times as text: RFC 3339, UTC, milliseconds.
package enum RFC3339 {
    /// `2026-04-06T09:30:00.000Z`.
    package static func text(_ time: Date) -> String {
        text(millisecondsSince1970: Int64((time.timeIntervalSince1970 * 1_000).rounded()))
    }

    /// The years 0 to 9999: all that four digits can say.
    private static let sayable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// The same, for a log line, without a detour through `Date`; a time that four digits of a year cannot say becomes the
    /// nearest that they can. The calendar is computed, not looked up: this runs for every line.
    static func text(millisecondsSince1970: Int64) -> String {
        let milliseconds = min(max(millisecondsSince1970, sayable.lowerBound), sayable.upperBound)
        let days = milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds - 86_399_999) / 86_400_000
        let rest = milliseconds - days * 86_400_000
        // Years counted from March put the leap day last; 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return String(unsafeUninitializedCapacity: 24) { text in
            _ = text.initialize(fromContentsOf: "0000-00-00T00:00:00.000Z".utf8)
            put(year, at: 0..<4, of: text)
            put(month, at: 5..<7, of: text)
            put(day, at: 8..<10, of: text)
            put(rest / 3_600_000, at: 11..<13, of: text)
            put(rest / 60_000 % 60, at: 14..<16, of: text)
            put(rest / 1_000 % 60, at: 17..<19, of: text)
            put(rest % 1_000, at: 20..<23, of: text)
            return 24
        }
    }

    private static func put(_ value: Int64, at digits: Range<Int>, of text: UnsafeMutableBufferPointer<UInt8>) {
        var rest = value
        for index in digits.reversed() {
            text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
