import Domain
import FoundationEssentials
import Postgres
import Safeguards
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

    static func history(of id: CaseID, _ rows: [CaseHistoryRow]) -> Table {
        Table(
            title: "Case \(id)",
            columns: [
                .init("version", "No."), .init("happenedAt", "When"), .init("event", "What"), .init("decidedBy", "By"),
            ],
            rows: rows.map {
                [.integer($0.version), .time($0.happenedAt), .text($0.event.reveal()), .text($0.decidedBy)]
            })
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

extension ServiceDefinition {
    /// The handler of a verb that looks at one case: its seal is fetched before, and the audit told.
    func looking(
        at caseID: ParameterKey<CaseID>,
        _ body: @escaping @Sendable (Invocation, Work, PersonSeal) async throws -> Table
    ) -> Command.Handler {
        looking(.readCases) { call, context in
            try await CaseSeal.fetch(call[caseID], context.vault, context.pool)
        } _: { call, act, seal in
            try await act.note(call[caseID])
            return try await body(call, act, seal)
        }
    }

    /// The same for a verb that changes the case: the audit learns what stood there before and after.
    func changing(
        _ line: inout CommandDeclaration, _ permission: Permission, _ caseID: ParameterKey<CaseID>,
        _ body: @escaping @Sendable (Invocation, Work, PersonSeal) async throws -> Table
    ) -> Command.Handler {
        changing(&line, permission) { call, context, _ in
            try await CaseSeal.fetch(call[caseID], context.vault, context.pool)
        } _: { call, act, seal in
            try await act.noteChange(to: "case \(call[caseID])", under: seal) { transaction in
                try await CaseStore.standing(call[caseID], seal, in: transaction)
            } _: {
                try await body(call, act, seal)
            }
        }
    }
}
