import Domain
import Formats
import FoundationEssentials
import Messaging
import Postgres
import Safeguards
import ServiceKit

/// The people of referrals, each under an opaque id: the only place where a name stands beside it, sealed.
enum PersonStore {
    private static let nhsNumber = SealedColumn("person", "nhs_number")
    private static let familyName = SealedColumn("person", "family_name")
    private static let givenNames = SealedColumn("person", "given_names")
    private static let bornOn = SealedColumn("person", "born_on")
    private static let gender = SealedColumn("person", "gender")
    private static let postcode = SealedColumn("person", "postcode")

    /// The hash by which a person with this number is found.
    static func hash(_ number: NHSNumber, _ vault: PersonVault) throws -> [UInt8] {
        try vault.searchHash(number.digits, in: nhsNumber)
    }

    /// The person with this hash of an NHS number, or nil.
    static func find(nhsNumberHash: [UInt8], _ pool: PostgresPool) async throws -> PersonID? {
        try await pool.query(
            "select person_id from person where nhs_number_hash = \(nhsNumberHash)", actingAs: Main.service.name
        ).first?.decode(PersonID.self)
    }

    /// Stores the person of a message where nobody has the NHS number yet. Throws ``SubjectChanged`` where somebody else with this
    /// number was stored meanwhile.
    static func findOrAdd(
        _ referred: ReferredPerson, as subject: Subject, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PersonID {
        guard let person = subject.person else { throw SubjectChanged() }
        let (seal, row) = (subject.seal, person.uuid)
        // On a conflict the row is written back as it is, which locks it and returns it.
        let rows = try await transaction.query(
            """
            insert into person as p (person_id, nhs_number, nhs_number_hash, family_name, given_names, born_on, gender, postcode,
                first_seen_at)
            values (\(person), \(try referred.validNHSNumber.map { try seal.close($0.digits, nhsNumber, row: row) }),
                \(subject.nhsNumberHash), \(try seal.close(referred.familyName, familyName, row: row)),
                \(try seal.close(Names.text(referred.givenNames), givenNames, row: row)),
                \(try referred.bornOn.map { try seal.close($0.description, bornOn, row: row) }),
                \(try seal.close(referred.gender.rawValue, gender, row: row)),
                \(try referred.postcode.map { try seal.close($0, postcode, row: row) }), \(now))
            on conflict do nothing
            """)
        if rows.affected == 1 { return person }
        let known = try await transaction.query(
            """
            select person_id from person where person_id = \(person) or nhs_number_hash = \(subject.nhsNumberHash) for update
            """
        ).map { try $0.decode(PersonID.self) }
        guard known == [person] else { throw SubjectChanged() }
        return person
    }

    /// Takes away the hash by which somebody who was erased would be found. Whoever comes again is somebody new. Returns how
    /// many could still be found.
    static func forget(_ people: [PersonID], in transaction: PostgresTransaction) async throws -> Int {
        try await transaction.query(
            """
            update person set nhs_number_hash = null, nhs_number = null
            where person_id = any (\(people.map(\.uuid))) and nhs_number_hash is not null
            """
        ).affected
    }

    /// Who somebody is, opened. Nil where there is nobody under this id.
    static func details(
        of person: PersonID, _ seal: PersonSeal, in transaction: PostgresTransaction
    ) async throws -> PersonDetails? {
        let rows = try await transaction.query(
            """
            select nhs_number, family_name, given_names, born_on, gender, postcode, first_seen_at from person
            where person_id = \(person)
            """)
        guard let row = rows.first else { return nil }
        let (number, family, given, born, sex, code, seen) = try row.decode(
            SealedField?.self, SealedField.self, SealedField.self, SealedField?.self, SealedField.self,
            SealedField?.self, Date.self)
        func open(_ field: SealedField, _ column: SealedColumn) throws -> Sensitive<String> {
            try seal.open(field, column, row: person.uuid)
        }
        return PersonDetails(
            nhsNumber: try number.map { try open($0, nhsNumber) }, familyName: try open(family, familyName),
            givenNames: try open(given, givenNames).map(Names.list), bornOn: try born.map { try open($0, bornOn) },
            gender: try open(sex, gender), postcode: try code.map { try open($0, postcode) }, firstSeenAt: seen)
    }
}

/// Who somebody is.
struct PersonDetails: Sendable {
    let nhsNumber: Sensitive<String>?
    let familyName: Sensitive<String>
    let givenNames: Sensitive<[String]>
    let bornOn: Sensitive<String>?
    let gender: Sensitive<String>
    let postcode: Sensitive<String>?
    let firstSeenAt: Date
}

/// Several names as one sealed text.
private enum Names {
    static func text(_ names: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
    }
    static func list(_ text: String) throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}
