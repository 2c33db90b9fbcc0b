import Domain
import Events
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

@Suite("Cases on a real PostgreSQL")
struct CaseTests {
    @Test("a case goes from a referral to the end of support, and a history row stands for every step")
    func wholeWalk() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.ended)
            #expect(try await desk.phase(of: id) == "ended")
            let steps = try await desk.service.count("select version from care_case")
            #expect(steps == Milestone.allCases.count)
            #expect(try await desk.service.count("select count(*) from case_history") == steps)
            for type in [
                "opened", "assessed", "direct-payment-offered", "offer-answered", "agreement-signed", "support-started",
                "support-ended",
            ] {
                #expect(try await desk.told(type) == 1, "\(type)")
            }
            #expect(try await desk.told("setup-stage-reached") == SetUpStage.allCases.count)
            #expect(try await desk.told("closed") == 0)
        }
    }

    @Test("the history of a case, its texts and its signatures cannot be changed or deleted")
    func onlyAddedTo() async throws {
        try await Desk.with { desk in
            _ = try await desk.openCase(.countersigned)
            for table in ["case_history", "agreement_text", "agreement_signature"] {
                for sql in ["delete from \(table)", "update \(table) set version = version"] {
                    #expect(try await desk.service.refusal(of: Query(unescaped: sql)) == "42501", "\(sql)")
                }
            }
            #expect(try await desk.service.refusal(of: "delete from care_case") == "42501")
        }
    }

    @Test("the database keeps one case for a referral, known phases, and a review after the payment it follows")
    func constraints() async throws {
        try await Desk.with { desk in
            _ = try await desk.openCase()
            let second: Query = """
                insert into care_case (case_id, referral_id, person_id, referred_at, state, phase, phase_since, version)
                select \(UUID()), referral_id, person_id, referred_at, state, phase, phase_since, 1 from care_case
                """
            #expect(try await desk.service.refusal(of: second) == "23505")
            #expect(try await desk.service.refusal(of: "update care_case set phase = 'lost'") == "23514")
            #expect(try await desk.service.refusal(of: "update care_case set first_paid_on = '2026-01-01'") == "23514")
            #expect(
                try await desk.service.refusal(
                    of: "update care_case set first_paid_on = '2026-01-01', review_due_on = '2026-01-01'") == "23514")
        }
    }

    @Test("of two people who answer one offer at once, one does and the other is told", arguments: 1...5)
    func twoAtOnce(_ round: Int) async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.offered)
            let outcomes = try await withThrowingTaskGroup(of: CaseError?.self) { group in
                for answer in [OfferAnswer.accepted, .declined(.other)] {
                    group.addTask {
                        do {
                            try await desk.ask(id, .answerOffer(answer))
                            return nil
                        } catch let error as CaseError {
                            return error
                        }
                    }
                }
                return try await group.reduce(into: [CaseError?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.contains(.offerAlreadyAnswered))
            #expect(try await desk.service.count("select version from care_case") == 4)
            #expect(try await desk.told("offer-answered") == 1)
        }
    }

    @Test("a change that was made to an older version of the case is not stored")
    func olderVersion() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.assessed)
            let stale: Query =
                "update care_case set version = 3, phase = 'closed' where case_id = \(id) and version = 1"
            #expect(try await desk.pool.query(stale).affected == 0)
            // Whoever waited for the row sees what the first one made of it.
            async let first: CareCase = desk.ask(id, .offerDirectPayment(by: StaffID(desk.worker.id)))
            async let second: CareCase = desk.ask(id, .recordAssessment(isEligible: true, supportReason: .physical))
            _ = try await (first, second)
            #expect(try await desk.service.count("select count(distinct version) from case_history") == 4)
        }
    }
}
