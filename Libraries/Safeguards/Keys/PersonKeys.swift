import Crypto
package import FoundationEssentials
package import Postgres
import Synchronization
import Telemetry

/// People's keys: made at their first use, kept wrapped in a database of their own.
///
/// That database is not the data's: whoever restores yesterday's data does not restore yesterday's keys with it.
package final class PersonKeys: Sendable {
    /// What is known of a person's key.
    package enum State: Sendable {
        case key(PersonKey)
        /// None was ever made.
        case none
        /// It was destroyed, for good.
        case erased
    }

    private let pool: PostgresPool
    private let ring: Mutex<KeyRing>
    private let readRingAgain: (@Sendable () throws -> KeyRing)?
    private let limits: PersonKeyLimits
    private let clock: Clock
    private let cache: Mutex<KeyCache>
    private let reserve = Mutex(KeyReserve())
    private let made = Counter(label: "person_keys_made_total")

    /// What time it is for the cache.
    private struct Clock: Sendable {
        let now: @Sendable () -> ContinuousClock.Instant
    }

    /// - Parameters:
    ///   - pool: the key database as `takeup_keys_app`, which can read and add keys.
    ///   - readRingAgain: asked where the wrapping key was changed meanwhile; without it the process must start anew.
    ///   - now: for the age of cached keys.
    package init(
        pool: PostgresPool, ring: KeyRing, readRingAgain: (@Sendable () throws -> KeyRing)? = nil,
        limits: PersonKeyLimits = PersonKeyLimits(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.pool = pool
        self.ring = Mutex(ring)
        self.readRingAgain = readRingAgain
        self.limits = limits
        clock = Clock(now: now)
        cache = Mutex(KeyCache(limits: limits))
    }

    /// The key to seal with, made now where there is none. Throws `.erased` where it was destroyed: what comes in about an
    /// erased person is a new person's or nobody's, and that is for somebody to decide.
    package func key(of person: UUID) async throws -> PersonKey {
        guard let key = try await keys(of: [person])[person] else { throw SafeguardsError(.unexpectedAnswer) }
        return key
    }

    /// The same for many, in two statements where nobody else makes the same at that moment.
    package func keys(of people: some Collection<UUID>) async throws -> [UUID: PersonKey] {
        var keys: [UUID: PersonKey] = [:]
        var missing: [UUID] = []
        for (person, state) in try await states(of: people) {
            switch state {
            case .key(let key): keys[person] = key
            case .none: missing.append(person)
            case .erased: throw SafeguardsError(.erased)
            }
        }
        guard !missing.isEmpty else { return keys }
        for key in try await make(for: missing) { keys[key.person] = key }
        // Whoever came first made the key that counts.
        for (person, state) in try await states(of: missing.filter { keys[$0] == nil }) {
            guard case .key(let key) = state else { throw SafeguardsError(.erased) }
            keys[person] = key
        }
        return keys
    }

    /// A key for somebody new, whose id is the key's. It was made before it was needed, so that nobody waits for its commit; the
    /// busier, the more at once. Those that are never used are nobody's.
    /// - Parameter newID: an id that nobody has.
    package func newcomer(_ newID: () -> UUID) async throws -> PersonKey {
        if let key = reserve.withLock({ $0.take() }) { return key }
        let count = reserve.withLock { $0.nextCount }
        let made = try await make(for: (0..<count).map { _ in newID() })
        return try reserve.withLock { reserve in
            reserve.refill(made)
            guard let key = reserve.take() else { throw SafeguardsError(.unexpectedAnswer) }
            return key
        }
    }

    /// The key to open with. Throws `.erased` or `.noKey`.
    package func existingKey(of person: UUID) async throws -> PersonKey {
        switch try await states(of: [person])[person] {
        case .key(let key): return key
        case .erased: throw SafeguardsError(.erased)
        case .some(.none), nil: throw SafeguardsError(.noKey)
        }
    }

    /// The key to seal with where nothing will be kept: an existing one, or one that is stored nowhere. Throws `.erased`.
    package func keyForRehearsal(of person: UUID) async throws -> PersonKey {
        switch try await states(of: [person])[person] {
        case .key(let key): key
        case .erased: throw SafeguardsError(.erased)
        case .some(.none), nil: try PersonKey.make(for: person)
        }
    }

    /// What is known of each one's key, for lists in which some may have been erased.
    package func states(of people: some Collection<UUID>) async throws -> [UUID: State] {
        let people = Set(people)
        do {
            return try await lookUp(people)
        } catch let error as SafeguardsError where error.code == .unknownWrappingKey {
            // Ring and rows are of one time again when both are read again.
            try renewRing()
            return try await lookUp(people)
        }
    }

    private func lookUp(_ people: Set<UUID>) async throws -> [UUID: State] {
        guard people.count <= limits.peoplePerLookUpMax else {
            throw SafeguardsError(.limitExceeded, detail: "too many people in one look-up of keys")
        }
        let now = clock.now()
        var states: [UUID: State] = cache.withLock { cache in
            var found: [UUID: State] = [:]
            for person in people {
                if let key = cache.key(of: person, at: now) { found[person] = .key(key) }
            }
            return found
        }
        let unknown = people.filter { states[$0] == nil }
        guard !unknown.isEmpty else { return states }
        let rows = try await pool.query(
            """
            select person, wrapping_key_id, wrapped from keys.person_key where person = any(\(Array(unknown)))
            """)
        for person in unknown { states[person] = State.none }
        for row in rows {
            let (person, keyID, wrapped) = try row.decode(UUID.self, String?.self, [UInt8]?.self)
            states[person] = try state(of: person, keyID, wrapped, at: now)
        }
        return states
    }

    /// Lets go of a key that was destroyed.
    package func forget(_ person: UUID) {
        cache.withLock { $0.remove(person) }
    }

    private func state(
        of person: UUID, _ keyID: String?, _ wrapped: [UInt8]?, at now: ContinuousClock.Instant
    ) throws -> State {
        guard let keyID, let wrapped else { return .erased }
        let key = try PersonKey(
            person: person, secret: try ring.withLock(\.self).unwrap(wrapped, by: keyID, of: person))
        cache.withLock { $0.add(key, at: now) }
        return .key(key)
    }

    /// Those that were made now; whoever had a key or was erased is not among them.
    private func make(for people: [UUID]) async throws -> [PersonKey] {
        let keys = try people.map { try PersonKey.make(for: $0) }
        do {
            return try await store(keys)
        } catch let error as PostgresError where error.code == .server(sqlState: KeyDatabase.retiredState) {
            try renewRing()
            return try await store(keys)
        }
    }

    private func renewRing() throws {
        guard let readRingAgain else { return }
        let renewed = try readRingAgain()
        ring.withLock { $0 = renewed }
    }

    private func store(_ keys: [PersonKey]) async throws -> [PersonKey] {
        let wrapping = ring.withLock(\.current)
        let (people, wrapped) = (
            keys.map(\.person), try keys.map { try wrapping.wrap($0.secret, owner: $0.person.bytes) }
        )
        let rows = try await pool.query(
            """
            insert into keys.person_key (person, wrapping_key_id, wrapped)
            select person, \(wrapping.id), wrapped from unnest(\(people), \(wrapped)) as n (person, wrapped)
            order by person
            on conflict (person) do nothing returning person
            """)
        made.increment(by: Int64(rows.count))
        let new = Set(try rows.map { try $0.decode(UUID.self) })
        let now = clock.now()
        let added = keys.filter { new.contains($0.person) }
        cache.withLock { cache in for key in added { cache.add(key, at: now) } }
        return added
    }
}
