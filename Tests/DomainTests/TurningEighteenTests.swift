import Domain
import Testing

@Suite("Who turns 18 and may need adult care")
struct TurningEighteenTests {
    private func person(born: String?, _ signs: Set<AdultNeedSign> = [.childsDisability]) -> YoungPerson {
        var person = YoungPerson(childID: "1")
        person.bornOn = born.flatMap { CivilDate($0) }
        person.signs = signs
        return person
    }

    private func standing(_ person: YoungPerson, _ day: String) -> TransitionStanding {
        TurningEighteen.standing(of: person, on: CivilDate(day) ?? .max)
    }

    @Test("planning begins on the day they are sixteen and a half, and not before")
    func planning() {
        let person = person(born: "2010-03-15")
        #expect(standing(person, "2026-09-14") == .later(planFrom: CivilDate("2026-09-15") ?? .max))
        #expect(
            standing(person, "2026-09-15") == .refer(eighteenOn: CivilDate("2028-03-15") ?? .max, daysLeft: 547))
    }

    @Test("who arrives late is taken until the day before they are nineteen")
    func late() {
        let person = person(born: "2008-03-15")
        #expect(standing(person, "2026-03-15") == .refer(eighteenOn: CivilDate("2026-03-15") ?? .max, daysLeft: 0))
        #expect(standing(person, "2027-03-14") == .refer(eighteenOn: CivilDate("2026-03-15") ?? .max, daysLeft: -364))
        #expect(standing(person, "2027-03-15") == .past)
    }

    @Test("care leavers are taken for as long as the return tells of them")
    func careLeavers() {
        var person = person(born: "2004-03-15", [.notWorkingThroughIllness])
        #expect(standing(person, "2026-03-15") == .past)
        person.isCareLeaver = true
        #expect(standing(person, "2026-03-15") == .refer(eighteenOn: CivilDate("2022-03-15") ?? .max, daysLeft: -1_461))
    }

    @Test("who was born on 29 February turns 18 on 1 March of a common year")
    func leapDay() {
        #expect(CivilDate("2008-02-29")?.after(years: 18) == CivilDate("2026-03-01"))
        #expect(CivilDate("2008-02-29")?.after(years: 20) == CivilDate("2028-02-29"))
        #expect(CivilDate("2009-08-31")?.after(years: 16, months: 6) == CivilDate("2026-03-01"))
        #expect(CivilDate("2009-12-31")?.after(years: 16, months: 6) == CivilDate("2026-07-01"))
        #expect(CivilDate("2009-10-31")?.after(years: 16, months: 6) == CivilDate("2026-05-01"))
        #expect(CivilDate("9998-12-31")?.after(years: 18) == .max)
    }

    @Test("without a sign nobody is referred, whatever their age", arguments: ["2008-03-15", "2015-01-01", nil])
    func noSign(born: String?) {
        #expect(standing(person(born: born, []), "2026-03-01") == .noSign)
    }

    @Test("with a sign and no birthday somebody has to look: nobody is dropped")
    func birthUnknown() {
        #expect(standing(person(born: nil), "2026-03-01") == .birthUnknown)
    }

    @Test("each sign alone is enough", arguments: AdultNeedSign.allCases)
    func signs(sign: AdultNeedSign) {
        guard case .refer = standing(person(born: "2008-06-15", [sign]), "2026-03-01") else {
            Issue.record("\(sign)")
            return
        }
    }

    @Test("who has left care is referred as a care leaver alone")
    func leftCare() {
        var person = person(born: "2008-06-15")
        person.hasLeftCare = true
        #expect(standing(person, "2026-03-01") == .leftCare)
        person.isCareLeaver = true
        #expect(standing(person, "2026-03-01") == .refer(eighteenOn: CivilDate("2026-06-15") ?? .max, daysLeft: 106))
    }

    @Test("nobody is referred who has died, whom adult care has already, or who has moved away")
    func settled() {
        var person = person(born: "2008-06-15")
        person.hasMovedAway = true
        #expect(standing(person, "2026-03-01") == .movedAway)
        person.isWithAdultCare = true
        #expect(standing(person, "2026-03-01") == .withAdultCare)
        person.diedOn = CivilDate("2026-02-28")
        #expect(standing(person, "2026-03-01") == .died)
        #expect(standing(person, "2026-02-27") == .withAdultCare)
    }
}
