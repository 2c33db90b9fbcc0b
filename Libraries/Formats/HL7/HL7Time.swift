import Domain
import FoundationEssentials

/// Times of HL7 version 2 (TS): `yyyyMMdd[HHmm[ss[.ffff]]][±hhmm]`. Without an offset they are England's.
enum HL7Time {
    /// The day of a time; nil for anything else.
    static func date(_ text: String) -> CivilDate? {
        let digits = Array(text.utf8.prefix(8))
        guard digits.count == 8, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let day = String(decoding: digits, as: UTF8.self)
        return CivilDate("\(day.prefix(4))-\(day.dropFirst(4).prefix(2))-\(day.suffix(2))")
    }

    /// The instant of a time of at least a day; nil for anything else.
    static func instant(_ text: String) -> Date? {
        guard let date = date(text) else { return nil }
        let rest = text.utf8.dropFirst(8)
        let clock = rest.prefix { (48...57).contains($0) }
        guard [0, 2, 4, 6].contains(clock.count) else { return nil }
        let digits = clock.map { Int($0) - 48 }
        let parts = stride(from: 0, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
        let (hour, minute, second) = (part(parts, 0), part(parts, 1), part(parts, 2))
        guard hour < 24, minute < 60, second < 60 else { return nil }
        var tail = rest.dropFirst(clock.count)
        if tail.first == UInt8(ascii: ".") { tail = tail.dropFirst().drop { (48...57).contains($0) } }
        guard !tail.isEmpty else {
            return LondonTime.instant(on: date, hour: hour, minute: minute).addingTimeInterval(Double(second))
        }
        let secondOfDay = hour * 3_600 + minute * 60 + second
        guard let offset = offsetSeconds(tail.map { $0 }) else { return nil }
        return Date(timeIntervalSince1970: Double(date.dayNumber * 86_400 + secondOfDay - offset))
    }

    /// An instant to the second, with its offset.
    static func format(_ instant: Date) -> String {
        Instant.format(instant).filter { $0.isNumber || $0 == "+" }
    }

    private static func part(_ parts: [Int], _ index: Int) -> Int { parts.indices.contains(index) ? parts[index] : 0 }

    private static func offsetSeconds(_ text: [UInt8]) -> Int? {
        guard text.count == 5, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text.dropFirst().allSatisfy({ (48...57).contains($0) })
        else { return nil }
        let digits = text.dropFirst().map { Int($0) - 48 }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours <= 14, minutes < 60 else { return nil }
        return (text[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}
