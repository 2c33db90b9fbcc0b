import Domain
import Events
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

@Suite("Referrals open and close cases")
struct ReferralTests {
    private func withdrawal(of referral: ReferralReceived) throws -> ReferralWithdrawn {
        ReferralWithdrawn(
            referralID: referral.referralID, personID: referral.personID, reasonCode: .selfDischarged,
            reason: ShortText("discharged themselves"), withdrawnAt: Desk.now)
    }

    private func openReasons(_ desk: Desk) async throws -> [String] {
        try await desk.pool.query("select reason from dead_letter order by id").map { try $0.decode(String.self) }
    }

    @Test("a referral opens exactly one case, however often and under whatever event it comes")
    func oneCase() async throws {
        try await Desk.with { desk in
            let referral = Desk.referral()
            let message = try desk.feed.message(referral, at: Desk.now)
            try await desk.feed.deliver([message, message])
            try await desk.feed.deliver([message])
            // The same referral under another event is a fault of its sender: kept for somebody to look at.
            try await desk.feed.deliver(referral, version: 2, at: Desk.now)
            #expect(try await desk.service.count("select count(*) from care_case") == 1)
            #expect(try await desk.told("opened") == 1)
            #expect(try await openReasons(desk) == ["failed"])
        }
    }

    @Test("a withdrawal closes the case, and says why")
    func withdrawn() async throws {
        try await Desk.with { desk in
            let referral = Desk.referral()
            try await desk.feed.deliver(referral, at: Desk.now)
            try await desk.feed.deliver(try withdrawal(of: referral), version: 2, at: Desk.now)
            #expect(try await desk.pool.query("select phase from care_case").only().decode(String.self) == "closed")
            let told = try await desk.pool.query(
                "select convert_from(payload, 'UTF8') from outbox_event where type like '%.cases.closed.%'"
            ).only().decode(String.self)
            #expect(told.contains(#""referral-withdrawn""#))
        }
    }

    @Test("a withdrawal that overtakes its referral waits for it, and the case ends closed")
    func overtaken() async throws {
        try await Desk.with { desk in
            let referral = Desk.referral()
            try await desk.feed.deliver(try withdrawal(of: referral), version: 2, at: Desk.now)
            #expect(try await desk.service.count("select count(*) from care_case") == 0)
            try await desk.feed.deliver(referral, version: 1, at: Desk.now)
            #expect(try await desk.pool.query("select phase from care_case").only().decode(String.self) == "closed")
        }
    }

    @Test("a withdrawal of a referral that never came is put aside, and the next event is taken")
    func unknown() async throws {
        try await Desk.with { desk in
            try await desk.feed.deliver(try withdrawal(of: Desk.referral()), at: Desk.now)
            #expect(try await openReasons(desk) == ["rejected"])
            _ = try await desk.openCase()
        }
    }

    @Test("a withdrawal does not end support that runs: that is for people to decide")
    func whileSupported() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.supported)
            let (referral, person) = try await desk.pool.query("select referral_id, person_id from care_case").only()
                .decode(ReferralID.self, PersonID.self)
            let withdrawal = ReferralWithdrawn(
                referralID: referral, personID: person, reasonCode: .died, reason: ShortText("died"),
                withdrawnAt: Desk.now)
            try await desk.feed.deliver(withdrawal, version: 2, at: Desk.now)
            #expect(try await desk.phase(of: id) == "supported")
            #expect(try await openReasons(desk) == [])
        }
    }

    @Test("the first payment starts the review clock once")
    func firstPayment() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.supported)
            let person = try await desk.pool.query("select person_id from care_case").only().decode(PersonID.self)
            let agreement = AgreementID(UUID())
            for (version, day) in [(1, "2025-12-01"), (2, "2025-12-29")] as [(Int64, String)] {
                let date = try #require(CivilDate(day))
                let paid = PaymentPaid(
                    paymentID: PaymentID(UUID()), agreementID: agreement, caseID: id, personID: person,
                    runID: PayRunID(UUID()), periodStartsOn: date, periodEndsOn: date.adding(days: 27),
                    amountPence: Pence(600_00), paymentDate: date, isFirst: version == 1)
                try await desk.feed.deliver(paid, version: version, at: Desk.now)
            }
            let (first, review) = try await desk.pool.query("select first_paid_on, review_due_on from care_case").only()
                .decode(CivilDate.self, CivilDate.self)
            #expect([first.description, review.description] == ["2025-12-01", "2026-06-01"])
        }
    }
}
