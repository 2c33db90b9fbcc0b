import Telemetry

/// Writes the values of CloudEvents headers as text into memory that is used again for every row: a relay that made strings of
/// them would spend more time on that than on everything else.
///
/// Made once for a batch and used by one task.
final class RecordWriter {
    /// More than the texts of one row need: three UUIDs, a time, a version and the key.
    private static let capacity = 512
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: RecordWriter.capacity, alignment: 16)
    private var used = 0

    deinit { memory.deallocate() }

    /// Begins a row: what was written for the last one may be overwritten.
    func reset() { used = 0 }

    /// A UUID's sixteen bytes as 36 lower-case characters.
    func uuid(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        guard bytes.count == 16 else { throw MessagingError(.corruptRow, detail: "uuid") }
        let start = try begin(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { put(UInt8(ascii: "-")) }
            put(Self.hexDigit(byte >> 4))
            put(Self.hexDigit(byte & 15))
        }
        return end(start)
    }

    /// A `bigint` as decimal digits.
    func decimal(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        let value = try Self.bigint(bytes)
        let start = try begin(20)
        digits(value.magnitude, atLeast: 1, isNegative: value < 0)
        return end(start)
    }

    /// A `timestamptz` (microseconds since 2000) as RFC 3339 in UTC with milliseconds.
    func time(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        let microseconds = try Self.bigint(bytes)
        let (days, rest) = Self.floorDivide(microseconds, by: 86_400_000_000)
        let date = Self.civil(daysSince2000: days)
        // RFC 3339 knows years of four digits; ours are checked where events are made.
        guard (0...9_999).contains(date.year) else { throw MessagingError(.corruptRow, detail: "event time") }
        let start = try begin(24)
        let milliseconds = UInt64(rest / 1_000)
        digits(UInt64(date.year), atLeast: 4)
        put(UInt8(ascii: "-"))
        digits(UInt64(date.month), atLeast: 2)
        put(UInt8(ascii: "-"))
        digits(UInt64(date.day), atLeast: 2)
        put(UInt8(ascii: "T"))
        digits(milliseconds / 3_600_000, atLeast: 2)
        put(UInt8(ascii: ":"))
        digits(milliseconds / 60_000 % 60, atLeast: 2)
        put(UInt8(ascii: ":"))
        digits(milliseconds / 1_000 % 60, atLeast: 2)
        put(UInt8(ascii: "."))
        digits(milliseconds % 1_000, atLeast: 3)
        put(UInt8(ascii: "Z"))
        return end(start)
    }

    // MARK: Bytes

    private func begin(_ count: Int) throws -> Int {
        guard used + count <= Self.capacity else { throw MessagingError(.corruptRow, detail: "row too wide") }
        return used
    }

    private func put(_ byte: UInt8) {
        memory[used] = byte
        used += 1
    }

    private func end(_ start: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<used]) }

    private func digits(_ value: UInt64, atLeast width: Int, isNegative: Bool = false) {
        if isNegative { put(UInt8(ascii: "-")) }
        var count = 1
        var limit: UInt64 = 10
        while count < 20, value >= limit {
            count += 1
            let (product, isOver) = limit.multipliedReportingOverflow(by: 10)
            if isOver { break }
            limit = product
        }
        let total = max(count, width)
        var rest = value
        for position in stride(from: used + total - 1, through: used, by: -1) {
            memory[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        used += total
    }

    // MARK: Numbers

    static func bigint(_ bytes: UnsafeRawBufferPointer) throws -> Int64 {
        guard bytes.count == 8 else { throw MessagingError(.corruptRow, detail: "bigint") }
        return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
    }

    static func smallint(_ bytes: UnsafeRawBufferPointer) throws -> Int16 {
        guard bytes.count == 2 else { throw MessagingError(.corruptRow, detail: "smallint") }
        return Int16(bigEndian: bytes.loadUnaligned(as: Int16.self))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The Gregorian date of a day number. Counts years from 1 March, so that the leap day is the last of its year, in cycles of 400 years.
    private static func civil(daysSince2000: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 1 March 0000 is 730,425 days before 1 January 2000.
        let (cycle, dayOfCycle) = floorDivide(daysSince2000 + 730_425, by: 146_097)
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, day)
    }
}
