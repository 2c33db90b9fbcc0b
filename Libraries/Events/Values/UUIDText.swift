package import FoundationEssentials

extension UUID {
    /// Reads the 36 characters of a UUID, in either case. Nil for anything else.
    ///
    /// `UUID(uuidString:)` reads by a format string, which takes signs and `0x` for digits, and took a third of the time of
    /// reading an envelope.
    package init?(text: some Sequence<UInt8>) {
        var bytes: (UInt64, UInt64) = (0, 0)
        var position = 0
        for character in text {
            switch position {
            case 8, 13, 18, 23:
                guard character == UInt8(ascii: "-") else { return nil }
            case 0..<18:
                guard let digit = Self.digit(character) else { return nil }
                bytes.0 = bytes.0 << 4 | digit
            case 18..<36:
                guard let digit = Self.digit(character) else { return nil }
                bytes.1 = bytes.1 << 4 | digit
            default:
                return nil
            }
            position += 1
        }
        guard position == 36 else { return nil }
        let raw = (bytes.0.bigEndian, bytes.1.bigEndian)
        self.init(uuid: withUnsafeBytes(of: raw) { $0.loadUnaligned(as: uuid_t.self) })
    }

    private static func digit(_ character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(character - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(character - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
