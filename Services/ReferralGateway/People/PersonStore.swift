import Domain
import Formats
import FoundationEssentials
import Postgres

/// The people of referrals, each under an opaque id: the only place where a name stands beside it.
enum PersonStore {
    /// The person with the notice's valid NHS number, or a new one. Without a valid number every referral is a new person, until
    /// somebody matches them.
    static func findOrAdd(
        _ patient: ADWPatient, at now: Date, in transaction: PostgresTransaction
    ) async throws -> PersonID {
        let number = patient.validNHSNumber?.digits
        var random = SystemRandomNumberGenerator()
        // On a conflict the row is written back as it is, which locks it and returns it.
        let rows = try await transaction.query(
            """
            insert into person as p (person_id, nhs_number, family_name, given_names, born_on, gender, postcode, first_seen_at)
            values (\(UUID.v7(at: now, using: &random)), \(number), \(patient.familyName), \(patient.givenNames),
                \(patient.bornOn), \(patient.gender.rawValue), \(patient.address.postcode), \(now))
            on conflict (nhs_number) do update set nhs_number = p.nhs_number
            returning person_id
            """)
        return PersonID(try rows.only().decode(UUID.self))
    }
}

extension ADWPatient {
    /// The NHS number where its check digit is right.
    var validNHSNumber: NHSNumber? {
        if case .valid(let number)? = nhsNumber { number } else { nil }
    }
}
