import Domain
import FoundationEssentials
import Testing

@Suite("A referral takes notices in any order and withdrawals once")
struct ReferralTests {
    private let referralID: ReferralID = id(1)
    private let personID: PersonID = id(2)
    private let noon = Date(timeIntervalSince1970: 1_772_452_800)

    private func facts(_ hours: Double = 0, _ change: (inout ReferralFacts) -> Void = { _ in }) -> ReferralFacts {
        var facts = ReferralFacts(
            source: .health, kind: .assessmentNotice, noticeIssuedAt: noon.addingTimeInterval(hours * 3_600),
            admittedOn: CivilDate("2026-02-27"), proposedDischargeOn: CivilDate("2026-03-09"), ageBand: .older)
        change(&facts)
        return facts
    }

    private func received() throws -> Referral {
        try #require(Referral.evolve(nil, .received(referralID, personID, facts(), at: noon)))
    }

    private func decide(_ command: ReferralCommand, on referral: Referral?) throws -> [ReferralEvent] {
        try Referral.decide(command, on: referral, at: noon)
    }

    @Test("the first notice opens it")
    func first() throws {
        let events = try decide(.receive(referralID, personID, facts()), on: nil)
        #expect(events == [.received(referralID, personID, facts(), at: noon)])
    }

    @Test("the same notice again changes nothing")
    func again() throws {
        #expect(try decide(.receive(referralID, personID, facts()), on: received()) == [])
    }

    @Test("a later notice that says the same moves the time, so that one in between is late")
    func confirmed() throws {
        let events = try decide(.receive(referralID, personID, facts(5)), on: received())
        #expect(events == [.amended(referralID, personID, facts(5), changed: ["noticeIssuedAt"], at: noon)])
        let confirmed = Referral.evolve(try received(), try #require(events.first))
        let between = facts(3) { $0.ageBand = .workingAge }
        #expect(try decide(.receive(referralID, personID, between), on: confirmed) == [])
    }

    @Test("notices in any order end in the facts of the newest")
    func anyOrder() throws {
        var (generator, seed) = SeededGenerator.printingSeed()
        for _ in 0..<300 {
            let bands = AgeBand.allCases
            let notices = (0..<6).map { hour in
                facts(Double(hour)) { $0.ageBand = bands[Int.random(in: bands.indices, using: &generator)] }
            }
            var referral: Referral?
            for notice in notices.shuffled(using: &generator) {
                for event in try decide(.receive(referralID, personID, notice), on: referral) {
                    referral = Referral.evolve(referral, event)
                }
            }
            #expect(referral?.facts == notices.last, "seed \(seed)")
        }
    }

    @Test("a later notice amends and says what changed")
    func amended() throws {
        let later = facts(1) {
            $0.proposedDischargeOn = CivilDate("2026-03-12")
            $0.kind = .dischargeNotice
        }
        let events = try decide(.receive(referralID, personID, later), on: received())
        #expect(events == [.amended(referralID, personID, later, changed: ["kind", "proposedDischargeOn"], at: noon)])
        #expect(Referral.evolve(try received(), events[0])?.facts == later)
    }

    @Test("a notice that was issued before the newest one is late and changes nothing")
    func late() throws {
        let earlier = facts(-1) { $0.proposedDischargeOn = CivilDate("2026-03-05") }
        #expect(try decide(.receive(referralID, personID, earlier), on: received()) == [])
    }

    @Test("a notice about another person is refused")
    func otherPerson() {
        #expect(throws: ReferralError.otherPerson) {
            try decide(.receive(referralID, id(99), facts(1)), on: received())
        }
    }

    @Test("a withdrawal closes it, the same again does nothing, and a changed notice is then refused")
    func withdrawn() throws {
        let events = try decide(.withdraw(.allNotices, .sentInError), on: received())
        #expect(events == [.withdrawn(referralID, personID, .sentInError, at: noon)])
        let withdrawn = try #require(Referral.evolve(received(), events[0]))
        #expect(withdrawn.withdrawal?.reason == .sentInError)
        #expect(try decide(.withdraw(.allNotices, .died), on: withdrawn) == [])
        let later = facts(1) { $0.ageBand = .workingAge }
        #expect(throws: ReferralError.alreadyWithdrawn) {
            try decide(.receive(referralID, personID, later), on: withdrawn)
        }
    }

    @Test("withdrawing the discharge notice alone takes its date away and keeps the referral")
    func dischargeOnly() throws {
        let events = try decide(.withdraw(.dischargeNotice, .conditionDeteriorated), on: received())
        let without = facts { $0.proposedDischargeOn = nil }
        #expect(events == [.amended(referralID, personID, without, changed: ["proposedDischargeOn"], at: noon)])
        let after = Referral.evolve(try received(), events[0])
        #expect(after?.withdrawal == nil)
        #expect(try decide(.withdraw(.dischargeNotice, .other), on: after) == [])
    }

    @Test("a withdrawal that overtook its notice is refused, to be tried again")
    func overtaken() {
        #expect(throws: ReferralError.unknownReferral) { try decide(.withdraw(.allNotices, .other), on: nil) }
    }

    @Test("there are thirteen reasons, 01 to 13")
    func reasons() {
        #expect(WithdrawalReason.allCases.map(\.rawValue) == (1...13).map { $0 < 10 ? "0\($0)" : "\($0)" })
        #expect(Set(WithdrawalReason.allCases.map(\.text)).count == 13)
    }
}
