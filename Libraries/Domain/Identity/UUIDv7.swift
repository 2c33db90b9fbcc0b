package import FoundationEssentials

extension UUID {
    /// A version 7 UUID (RFC 9562, 5.7): 48 bits of milliseconds since 1970, then 74 bits of `randomness`.
    ///
    /// A time before 1970 counts as 1970 and a time beyond 48 bits (the year 10889) as the last one that fits, so no input
    /// traps. The caller brings the randomness: the domain has none of its own.
    package static func v7(at time: Date, randomness: (UInt64, UInt64)) -> UUID {
        let stamp = millisecondsSince1970(of: time)
        // 48 bits of time, 4 bits of version, 12 random bits.
        let high = stamp << 16 | 0x7000 | (randomness.0 & 0x0FFF)
        // 2 bits of variant, 62 random bits.
        let low = 0x8000_0000_0000_0000 | (randomness.1 & 0x3FFF_FFFF_FFFF_FFFF)
        return UUID(high: high, low: low)
    }

    /// A version 7 UUID whose random bits come from `generator`.
    package static func v7(at time: Date, using generator: inout some RandomNumberGenerator) -> UUID {
        v7(at: time, randomness: (generator.next(), generator.next()))
    }

    /// The UUID with these two halves, most significant byte first.
    package init(high: UInt64, low: UInt64) {
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
                byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            ))
    }

    private static func millisecondsSince1970(of time: Date) -> UInt64 {
        let last: UInt64 = 1 << 48 - 1
        let milliseconds = (time.timeIntervalSince1970 * 1_000).rounded(.down)
        // Also false for a NaN.
        guard milliseconds > 0 else { return 0 }
        return milliseconds >= Double(last) ? last : UInt64(milliseconds)
    }
}
