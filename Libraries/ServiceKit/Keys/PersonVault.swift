import Crypto
package import Domain
package import FoundationEssentials
package import Safeguards

/// A column that holds sealed values.
package struct SealedColumn: Sendable {
    let table: String
    let column: String

    /// A column of one of the service's tables.
    package init(_ table: StaticString, _ column: StaticString) {
        self.table = "\(table)"
        self.column = "\(column)"
    }
}

/// Seals what a service stores about people, each under a key of their own, and opens it again.
///
/// What belongs to nobody yet, or to many at once, has a key under its own id: a message that could not be read, a bank file.
package struct PersonVault: Sendable {
    private let keys: PersonKeys
    private let ring: KeyRing
    private let schema: String

    package init(keys: PersonKeys, ring: KeyRing, schema: String) {
        self.keys = keys
        self.ring = ring
        self.schema = schema
    }

    /// Seals and opens what is about `owner`, whose key is made now where there is none. In a rehearsal a new key is kept
    /// nowhere. Throws `SafeguardsError.erased` where it was destroyed.
    package func seal(of owner: UUID, isRehearsal: Bool = false) async throws -> PersonSeal {
        PersonSeal(
            key: isRehearsal ? try await keys.keyForRehearsal(of: owner) : try await keys.key(of: owner),
            schema: schema)
    }

    /// The same for a person.
    package func seal(of person: PersonID, isRehearsal: Bool = false) async throws -> PersonSeal {
        try await seal(of: person.uuid, isRehearsal: isRehearsal)
    }

    /// Somebody new, whose key is at hand. In a rehearsal it is kept nowhere.
    package func newcomer(at now: Date, isRehearsal: Bool = false) async throws -> PersonSeal {
        var random = SystemRandomNumberGenerator()
        func newID() -> UUID { .v7(at: now, using: &random) }
        return PersonSeal(
            key: isRehearsal ? try await keys.keyForRehearsal(of: newID()) : try await keys.newcomer(newID),
            schema: schema)
    }

    /// Opens what is about `owner`. Throws `SafeguardsError.erased`, or `.noKey` where nothing was ever sealed.
    package func existingSeal(of owner: UUID) async throws -> PersonSeal {
        PersonSeal(key: try await keys.existingKey(of: owner), schema: schema)
    }

    /// Whether the person's key was destroyed.
    func isErased(_ person: PersonID) async throws -> Bool {
        if case .erased = try await keys.states(of: [person.uuid])[person.uuid] { true } else { false }
    }

    /// Fetches the keys that people have, so that sealing and opening for them asks nobody for a while.
    package func fetchKeys(of people: Set<PersonID>) async throws {
        let all = people.map(\.uuid)
        for start in stride(from: 0, to: all.count, by: Self.peoplePerLookUp) {
            _ = try await keys.states(of: all[start...].prefix(Self.peoplePerLookUp))
        }
    }

    /// The seals of many, each made where there is none. Throws `SafeguardsError.erased` where one of them was destroyed.
    package func seals(of people: Set<PersonID>) async throws -> [PersonID: PersonSeal] {
        var seals: [PersonID: PersonSeal] = [:]
        let all = people.map(\.uuid)
        for start in stride(from: 0, to: all.count, by: Self.peoplePerLookUp) {
            for (person, key) in try await keys.keys(of: all[start...].prefix(Self.peoplePerLookUp)) {
                seals[PersonID(person)] = PersonSeal(key: key, schema: schema)
            }
        }
        return seals
    }

    private static let peoplePerLookUp = 1_000

    /// The hash by which a sealed column is searched.
    package func searchHash(_ value: String, in column: SealedColumn) throws -> [UInt8] {
        try ring.searchHash("\(schema).\(column.table).\(column.column)")(value)
    }
}

/// One key at work: seals and opens the values of the rows that it is for.
package struct PersonSeal: Sendable {
    private let key: PersonKey
    private let schema: String

    /// Whose it is.
    package var owner: UUID { key.person }

    init(key: PersonKey, schema: String) {
        self.key = key
        self.schema = schema
    }

    /// A sealed text, bound to its place.
    /// - Parameter part: tells rows of one key apart, a version for example.
    package func close(_ text: String, _ column: SealedColumn, row: UUID, part: String = "") throws -> SealedField {
        try SealedField(text, at: place(column, row, part), under: key)
    }

    /// Sealed bytes, bound to their place.
    package func close(_ bytes: [UInt8], _ column: SealedColumn, row: UUID) throws -> SealedField {
        try SealedField(bytes, at: place(column, row, ""), under: key)
    }

    /// The text that was sealed there. Throws `SafeguardsError.notAuthentic` where it is not what was.
    package func open(
        _ field: SealedField, _ column: SealedColumn, row: UUID, part: String = ""
    ) throws -> Sensitive<String> {
        try field.openText(at: place(column, row, part), under: key)
    }

    /// The bytes that were sealed there.
    package func openBytes(_ field: SealedField, _ column: SealedColumn, row: UUID) throws -> Sensitive<[UInt8]> {
        try field.open(at: place(column, row, ""), under: key)
    }

    private func place(_ column: SealedColumn, _ row: UUID, _ part: String) -> FieldPlace {
        FieldPlace(
            table: "\(schema).\(column.table)", column: part.isEmpty ? column.column : "\(column.column) \(part)",
            row: row)
    }
}
