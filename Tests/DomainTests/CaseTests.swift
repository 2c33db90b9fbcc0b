import Domain
import FoundationEssentials
import Testing

/// A case that is led through its life, an hour for each step.
struct CaseWalk {
    var state: CareCase?
    var events: [CaseEvent] = []
    var now = Date(timeIntervalSince1970: 1_772_452_800)
    let worker: StaffID = id(500)
    let opening = CaseOpening(
        caseID: id(1), referralID: id(2), personID: id(3), referredAt: Date(timeIntervalSince1970: 1_772_452_000),
        source: .health)

    mutating func take(_ command: CaseCommand) throws {
        now += 3_600
        let (new, next) = try CareCase.handle(command, on: state, at: now)
        events += new
        state = next
    }

    /// Why the command is refused now; nil where it is not.
    func refusal(of command: CaseCommand) -> CaseError? {
        do {
            _ = try CareCase.decide(command, on: state, at: now + 3_600)
            return nil
        } catch {
            return error
        }
    }

    static func budget(_ pounds: Int64 = 300) throws -> WeeklyBudget {
        try WeeklyBudget(budget: Pence(pounds * 100), contribution: Pence(4_025))
    }

    static func checklist(_ section: CareActSection = .adultWithCapacity) -> ConditionChecklist {
        let finding = ConditionChecklist.Finding(isMet: true, evidence: "note 1")
        let required = DirectPaymentCondition.required(under: section)
        return ConditionChecklist(
            section: section, findings: Dictionary(uniqueKeysWithValues: required.map { ($0, finding) }))
    }

    static func draft(version: Int = 1, hash digit: Character = "a", pounds: Int64 = 300) throws -> AgreementDraft {
        AgreementDraft(
            agreementID: id(7), version: version, textSHA256: try hash(digit), budget: try budget(pounds),
            startsOn: try day("2026-04-06"))
    }

    static let start = SupportStart(
        startedOn: CivilDate("2026-04-06") ?? .min, setting: .community, mechanism: .directPayment)

    /// A walk of the commands up to, and without, the one that `stop` picks.
    static func upTo(_ stop: Int) throws -> CaseWalk {
        var walk = CaseWalk()
        for command in try wholeLife(walk).prefix(stop) { try walk.take(command) }
        return walk
    }

    static func wholeLife(_ walk: CaseWalk) throws -> [CaseCommand] {
        [
            .open(walk.opening),
            .recordAssessment(isEligible: true, supportReason: .physical),
            .offerDirectPayment(by: walk.worker),
            .answerOffer(.accepted),
            .takeStep(.supportPlanAgreed, owner: .socialWorker),
            .takeStep(.budgetAgreed(try budget()), owner: .teamManager),
            .takeStep(.routeChosen(.prepaidCard), owner: .directPaymentsTeam),
            .takeStep(.payeeDetailsCollected, owner: .directPaymentsTeam),
            .recordConditions(checklist()),
            .draftAgreement(try draft()),
            .takeStep(.agreementSent, owner: .directPaymentsTeam),
            .signAgreement(.adult, shownTextSHA256: try hash("a")),
            .countersignAgreement(by: walk.worker),
            .startSupport(start, currentTextSHA256: try hash("a")),
            .endSupport(SupportEnd(endedOn: try day("2026-09-30"), reason: .recovered)),
            .close,
        ]
    }
}

@Suite("A case goes from referral to support by its rules")
struct CaseTests {
    @Test("the whole life of a case, phase by phase")
    func wholeLife() throws {
        var walk = CaseWalk()
        var phases: [CasePhase] = []
        for command in try CaseWalk.wholeLife(walk) {
            try walk.take(command)
            phases.append(try #require(walk.state).phase)
        }
        #expect(
            phases == [
                .opened, .eligible, .offered, .settingUp, .settingUp, .settingUp, .settingUp, .settingUp, .settingUp,
                .settingUp,
                .settingUp, .settingUp, .agreed, .supported, .ended, .closed,
            ])
        #expect(CareCase.replay(walk.events) == walk.state)
        let stages = try #require(walk.state).stages
        #expect(Set(stages.keys) == Set(SetUpStage.allCases))
        #expect(walk.state?.route == .prepaidCard)
        #expect(walk.state?.budget == (try CaseWalk.budget()))
    }

    @Test("no command can be taken before the one it builds on")
    func inOrder() throws {
        let commands = try CaseWalk.wholeLife(CaseWalk())
        let (assess, conditions, end, close) = (1, 8, 14, 15)
        for stop in 0..<commands.count {
            let walk = try CaseWalk.upTo(stop)
            for later in commands.indices where later > stop {
                // These three build on less than all that stands before them.
                let isFree =
                    switch later {
                    case assess: stop >= 1
                    case conditions: stop >= 4
                    case close: stop >= 1 && stop != end
                    default: false
                    }
                #expect((walk.refusal(of: commands[later]) == nil) == isFree, "command \(later) after \(stop) commands")
            }
        }
    }

    @Test("a closed case takes nothing more")
    func closed() throws {
        let walk = try CaseWalk.upTo(16)
        for command in try CaseWalk.wholeLife(walk).dropFirst() { #expect(walk.refusal(of: command) == .closed) }
        #expect(walk.refusal(of: .open(walk.opening)) == .alreadyOpened)
    }

    @Test("without a case there is nothing to do but open one")
    func notOpened() throws {
        let walk = CaseWalk()
        for command in try CaseWalk.wholeLife(walk).dropFirst() { #expect(walk.refusal(of: command) == .notOpened) }
    }

    @Test("a person without eligible needs is offered nothing and starts nothing")
    func notEligible() throws {
        var walk = try CaseWalk.upTo(1)
        try walk.take(.recordAssessment(isEligible: false, supportReason: .social))
        #expect(walk.state?.phase == .notEligible)
        #expect(walk.refusal(of: .offerDirectPayment(by: walk.worker)) == .notEligible)
        #expect(walk.refusal(of: .startSupport(CaseWalk.start, currentTextSHA256: nil)) == .notEligible)
        #expect(walk.refusal(of: .close) == nil)
    }

    @Test(
        "a no, a later and a not-suitable are kept with their reason and can be asked again",
        arguments: [
            OfferAnswer.declined(.noPersonalAssistant), .deferred(.inHospital), .notSuitable(.careHome),
        ])
    func otherAnswers(_ answer: OfferAnswer) throws {
        var walk = try CaseWalk.upTo(3)
        #expect(walk.refusal(of: .offerDirectPayment(by: walk.worker)) == .offerOpen)
        try walk.take(.answerOffer(answer))
        #expect(walk.state?.phase == .answered)
        #expect(walk.refusal(of: .answerOffer(.accepted)) == .offerAlreadyAnswered)
        #expect(walk.refusal(of: .takeStep(.supportPlanAgreed, owner: .socialWorker)) == .notAccepted)
        try walk.take(.offerDirectPayment(by: walk.worker))
        try walk.take(.answerOffer(.accepted))
        #expect(walk.state?.phase == .settingUp)
        #expect(walk.refusal(of: .offerDirectPayment(by: walk.worker)) == .offerAlreadyAnswered)
    }

    @Test("every answer has its word and code, and they lead back to it")
    func answerWords() {
        let all: [OfferAnswer] =
            [.accepted] + DeclineReason.allCases.map { .declined($0) } + DeferralReason.allCases.map { .deferred($0) }
            + UnsuitableReason.allCases.map { .notSuitable($0) }
        for answer in all { #expect(OfferAnswer(word: answer.word, reasonCode: answer.reasonCode) == answer) }
        #expect(OfferAnswer(word: "accepted", reasonCode: "care-home") == nil)
        #expect(OfferAnswer(word: "declined", reasonCode: nil) == nil)
        #expect(OfferAnswer(word: "declined", reasonCode: "care-home") == nil)
        #expect(OfferAnswer(word: "perhaps", reasonCode: nil) == nil)
    }

    @Test("the stages are reached once each and in order")
    func stages() throws {
        let walk = try CaseWalk.upTo(5)
        #expect(
            walk.refusal(of: .takeStep(.supportPlanAgreed, owner: .socialWorker))
                == .stageAlreadyReached(.supportPlanAgreed))
        #expect(
            walk.refusal(of: .takeStep(.routeChosen(.ownAccount), owner: .finance))
                == .stageTooEarly(.routeChosen, needs: .budgetAgreed))
    }

    @Test("nothing happens before what it follows")
    func times() throws {
        let walk = try CaseWalk.upTo(3)
        #expect(throws: CaseError.earlierThan("the offer")) {
            try CareCase.decide(.answerOffer(.accepted), on: walk.state, at: walk.now - 1)
        }
        #expect(throws: CaseError.earlierThan("the opening of the case")) {
            try CareCase.decide(.close, on: walk.state, at: walk.opening.referredAt)
        }
        #expect(throws: CaseError.earlierThan("the referral")) {
            try CareCase.decide(.open(walk.opening), on: nil, at: walk.opening.referredAt - 1)
        }
    }

    @Test("council-managed support needs no agreement, and new support waits for the end of the old")
    func managed() throws {
        var walk = try CaseWalk.upTo(2)
        let managed = SupportStart(
            startedOn: try day("2026-04-01"), setting: .residential, mechanism: .managedPersonalBudget)
        try walk.take(.startSupport(managed, currentTextSHA256: nil))
        #expect(walk.refusal(of: .startSupport(managed, currentTextSHA256: nil)) == .supportRuns)
        #expect(walk.refusal(of: .close) == .supportRuns)
        #expect(
            walk.refusal(of: .endSupport(SupportEnd(endedOn: try day("2026-03-31"), reason: .died))) == .endsBeforeStart
        )
        try walk.take(.endSupport(SupportEnd(endedOn: try day("2026-04-01"), reason: .changedMechanism)))
        #expect(walk.refusal(of: .endSupport(SupportEnd(endedOn: try day("2026-04-02"), reason: .died))) == .noSupport)
        #expect(
            walk.refusal(of: .startSupport(managed, currentTextSHA256: nil))
                == .earlierThan("the end of the last support"))
        let next = SupportStart(startedOn: try day("2026-04-02"), setting: .community, mechanism: .commissionedSupport)
        #expect(walk.refusal(of: .startSupport(next, currentTextSHA256: nil)) == nil)
    }

    @Test("a direct payment that begins again needs an agreement of its own, also after other support in between")
    func again() throws {
        var walk = try CaseWalk.upTo(15)
        let managed = SupportStart(
            startedOn: try day("2026-10-01"), setting: .community, mechanism: .managedPersonalBudget)
        try walk.take(.startSupport(managed, currentTextSHA256: nil))
        try walk.take(.endSupport(SupportEnd(endedOn: try day("2026-10-31"), reason: .changedMechanism)))
        let again = SupportStart(startedOn: try day("2026-11-02"), setting: .community, mechanism: .directPayment)
        #expect(walk.refusal(of: .startSupport(again, currentTextSHA256: try hash("a"))) == .agreementOfEndedSupport)
        let draft = AgreementDraft(
            agreementID: id(7), version: 2, textSHA256: try hash("b"), budget: try CaseWalk.budget(),
            startsOn: try day("2026-11-02"))
        try walk.take(.draftAgreement(draft))
        try walk.take(.signAgreement(.adult, shownTextSHA256: try hash("b")))
        try walk.take(.countersignAgreement(by: walk.worker))
        #expect(walk.refusal(of: .startSupport(again, currentTextSHA256: try hash("b"))) == nil)
    }

    @Test("a condition that no longer holds stops a direct payment before it begins")
    func laterFinding() throws {
        var walk = try CaseWalk.upTo(13)
        var checklist = CaseWalk.checklist()
        checklist.findings[.capableOfManaging] = .init(isMet: false, evidence: "visit of 1 April")
        try walk.take(.recordConditions(checklist))
        #expect(
            walk.refusal(of: .startSupport(CaseWalk.start, currentTextSHA256: try hash("a")))
                == .conditionsNotMet([.capableOfManaging]))
        try walk.take(.recordConditions(CaseWalk.checklist()))
        #expect(walk.refusal(of: .startSupport(CaseWalk.start, currentTextSHA256: try hash("a"))) == nil)
    }

    @Test("every refusal says something in plain words")
    func descriptions() throws {
        let walk = try CaseWalk.upTo(4)
        for command in try CaseWalk.wholeLife(walk) {
            if let refusal = walk.refusal(of: command) { #expect(!refusal.description.isEmpty) }
        }
    }

    @Test("a case and its events survive JSON")
    func json() throws {
        let walk = try CaseWalk.upTo(14)
        let state = try #require(walk.state)
        let encoded = try JSONEncoder().encode(state)
        #expect(try JSONDecoder().decode(CareCase.self, from: encoded) == state)
        #expect(String(decoding: encoded, as: UTF8.self).contains("\"support-plan-agreed\":{"))
        #expect(try JSONDecoder().decode([CaseEvent].self, from: JSONEncoder().encode(walk.events)) == walk.events)
    }
}
