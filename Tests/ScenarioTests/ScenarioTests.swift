import Domain
import Formats
import FoundationEssentials
import Testing

@testable import Scenario

@Suite("The synthetic people are made from one seed and fit every rule")
struct ScenarioTests {
    @Test("the same seed makes the same files and stories; another seed makes others")
    func deterministic() {
        let first = Scenario(seed: 7, people: 40)
        let again = Scenario(seed: 7, people: 40)
        let other = Scenario(seed: 8, people: 40)
        #expect(first.stories.map(\.noticeXML) == again.stories.map(\.noticeXML))
        #expect(first.stories.map(\.steps) == again.stories.map(\.steps))
        #expect(first.stories.map(\.noticeXML) != other.stories.map(\.noticeXML))
    }

    @Test("every notice is read back without a single finding", arguments: [UInt64(1), 2026])
    func notices(_ seed: UInt64) {
        for story in Scenario(seed: seed, people: 200).stories {
            let reading = ADWNotice.read(story.noticeXML)
            #expect(reading.report.issues == [])
            #expect(reading.notice == story.notice)
        }
    }

    @Test("NHS numbers are valid, of the never-issued range, and each person has one of their own")
    func numbers() {
        let stories = Scenario(seed: 3, people: 3_000).stories
        #expect(Set(stories.map(\.person.nhsNumber)).count == 3_000)
        #expect(stories.allSatisfy { $0.person.nhsNumber.range == .example })
        #expect(Set(stories.map(\.notice.messageID)).count == 3_000)
        #expect(Set(stories.map(\.notice.referralIdentifier)).count == 3_000)
    }

    @Test("the rules of the case allow every step of every story at its time")
    func rules() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("scenario seed \(seed)")
        for story in Scenario(seed: seed, people: 300).stories {
            let state = try Walk(story).finalState
            #expect((state.support?.start) == story.supportStart, "seed \(seed)")
            #expect((state.support?.end) == story.supportEnd)
            #expect(state.assessment?.isEligible == story.isEligible)
        }
    }

    @Test("steps never go back in time and come after the notice")
    func order() {
        for story in Scenario(seed: 5, people: 300).stories {
            let times = [story.notice.issuedAt] + story.steps.map(\.at)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test("a few hundred people have every kind of outcome")
    func variety() {
        let stories = Scenario(seed: 11, people: 400).stories
        #expect(stories.contains { !$0.isEligible })
        #expect(stories.contains { $0.isEligible && !$0.isOffered })
        #expect(stories.contains { $0.isOffered && !$0.isAccepted })
        let mechanisms = Set(stories.compactMap(\.supportStart?.mechanism))
        #expect(mechanisms == Set(DeliveryMechanism.allCases))
        #expect(stories.contains { $0.supportEnd != nil })
        #expect(stories.contains { $0.budget.map { $0.contribution == .zero } ?? false })
        #expect(Set(stories.map { $0.person.ethnicCategory.ethnicity.group }).count >= 5)
        #expect(Set(stories.map(\.person.ward)).count > 25)
    }

    @Test("postcodes and telephone numbers are of the kinds that nobody has")
    func fictional() {
        for story in Scenario(seed: 13, people: 200).stories {
            #expect(story.person.postcode.suffix(2).allSatisfy { "CIKMOV".contains($0) })
            #expect(story.person.phone.hasPrefix("0113 496 0"))
            #expect(story.person.phone.count == 13)
        }
    }

    @Test("a scenario of nobody, and of more than the most, is made without a fuss")
    func bounds() {
        #expect(Scenario(seed: 1, people: 0).stories.isEmpty)
        #expect(Scenario(seed: 1, people: -5).stories.isEmpty)
        #expect(Scenario(seed: 1, people: 3, days: 0).stories.count == 3)
    }
}

/// Takes a story through the case, with ids and hashes as a service would give them.
private struct Walk {
    let finalState: CareCase

    init(_ story: Story) throws {
        var generator = SeededGenerator(seed: UInt64(story.index))
        let hash = try #require(TextSHA256(String(repeating: "a", count: 64)))
        let staff = StaffID.v7(at: story.notice.issuedAt, using: &generator)
        let opening = CaseOpening(
            caseID: .v7(at: story.notice.issuedAt, using: &generator),
            referralID: .v7(at: story.notice.issuedAt, using: &generator),
            personID: .v7(at: story.notice.issuedAt, using: &generator), referredAt: story.notice.issuedAt,
            source: .health)
        let agreementID = AgreementID.v7(at: story.notice.issuedAt, using: &generator)
        var state = try CareCase.handle(.open(opening), on: nil, at: story.notice.issuedAt).state
        for step in story.steps {
            let command: CaseCommand =
                switch step.event {
                case .assessed(let isEligible, let reason):
                    .recordAssessment(isEligible: isEligible, supportReason: reason)
                case .offered: .offerDirectPayment(by: staff)
                case .answered(let answer): .answerOffer(answer)
                case .tookStep(let setUp, let owner): .takeStep(setUp, owner: owner)
                case .conditionsRecorded(let checklist): .recordConditions(checklist)
                case .agreementDrafted(let budget, let startsOn):
                    .draftAgreement(
                        AgreementDraft(
                            agreementID: agreementID, version: 1, textSHA256: hash, budget: budget, startsOn: startsOn))
                case .agreementSigned(let role): .signAgreement(role, shownTextSHA256: hash)
                case .agreementCountersigned: .countersignAgreement(by: staff)
                case .supportStarted(let start): .startSupport(start, currentTextSHA256: hash)
                case .supportEnded(let end): .endSupport(end)
                }
            state = try CareCase.handle(command, on: state, at: step.at).state
        }
        finalState = try #require(state)
    }
}
