import Domain
import Events
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

@Suite("What is sealed of a case")
struct SealingTests {
    @Test("a signer's name, the evidence of a condition and the agreement's words are in no table in the clear")
    func nothingInTheClear() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.supported)
            let tables = try await desk.service.everything().values.joined().joined(separator: "\n")
            let dump = tables + desk.service.plainText(of: tables)
            for secret in ["A Person", "A Manager", "visit of 3 March", "DIRECT PAYMENT AGREEMENT"] {
                #expect(!dump.contains(secret), "\(secret)")
            }
            // It is all there for who may see it.
            let shown = try await desk.service.run(["cases", "show", id.description], as: desk.worker)
            #expect(shown.output.contains("visit of 3 March"))
        }
    }

    @Test("the case of somebody who was erased cannot be read, and what events still say of them is passed over")
    func erased() async throws {
        try await Desk.with { desk in
            let referral = Desk.referral()
            try await desk.feed.deliver(referral, at: Desk.now)
            let id = try await desk.pool.query("select case_id from care_case").only().decode(CaseID.self)
            try await TestKeys.erase(referral.personID)

            for words in [["cases", "show", id.description], ["offer", id.description]] {
                let refused = try await desk.service.run(words, as: desk.worker)
                #expect(refused.exitCode == .badInput)
                #expect(refused.messages.contains("erased"))
            }
            let again = ReferralReceived(
                referralID: ReferralID(UUID()), personID: referral.personID, source: .health, kind: .assessmentNotice,
                receivedAt: Desk.now, noticeIssuedAt: Desk.now, ageBand: .older, consent: .given)
            // A process that has not read the key before, as after a restart.
            try await TestKeys.withVault(of: "case_intake") { vault in
                let feed = EventFeed(
                    "case-intake", [.referrals, .payments], CaseIntakeEvents(vault: vault), on: desk.pool,
                    from: "/referral-gateway")
                try await feed.deliver(again, at: Desk.now)
            }
            #expect(try await desk.service.count("select count(*) from care_case") == 1)
            #expect(try await desk.service.count("select count(*) from dead_letter") == 0)
        }
    }

    @Test("a case in which something has to be done stands in the way of an erasure, an ended one does not")
    func obstacles() async throws {
        try await Desk.with { desk in
            for milestone in [Milestone.supported, .ended] {
                let id = try await desk.openCase(milestone)
                let person = try await desk.pool.query("select person_id from care_case where case_id = \(id)")
                let words = ["erasure", "check", try person.only().decode(PersonID.self).description]
                let check = try await desk.service.run(words, as: desk.manager)
                #expect(check.output.contains("case \(id) stands at 'supported'") == (milestone == .supported))
                // No relay runs here, so what was told still waits: that stands in the way of everybody's.
                #expect(check.exitCode == .foundProblems)
                #expect(check.output.contains("events wait to be published"))
            }
        }
    }
}
