import Domain
import FoundationEssentials
import Postgres
import ServiceKit

/// Cases as people look at them. No name is in them: a case is found by its number.
enum CaseList {
    static let pageSize = 50

    static func table(phase: CasePhase?, limit: Int, _ act: Work) async throws -> Table {
        try ListLimit.check(limit)
        let condition: Query = if let phase { " where phase = \(phase.rawValue)" } else { "" }
        let rows = try await act.transaction.query(
            "select case_id, referral_id, person_id, phase, phase_since, referred_at, first_paid_on, review_due_on from care_case"
                + condition + " order by phase_since, case_id limit \(limit)")
        var table = Table(
            title: "Cases",
            columns: [
                .init("caseID", "Case"), .init("referralID", "Referral"), .init("personID", "Person"),
                .init("phase", "Stands at"), .init("since", "Since"),
                .init("referredAt", "Referred"), .init("firstPaidOn", "First paid"), .init("reviewDueOn", "Review due"),
            ])
        var people: [PersonID] = []
        for row in rows {
            let (id, referral, person, phase, since, referred, firstPaid, reviewDue) = try row.decode(
                CaseID.self, ReferralID.self, PersonID.self, String.self, Date.self, Date.self, CivilDate?.self,
                CivilDate?.self)
            table.append([
                .id(id), .id(referral), .id(person), .text(phase), .time(since), .time(referred), .date(firstPaid),
                .date(reviewDue),
            ])
            people.append(person)
        }
        act.note("list of cases", of: people)
        return table
    }

    static func history(of id: CaseID, in transaction: PostgresTransaction) async throws -> Table {
        let rows = try await transaction.query(
            "select version, happened_at, event, decided_by from case_history where case_id = \(id) order by version")
        guard !rows.isEmpty else { throw CaseError.notOpened }
        var table = Table(
            title: "Case \(id)",
            columns: [
                .init("version", "No."), .init("happenedAt", "When"), .init("event", "What"), .init("decidedBy", "By"),
            ])
        for row in rows {
            let (version, time, event, decider) = try row.decode(Int64.self, Date.self, PostgresJSON.self, String.self)
            table.append([.integer(version), .time(time), .text(event.text), .text(decider)])
        }
        return table
    }

    static func summary(of state: CareCase) -> Table {
        Table(
            title: "Case \(state.id)",
            properties: [
                ("caseID", .id(state.id)), ("personID", .id(state.opening.personID)),
                ("phase", .text(state.phase.rawValue)),
                ("agreementID", state.agreement.map { .id($0.draft.agreementID) } ?? .none),
                ("textSHA256", .text(state.agreement?.draft.textSHA256.description)),
            ])
    }
}

extension Work {
    /// Tells the audit of a case. Throws where there is none.
    func note(_ caseID: CaseID) async throws {
        let rows = try await transaction.query("select person_id from care_case where case_id = \(caseID)")
        guard let row = rows.first else { throw CaseError.notOpened }
        note("case \(caseID)", of: try row.decode(PersonID.self))
    }
}
