import FoundationEssentials

/// Keys that were used a moment ago. Bounded in number and age: a key that was destroyed elsewhere is forgotten here within
/// the lifetime.
struct KeyCache {
    private struct Entry {
        let key: PersonKey
        let madeAt: ContinuousClock.Instant
    }

    private let limits: PersonKeyLimits
    private var entries: [UUID: Entry] = [:]
    /// In the order in which they came in, which is the order of their age.
    private var order: [UUID] = []
    private var oldest = 0

    init(limits: PersonKeyLimits) { self.limits = limits }

    var count: Int { entries.count }

    mutating func key(of person: UUID, at now: ContinuousClock.Instant) -> PersonKey? {
        removeExpired(at: now)
        return entries[person]?.key
    }

    mutating func add(_ key: PersonKey, at now: ContinuousClock.Instant) {
        removeExpired(at: now)
        guard entries[key.person] == nil, limits.cachedKeysMax > 0 else { return }
        while entries.count >= limits.cachedKeysMax { removeOldest() }
        entries[key.person] = Entry(key: key, madeAt: now)
        order.append(key.person)
    }

    mutating func remove(_ person: UUID) {
        guard entries.removeValue(forKey: person) != nil else { return }
        // Rare, so a walk is fine; a name left behind would make a later entry's age wrong.
        order.removeFirst(oldest)
        oldest = 0
        order.removeAll { $0 == person }
    }

    private mutating func removeExpired(at now: ContinuousClock.Instant) {
        while oldest < order.count, let entry = entries[order[oldest]], now - entry.madeAt >= limits.cachedKeyLifetime {
            removeOldest()
        }
    }

    private mutating func removeOldest() {
        guard oldest < order.count else { return }
        entries[order[oldest]] = nil
        oldest += 1
        guard oldest > limits.cachedKeysMax else { return }
        order.removeFirst(oldest)
        oldest = 0
    }
}

/// How many keys are held, and for how long.
package struct PersonKeyLimits: Sendable {
    /// Keys in memory at once.
    package var cachedKeysMax = 10_000
    /// How long a key stays in memory: so long may a process still read what was erased elsewhere.
    package var cachedKeyLifetime = Duration.seconds(30)
    /// People in one look-up.
    package var peoplePerLookUpMax = 5_000

    package init() {}
}
