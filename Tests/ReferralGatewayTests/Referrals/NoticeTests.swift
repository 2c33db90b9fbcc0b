import Domain
import Formats
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("Notices about one referral")
struct NoticeTests {
    @Test("an assessment notice opens a referral, a discharge notice amends it, and a withdrawal ends it")
    func life() async throws {
        try await Gateway.with { gateway in
            let first = try await gateway.send(Gateway.notice())
            var discharge = Gateway.notice(kind: .discharge, issuedMinutesLater: 60)
            discharge.stay.proposedDischargeOn = CivilDate("2026-03-11")
            let second = try await gateway.send(discharge)
            let third = try await gateway.send(
                Gateway.notice(kind: .withdrawal(.allNotices), issuedMinutesLater: 120))
            for receipt in [first, second, third] {
                #expect(receipt.outcome == .accepted, "\(receipt.findings)")
                #expect(receipt.referralID == first.referralID)
            }
            let told = try await gateway.told()
            #expect(told.map(\.event) == ["received", "amended", "withdrawn"])
            #expect(told[1].payload.contains(#""proposedDischargeOn":"2026-03-11""#))
            #expect(told[1].payload.contains(#""kind":"discharge-notice""#))
            #expect(told[2].payload.contains(#""reasonCode":"10""#))
        }
    }

    @Test("no event carries a name, a date of birth, an NHS number or a postcode")
    func coarse() async throws {
        try await Gateway.with { gateway in
            var notice = Gateway.notice()
            notice.patient.address.postcode = "LS9 9ZZ"
            _ = try await gateway.send(notice)
            let payload = try #require(try await gateway.told().first).payload
            for secret in ["Hussain", "Zoë", "1950", "9990000018", "LS9", "washing"] {
                #expect(!payload.contains(secret), "\(payload)")
            }
            #expect(payload.contains(#""ageBand":"65+""#))
        }
    }

    @Test("withdrawing the discharge notice alone takes the discharge date away and leaves the referral")
    func dischargeAlone() async throws {
        try await Gateway.with { gateway in
            _ = try await gateway.send(Gateway.notice())
            _ = try await gateway.send(Gateway.notice(kind: .withdrawal(.dischargeNotice), issuedMinutesLater: 5))
            let told = try await gateway.told()
            #expect(told.map(\.event) == ["received", "amended"])
            #expect(!told[1].payload.contains("proposedDischargeOn\":\"2026"))
            #expect(try await gateway.service.count("select count(*) from referral where is_withdrawn") == 0)
        }
    }

    @Test("an older notice that arrives late changes nothing, and is accepted")
    func late() async throws {
        try await Gateway.with { gateway in
            _ = try await gateway.send(Gateway.notice(issuedMinutesLater: 60))
            var older = Gateway.notice()
            older.stay.proposedDischargeOn = CivilDate("2026-03-30")
            #expect(try await gateway.send(older).outcome == .accepted)
            #expect(try await gateway.told().map(\.event) == ["received"])
        }
    }

    @Test(
        "a withdrawal of what never came, a notice after the withdrawal and a notice about somebody else are quarantined"
    )
    func impossible() async throws {
        try await Gateway.with { gateway in
            let early = try await gateway.send(Gateway.notice(kind: .withdrawal(.allNotices)))
            #expect(early.findings.map(\.rule).contains("referral.unknown"))
            _ = try await gateway.send(Gateway.notice())
            let other = try await gateway.send(Gateway.notice(number: "9990000026", issuedMinutesLater: 10))
            #expect(other.findings.map(\.rule).contains("referral.other-person"))
            _ = try await gateway.send(Gateway.notice(kind: .withdrawal(.allNotices), issuedMinutesLater: 20))
            let late = try await gateway.send(Gateway.notice(issuedMinutesLater: 30))
            #expect(late.findings.map(\.rule).contains("referral.withdrawn"))
            for receipt in [early, other, late] { #expect(receipt.outcome == .quarantined) }
            #expect(try await gateway.told().map(\.event) == ["received", "withdrawn"])
        }
    }

    @Test("first notices of one referral that arrive at once make one referral and one person", arguments: 1...5)
    func atOnce(_ round: Int) async throws {
        try await Gateway.with { gateway in
            let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
                for minutes in 0..<4 {
                    group.addTask { try await gateway.send(Gateway.notice(issuedMinutesLater: Double(minutes))) }
                }
                // The same person in other referrals, at the same moment.
                for referral in ["ref-2", "ref-3"] {
                    group.addTask { try await gateway.send(Gateway.notice(referral)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(receipts.allSatisfy { $0.outcome == .accepted })
            #expect(Set(receipts.map(\.referralID)).count == 3)
            #expect(try await gateway.service.count("select count(*) from person") == 1)
            #expect(try await gateway.told().count { $0.event == "received" } == 3)
        }
    }
}
