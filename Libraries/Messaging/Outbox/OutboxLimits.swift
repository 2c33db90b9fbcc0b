package import FoundationEssentials

/// The limits of what a service publishes.
package enum OutboxLimits {
    /// An event's payload. A row above it could not be published; the database holds the same number.
    package static let payloadBytesMax = 65_536
    /// Events in one append: one statement, one round trip.
    package static let eventsPerAppendMax = 10_000
    /// How many shards an outbox has. Fixed: a key stays in its shard for ever.
    package static let shards: Int16 = 8
}

/// Which shard an event's key belongs to: FNV-1a (64 bit) over the sixteen bytes of the UUID, modulo the number of shards.
/// Every program that writes an outbox has to agree on it, for as long as the outbox lives.
package func outboxShard(of key: UUID) -> Int16 {
    let hash = withUnsafeBytes(of: key.uuid) { bytes in
        bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
    return Int16(hash % UInt64(OutboxLimits.shards))
}
