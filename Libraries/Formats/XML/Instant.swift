internal import Domain
package import FoundationEssentials

/// Instants as FHIR and RFC 3339 write them: `2017-05-01T15:02:11+00:00`, with or without fractions, with an offset or `Z`.
package enum Instant {
    /// Reads one; nil for anything else, also for a time without an offset, since no one could say when it is.
    package static func parse(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, bytes[10] == UInt8(ascii: "T") else { return nil }
        guard let date = CivilDate(utf8: bytes[0..<10]), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":")
        else { return nil }
        guard let hour = number(bytes[11..<13], max: 23), let minute = number(bytes[14..<16], max: 59),
            let second = number(bytes[17..<19], max: 59)
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0.0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { isDigit($0) }
            guard (1...9).contains(digits.count) else { return nil }
            var scale = 0.1
            for digit in digits {
                fraction += Double(digit - UInt8(ascii: "0")) * scale
                scale /= 10
            }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = offsetSeconds(rest) else { return nil }
        let seconds = date.dayNumber * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + fraction)
    }

    /// Writes one in UTC to the second, in FHIR's form with an offset.
    package static func format(_ instant: Date) -> String {
        let seconds = Int(clamping: Int128((max(-6.0e10, min(2.5e11, instant.timeIntervalSince1970))).rounded(.down)))
        let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let ofDay = seconds - day * 86_400
        let clock = [ofDay / 3_600, ofDay / 60 % 60, ofDay % 60].map { $0 < 10 ? "0\($0)" : String($0) }
        return "\(CivilDate(clampingDayNumber: day))T\(clock.joined(separator: ":"))+00:00"
    }

    private static func offsetSeconds(_ text: ArraySlice<UInt8>) -> Int? {
        if text.elementsEqual([UInt8(ascii: "Z")]) { return 0 }
        guard text.count == 6, let sign = text.first, text[text.startIndex + 3] == UInt8(ascii: ":") else { return nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        guard let hours = number(text.dropFirst().prefix(2), max: 14), let minutes = number(text.suffix(2), max: 59)
        else {
            return nil
        }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }

    private static func number(_ digits: ArraySlice<UInt8>, max: Int) -> Int? {
        guard digits.allSatisfy(isDigit) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return value <= max ? value : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
