extension CivilDate: LosslessStringConvertible {
    /// Reads the ISO 8601 calendar date `yyyy-MM-dd` and nothing else; nil where it is not one.
    package init?(_ text: String) {
        self.init(utf8: text.utf8)
    }

    /// Reads `yyyy-MM-dd` from UTF-8 text.
    package init?(utf8 text: some Collection<UInt8>) {
        var values = (0, 0, 0)
        var position = 0
        for byte in text {
            switch position {
            case 4, 7:
                guard byte == UInt8(ascii: "-") else { return nil }
            case 0...9:
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                let digit = Int(byte - UInt8(ascii: "0"))
                switch position {
                case 0...3: values.0 = values.0 * 10 + digit
                case 5...6: values.1 = values.1 * 10 + digit
                default: values.2 = values.2 * 10 + digit
                }
            default:
                return nil
            }
            position += 1
        }
        guard position == 10 else { return nil }
        self.init(year: values.0, month: values.1, day: values.2)
    }

    /// The date as `yyyy-MM-dd`.
    package var description: String {
        let parts = components
        return "\(Self.padded(parts.year, to: 4))-\(Self.padded(parts.month, to: 2))-\(Self.padded(parts.day, to: 2))"
    }

    /// The date as people in England write it, such as `1 April 2026`.
    package var longText: String {
        let parts = components
        return "\(parts.day) \(Self.monthNames[parts.month - 1]) \(parts.year)"
    }

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ]

    static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}

extension CivilDate: Codable {
    /// Reads `yyyy-MM-dd`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = CivilDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a date as yyyy-MM-dd")
        }
        self = date
    }

    /// Writes `yyyy-MM-dd`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension CivilDate {
    /// The day as letters and pages say it, such as `25 November 2026`.
    package var spelledOut: String {
        let names = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
        let (year, month, day) = components
        return "\(day) \(names[month - 1]) \(year)"
    }
}
