package import Crypto
package import FoundationEssentials
package import Postgres

/// Destroys keys, keeps the register of erasures true, and wraps keys again when the wrapping key changes.
package struct KeyKeeper: Sendable {
    private let connection: PostgresConnection
    private let ring: KeyRing
    private let file: RegisterFile?
    private let signer: SigningKey?
    private let keys: VerificationKeys

    /// Keys wrapped again in one transaction.
    package static let rewrapBatch = 500

    /// - Parameters:
    ///   - connection: the key database as `takeup_keys_keeper`.
    ///   - registerPath: the register's file; nil where there is only the database's.
    ///   - signer: signs erasures; who only applies them needs none.
    ///   - keys: check them.
    package init(
        connection: PostgresConnection, ring: KeyRing, registerPath: String?, signer: SigningKey?,
        keys: VerificationKeys
    ) {
        self.connection = connection
        self.ring = ring
        file = registerPath.map(RegisterFile.init)
        self.signer = signer
        self.keys = keys
    }

    /// What applying the register did.
    package struct Applied: Sendable, Equatable {
        /// Everybody who was ever erased.
        package var erasures = 0
        /// Keys that were there again and had to be destroyed again.
        package var destroyedAgain = 0
        /// Lines that the file had and the database had lost.
        package var takenFromFile = 0
        /// Lines that the file had not got yet.
        package var addedToFile = 0
    }

    /// Destroys the person's key: what it sealed is unreadable from now on, wherever a copy of it lies. Processes that hold
    /// the key let go of it within `PersonKeyLimits.cachedKeyLifetime`. Erasing somebody again changes nothing.
    ///
    /// `check` runs first, and says whether everything that must outlive the person is where it belongs; when it throws,
    /// nothing is destroyed.
    @discardableResult
    package func erase(
        _ person: UUID, reason: String, actor: String, at now: Date, check: () async throws -> Void
    ) async throws -> Erasure {
        guard !reason.isEmpty, !actor.isEmpty else {
            throw SafeguardsError(.erasureRefused, detail: "an erasure needs a reason and somebody who decides it")
        }
        guard let signer else { throw SafeguardsError(.erasureRefused, detail: "there is no key to sign it with") }
        try await check()
        // A register that is not whole must not grow.
        try await applyRegister()
        let erasure = try await connection.transaction { transaction in
            let chain = try await chain(in: transaction)
            if let known = chain.lines.first(where: { $0.erasure.person == person }) { return known.erasure }
            let erasure = Erasure(
                number: Int64(chain.lines.count) + 1, person: person, actor: actor, reason: reason, erasedAt: now)
            let line = try ErasureLine(erasure, after: chain.lines.last?.digest ?? ErasureLine.start, signedBy: signer)
            try await add([line], in: transaction)
            return erasure
        }
        // Brings the line to the file too. When that fails the key is gone all the same, and the next start finds the gap.
        try await applyRegister()
        return erasure
    }

    /// Brings database and file to one register and makes sure that nobody in it has a key: after a restore of either,
    /// before anything is served. Throws `.registerDamaged` where one is not the beginning of the other.
    @discardableResult
    package func applyRegister() async throws -> Applied {
        try await connection.transaction { transaction in
            let stored = try await chain(in: transaction)
            let filed = try ErasureChain(file?.lines() ?? [], keys: keys)
            guard zip(stored.lines, filed.lines).allSatisfy({ $0.text == $1.text }) else {
                throw SafeguardsError(.registerDamaged, detail: "the file and the database tell different stories")
            }
            var applied = Applied()
            let lost = Array(filed.lines.dropFirst(stored.lines.count))
            try await add(lost, in: transaction)
            applied.takenFromFile = lost.count
            let people = (stored.lines + lost).map(\.erasure.person)
            applied.erasures = people.count
            applied.destroyedAgain = try await transaction.query(
                """
                update keys.person_key set wrapped = null, wrapping_key_id = null, destroyed_at = now()
                where person in (select person from keys.erasure) and wrapped is not null
                """
            ).affected
            if let file {
                let new = stored.lines.dropFirst(filed.lines.count).map(\.text)
                try file.append(new)
                applied.addedToFile = new.count
            }
            return applied
        }
    }

    /// Wraps every key again that is not wrapped by the current key, and returns how many. Services go on meanwhile: the older keys are
    /// retired first, so that whoever would still wrap by one is refused and reads the ring again. Afterwards none of them wraps
    /// anything.
    package func rewrapAll() async throws -> Int {
        try await retireOlderKeys()
        var total = 0
        while true {
            let count = try await connection.transaction { try await rewrapSome(in: $0) }
            guard count > 0 else { return total }
            total += count
        }
    }

    private func retireOlderKeys() async throws {
        let older = ring.keyIDs.filter { $0 != ring.current.id }
        try await connection.transaction { transaction in
            // Whoever is storing a key at this moment is waited for.
            try await transaction.pipeline([
                "lock table keys.person_key in share row exclusive mode",
                """
                insert into keys.retired_wrapping_key (id) select unnest(\(older)) on conflict (id) do nothing
                """,
            ])
        }
    }

    private func rewrapSome(in transaction: PostgresTransaction) async throws -> Int {
        let rows = try await transaction.query(
            """
            select person, wrapping_key_id, wrapped from keys.person_key
            where wrapped is not null and wrapping_key_id <> \(ring.current.id)
            order by person limit \(Self.rewrapBatch) for update
            """)
        var people: [UUID] = []
        var wrapped: [[UInt8]] = []
        for row in rows {
            let (person, keyID, old) = try row.decode(UUID.self, String.self, [UInt8].self)
            people.append(person)
            wrapped.append(try ring.current.wrap(ring.unwrap(old, by: keyID, of: person), owner: person.bytes))
        }
        return try await transaction.query(
            """
            update keys.person_key k set wrapped = n.wrapped, wrapping_key_id = \(ring.current.id)
            from unnest(\(people), \(wrapped)) as n (person, wrapped) where k.person = n.person
            """
        ).affected
    }

    /// The database's register. Until the transaction ends nobody else adds to it or to the file.
    private func chain(in transaction: PostgresTransaction) async throws -> ErasureChain {
        let answers = try await transaction.pipeline([
            "select pg_advisory_xact_lock(hashtextextended('takeup.erasures', 0))",
            "select line from keys.erasure order by number",
        ])
        return try ErasureChain(answers[1].map { try $0.decode(String.self) }, keys: keys)
    }

    private func add(_ lines: [ErasureLine], in transaction: PostgresTransaction) async throws {
        guard !lines.isEmpty else { return }
        let people = lines.map(\.erasure.person)
        try await transaction.pipeline([
            """
            insert into keys.erasure (number, person, line)
            select * from unnest(\(lines.map(\.erasure.number)), \(people), \(lines.map(\.text)))
            """,
            """
            insert into keys.person_key as k (person, destroyed_at) select person, now() from unnest(\(people)) as n (person)
            on conflict (person) do update set wrapped = null, wrapping_key_id = null, destroyed_at = now()
            where k.wrapped is not null
            """,
        ])
    }
}
