import FoundationEssentials

/// Random numbers that come back with the same seed (SplitMix64, Steele, Lea and Flood 2014).
///
/// `SeededRandom("what for")` takes its seed from the environment's SEED, else a new one, and prints it: a random test
/// that fails can be run again as it was.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    /// The seed it began with.
    package let seed: UInt64
    private var state: UInt64

    /// With a seed of the caller's.
    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// With the seed in SEED, or a new one; prints it with `purpose`.
    package init(_ purpose: String) {
        let given = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }
        self.init(seed: given ?? UInt64.random(in: 0...UInt64(UInt32.max)))
        print("SEED=\(seed) (\(purpose))")
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
