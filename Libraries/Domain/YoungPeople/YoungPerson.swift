/// What a return of children's services says about one young person, as far as it bears on needs as an adult.
package struct YoungPerson: Hashable, Sendable {
    /// The council's own id of the child.
    package var childID: String
    /// When they were born; nil where the return does not say, or says only the year.
    package var bornOn: CivilDate?
    package var gender = Gender.unknown
    /// Their names and where they live, where the return says.
    package var familyName: String?
    package var givenName: String?
    package var postcode: String?
    package var diedOn: CivilDate?
    /// What speaks for needs as an adult.
    package var signs: Set<AdultNeedSign> = []
    /// Adult social care has taken over already.
    package var isWithAdultCare = false
    /// When the newest of what the return tells of them began: an episode, or a referral to children's services.
    package var newestBeganOn: CivilDate?
    /// They went home, or elsewhere, and are looked after no more.
    package var hasLeftCare = false
    /// Another council looks after them.
    package var hasMovedAway = false
    /// They have left care and are supported as care leavers (OC3).
    package var isCareLeaver = false

    /// A child of whom nothing else is known.
    package init(childID: String) { self.childID = childID }
}

/// What speaks for needs for care and support after 18 (Care Act 2014, section 58: a child likely to have needs).
package enum AdultNeedSign: String, Sendable, Codable, CaseIterable {
    /// The need they came to children's services with is a disability of their own (code N2).
    case childsDisability = "child's-disability"
    /// A disability is recorded, other than none.
    case recordedDisability = "recorded-disability"
    /// An assessment found a learning disability (5A).
    case learningDisability = "learning-disability"
    /// An assessment found a physical disability or illness (6A).
    case physicalDisability = "physical-disability"
    /// Accommodated for short breaks (legal status V3 or V4).
    case shortBreaks = "short-breaks"
    /// Placed in residential care, nursing, a residential school or a children's home (R1, R2, S1, K2).
    case residentialPlacement = "residential-placement"
    /// Deprived of their liberty by order (DoLo).
    case deprivedOfLiberty = "deprived-of-liberty"
    /// A care leaver who is not in education or work because of illness or disability (G4).
    case notWorkingThroughIllness = "not-working-through-illness"

    /// The sign in plain words.
    package var text: String {
        switch self {
        case .childsDisability: "came with a disability"
        case .recordedDisability: "a disability is recorded"
        case .learningDisability: "assessed: learning disability"
        case .physicalDisability: "assessed: physical disability or illness"
        case .shortBreaks: "short breaks"
        case .residentialPlacement: "residential placement"
        case .deprivedOfLiberty: "deprived of liberty by order"
        case .notWorkingThroughIllness: "not in work through illness"
        }
    }
}

/// Whether a young person should be referred to adult social care now.
package enum TransitionStanding: Hashable, Sendable {
    /// They should be. `daysLeft` to their eighteenth birthday; negative after it.
    case refer(eighteenOn: CivilDate, daysLeft: Int)
    /// There are signs, and it is early: planning begins at sixteen and a half.
    case later(planFrom: CivilDate)
    /// Nothing speaks for needs as an adult.
    case noSign
    /// Adult social care has them.
    case withAdultCare
    /// Another council has them.
    case movedAway
    /// They are looked after no more, and are no care leaver.
    case leftCare
    case died
    /// There are signs, and nobody can say when they turn 18: somebody has to look.
    case birthUnknown
    /// They turned 19 and are no care leaver.
    case past
}

/// Who will turn 18 and may need adult care, with how long there is to plan.
package enum TurningEighteen {
    /// Where a young person stands on `day`. Planning begins at sixteen and a half; who arrives late is taken until 19, care
    /// leavers for as long as the return tells of them.
    package static func standing(of person: YoungPerson, on day: CivilDate) -> TransitionStanding {
        if let died = person.diedOn, died <= day { return .died }
        if person.isWithAdultCare { return .withAdultCare }
        if person.hasMovedAway { return .movedAway }
        if person.hasLeftCare, !person.isCareLeaver { return .leftCare }
        guard !person.signs.isEmpty else { return .noSign }
        guard let born = person.bornOn else { return .birthUnknown }
        let planFrom = born.after(years: 16, months: 6)
        guard day >= planFrom else { return .later(planFrom: planFrom) }
        guard day < born.after(years: 19) || person.isCareLeaver else { return .past }
        let eighteenOn = born.after(years: 18)
        return .refer(eighteenOn: eighteenOn, daysLeft: eighteenOn.days(since: day))
    }
}

extension CivilDate {
    /// The same day so many years and months later. Where that month has no such day it is the first of the next one, as a
    /// birthday of 29 February is on 1 March in common years.
    package func after(years: Int, months: Int = 0) -> CivilDate {
        let parts = components
        let month = parts.year * 12 + parts.month - 1 + years * 12 + months
        let (year, index) = (month / 12, month % 12)
        if let day = CivilDate(year: year, month: index + 1, day: parts.day) { return day }
        let next = month + 1
        return CivilDate(year: next / 12, month: next % 12 + 1, day: 1) ?? .max
    }
}
