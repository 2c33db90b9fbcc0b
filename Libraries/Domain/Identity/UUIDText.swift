package import FoundationEssentials

extension UUID {
    /// Reads the 36 characters of a UUID, in either case. Nil for anything else.
    ///
    /// `UUID(uuidString:)` reads by a format string, which takes signs and `0x` for digits, and took a third of the time of
    /// reading an envelope.
    package init?(text: [UInt8]) {
        guard let uuid = text.withUnsafeBufferPointer({ UUID(characters: $0) }) else { return nil }
        self = uuid
    }

    /// Reads the 36 characters of a UUID, in either case. Nil for anything else.
    package init?(text: String) {
        var text = text
        guard let uuid = text.withUTF8({ UUID(characters: $0) }) else { return nil }
        self = uuid
    }

    private init?(characters text: UnsafeBufferPointer<UInt8>) {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for (position, character) in text.enumerated() {
            switch position {
            case 8, 13, 18, 23:
                guard character == UInt8(ascii: "-") else { return nil }
            default:
                guard let digit = Self.digit(character) else { return nil }
                // The first of the two numbers ends with the third group.
                if position < 18 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            }
        }
        let bytes = (halves.0.bigEndian, halves.1.bigEndian)
        self.init(uuid: withUnsafeBytes(of: bytes) { $0.loadUnaligned(as: uuid_t.self) })
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
