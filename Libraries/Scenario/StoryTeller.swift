import Domain
import Formats
import FoundationEssentials

extension Story {
    init(index: Int, person: SyntheticPerson, issuedOn day: CivilDate, using generator: inout SeededGenerator) {
        self.index = index
        self.person = person
        let issuedAt = LondonTime.instant(on: day, hour: generator.number(9...16), minute: generator.number(0...59))
        notice = Self.notice(about: person, issuedAt: issuedAt, using: &generator)
        var teller = StoryTeller(day: day, generator: generator)
        teller.tell(about: person)
        steps = teller.steps
    }
}

/// Tells a story step by step. A step happens so many days after the one before, moved to the next working day, at an hour of
/// the office; within a day steps follow each other by the minute.
struct StoryTeller {
    private(set) var steps: [StoryStep] = []
    private var day: CivilDate
    private var minute = 9 * 60
    private var generator: SeededGenerator

    init(day: CivilDate, generator: SeededGenerator) {
        self.day = day
        self.generator = generator
        // The notice was issued that day, perhaps in the afternoon: nothing more happens before the next working day.
        wait(days: 1...1)
    }

    mutating func tell(about person: SyntheticPerson) {
        wait(days: 1...12)
        let isEligible = generator.chance(74)
        let reason = supportReason(for: person)
        happen(.assessed(isEligible: isEligible, reason))
        guard isEligible else { return }
        guard generator.chance(82) else { return tellManagedSupport() }
        wait(days: 0...9)
        happen(.offered)
        wait(days: 1...14)
        let answer = answer()
        happen(.answered(answer))
        guard answer == .accepted else { return tellManagedSupport() }
        tellSetUp(of: person)
    }

    private mutating func tellSetUp(of person: SyntheticPerson) {
        let lacksCapacity = generator.chance(12)
        let budget = weeklyBudget()
        wait(days: 2...14)
        happen(.tookStep(.supportPlanAgreed, .socialWorker))
        wait(days: 1...10)
        happen(.tookStep(.budgetAgreed(budget), .teamManager))
        wait(days: 0...5)
        happen(.tookStep(.routeChosen(generator.pick(PaymentRoute.allCases)), .directPaymentsTeam))
        wait(days: 1...15)
        happen(.tookStep(.payeeDetailsCollected, .directPaymentsTeam))
        let section: CareActSection = lacksCapacity ? .adultWithoutCapacity : .adultWithCapacity
        wait(days: 0...3)
        happen(.conditionsRecorded(Self.allMet(under: section)))
        // Payment is in advance, and Bacs needs its three days: the first period begins on a Monday after both.
        let startsOn = day.adding(days: generator.number(14...21)).next(.monday)
        happen(.agreementDrafted(budget, startsOn: startsOn))
        happen(.tookStep(.agreementSent, .directPaymentsTeam))
        wait(days: 1...7)
        let role: SignerRole = lacksCapacity ? .authorisedPerson : generator.chance(10) ? .nominatedPerson : .adult
        happen(.agreementSigned(role))
        wait(days: 0...2)
        happen(.agreementCountersigned)
        happen(.supportStarted(SupportStart(startedOn: startsOn, setting: .community, mechanism: .directPayment)))
        tellEnd(of: startsOn)
    }

    private mutating func tellManagedSupport() {
        wait(days: 3...21)
        let mechanism = generator.pick([
            (DeliveryMechanism.managedPersonalBudget, weight: 85), (.commissionedSupport, weight: 15),
        ])
        let setting = generator.pick([
            (SupportSetting.community, weight: 88), (.residential, weight: 9), (.nursing, weight: 3),
        ])
        happen(.supportStarted(SupportStart(startedOn: day, setting: setting, mechanism: mechanism)))
        tellEnd(of: day)
    }

    private mutating func tellEnd(of start: CivilDate) {
        guard generator.chance(8) else { return }
        day = max(day, start)
        wait(days: 28...120)
        let reason = generator.pick([
            (SupportEndReason.died, weight: 4), (.recovered, weight: 3), (.movedToCareHome, weight: 2),
            (.movedAway, weight: 1),
        ])
        happen(.supportEnded(SupportEnd(endedOn: day, reason: reason)))
    }

    private mutating func wait(days: ClosedRange<Int>) {
        let next = day.adding(days: generator.number(days)).workingDayOnOrAfter
        // On another day the office opens anew; on the same one time only goes on.
        if next > day { minute = 9 * 60 + generator.number(0...300) }
        day = next
    }

    private mutating func happen(_ event: StoryEvent) {
        steps.append(StoryStep(at: LondonTime.instant(on: day, hour: minute / 60, minute: minute % 60), event: event))
        minute += generator.number(5...20)
    }

    private mutating func answer() -> OfferAnswer {
        switch generator.number(0...99) {
        case 0..<58: .accepted
        case 58..<82: .declined(generator.pick(DeclineReason.allCases))
        case 82..<93: .deferred(generator.pick(DeferralReason.allCases))
        default: .notSuitable(generator.pick(UnsuitableReason.allCases))
        }
    }

    private mutating func supportReason(for person: SyntheticPerson) -> SupportReason {
        let isOlder = AgeBand(born: person.bornOn, on: day) == .older
        return isOlder
            ? generator.pick([
                (.physical, weight: 70), (.memoryAndCognition, weight: 20), (.sensory, weight: 4),
                (.mentalHealth, weight: 4),
                (.social, weight: 2),
            ])
            : generator.pick([
                (.physical, weight: 45), (.learningDisability, weight: 30), (.mentalHealth, weight: 20),
                (.sensory, weight: 3),
                (.social, weight: 2),
            ])
    }

    /// A budget in whole pounds and quarters, of which the person pays nothing in four cases of ten, else up to a third.
    private mutating func weeklyBudget() -> WeeklyBudget {
        let budget = Int64(generator.number(240...3_200)) * 25
        let part = generator.chance(40) ? 0 : Int64(generator.number(5...33))
        do {
            return try WeeklyBudget(budget: Pence(budget), contribution: Pence(budget * part / 100))
        } catch {
            // The ranges above lie within the rules of a budget, so this is a fault of this file, not of any input.
            preconditionFailure("a budget of \(budget) pence was refused: \(error)")
        }
    }

    private static func allMet(under section: CareActSection) -> ConditionChecklist {
        let finding = ConditionChecklist.Finding(isMet: true, evidence: "assessment record")
        let findings = DirectPaymentCondition.required(under: section).map { ($0, finding) }
        return ConditionChecklist(section: section, findings: Dictionary(uniqueKeysWithValues: findings))
    }
}
