import Domain
import Postgres

/// What stands in the way of erasing a person: a case in which something still has to be done.
enum OpenCases {
    static func obstacles(to person: PersonID, in transaction: PostgresTransaction) async throws -> [String] {
        try await transaction.query(
            """
            select case_id, phase from care_case
            where person_id = \(person) and phase not in ('not-eligible', 'ended', 'closed') order by case_id
            """
        ).map { row in
            let (id, phase) = try row.decode(CaseID.self, String.self)
            return "case \(id) stands at '\(phase)'"
        }
    }
}
