import Domain
package import FoundationEssentials

/// Points in time as events carry them: RFC 3339 in UTC with milliseconds, `2026-11-25T23:31:12.040Z`.
package enum EventTime {
    /// The time as text, to the nearest millisecond; nil outside the years 1 to 9999.
    package static func text(of time: Date) -> String? {
        let milliseconds = (time.timeIntervalSince1970 * 1_000).rounded()
        guard milliseconds >= firstMillisecond, milliseconds <= lastMillisecond else { return nil }
        let whole = Int(milliseconds)
        let dayLength = 86_400_000
        let day = whole >= 0 ? whole / dayLength : -((-whole + dayLength - 1) / dayLength)
        let ofDay = whole - day * dayLength
        let date = CivilDate(clampingDayNumber: day).components
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(date.year, digits: 4, then: "-", to: &bytes)
        append(date.month, digits: 2, then: "-", to: &bytes)
        append(date.day, digits: 2, then: "T", to: &bytes)
        append(ofDay / 3_600_000, digits: 2, then: ":", to: &bytes)
        append(ofDay / 60_000 % 60, digits: 2, then: ":", to: &bytes)
        append(ofDay / 1_000 % 60, digits: 2, then: ".", to: &bytes)
        append(ofDay % 1_000, digits: 3, then: "Z", to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The time to the millisecond that its text would carry. A time must be cut so before it is compared with one that was read.
    package static func toMillisecond(_ time: Date) -> Date {
        Date(timeIntervalSince1970: (time.timeIntervalSince1970 * 1_000).rounded() / 1_000)
    }

    /// Reads an RFC 3339 time with any offset and up to nine decimals, of which milliseconds are kept. Nil for anything else,
    /// among it leap seconds and the unknown offset `-00:00`.
    package static func parse(_ utf8: some Collection<UInt8>) -> Date? {
        guard utf8.count >= 20, utf8.count <= 35 else { return nil }
        var reader = Reader(bytes: Array(utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let dayOfMonth = reader.number(2), reader.take("T"),
            let hour = reader.number(2), hour < 24, reader.take(":"),
            let minute = reader.number(2), minute < 60, reader.take(":"),
            let second = reader.number(2), second < 60,
            let day = CivilDate(year: year, month: month, day: dayOfMonth),
            let millisecond = reader.milliseconds(), let offset = reader.offsetMinutes(), reader.isAtEnd
        else { return nil }
        let seconds = day.dayNumber * 86_400 + hour * 3_600 + (minute - offset) * 60 + second
        let time = Double(seconds * 1_000 + millisecond)
        guard time >= firstMillisecond, time <= lastMillisecond else { return nil }
        return Date(timeIntervalSince1970: time / 1_000)
    }

    private static let firstMillisecond = Double(CivilDate.min.dayNumber) * 86_400_000
    private static let lastMillisecond = Double(CivilDate.max.dayNumber + 1) * 86_400_000 - 1

    private static func append(_ number: Int, digits: Int, then mark: Unicode.Scalar, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
        bytes.append(UInt8(ascii: mark))
    }
}

private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        defer { position += 1 }
        return Int(bytes[position] - UInt8(ascii: "0"))
    }

    mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The decimals, if there are any; nil where a point is followed by none or by more than nine.
    mutating func milliseconds() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var count = 0
        while let digit = digit() {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard (1...9).contains(count) else { return nil }
        for _ in count..<max(count, 3) { value *= 10 }
        return value
    }

    mutating func offsetMinutes() -> Int? {
        if take("Z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(2), hours < 24, take(":"), let minutes = number(2), minutes < 60
        else {
            return nil
        }
        let offset = hours * 60 + minutes
        guard !isWest || offset > 0 else { return nil }
        return isWest ? -offset : offset
    }
}
