import Domain
import FoundationEssentials
import Testing

@Suite("Nothing is paid without a signed agreement to the text as it stands")
struct AgreementTests {
    @Test("section 31 has five conditions to answer, section 32 six")
    func conditions() {
        #expect(DirectPaymentCondition.required(under: .adultWithCapacity).count == 5)
        #expect(DirectPaymentCondition.required(under: .adultWithoutCapacity).count == 6)
        for section in CareActSection.allCases {
            #expect(CaseWalk.checklist(section).allMet)
            #expect(!ConditionChecklist(section: section).allMet)
        }
    }

    @Test("a condition that is open, without evidence or not met stops the agreement")
    func conditionsStop() throws {
        var walk = try CaseWalk.upTo(8)
        let draft = CaseCommand.draftAgreement(try CaseWalk.draft())
        let all = DirectPaymentCondition.required(under: .adultWithCapacity)
        #expect(walk.refusal(of: draft) == .conditionsOpen(all))
        for condition in all {
            var checklist = CaseWalk.checklist()
            checklist.findings[condition] = nil
            try walk.take(.recordConditions(checklist))
            #expect(walk.refusal(of: draft) == .conditionsOpen([condition]))
            checklist.findings[condition] = .init(isMet: true, evidence: " \n")
            try walk.take(.recordConditions(checklist))
            #expect(walk.refusal(of: draft) == .conditionsOpen([condition]))
            checklist.findings[condition] = .init(isMet: false, evidence: "note 2")
            try walk.take(.recordConditions(checklist))
            #expect(walk.refusal(of: draft) == .conditionsNotMet([condition]))
        }
        try walk.take(.recordConditions(CaseWalk.checklist()))
        #expect(walk.refusal(of: draft) == nil)
    }

    @Test("a draft has the agreed budget, the next version and dates in order")
    func drafts() throws {
        let walk = try CaseWalk.upTo(9)
        #expect(walk.refusal(of: .draftAgreement(try CaseWalk.draft(pounds: 301))) == .budgetDiffers)
        #expect(walk.refusal(of: .draftAgreement(try CaseWalk.draft(version: 2))) == .wrongVersion(expected: 1))
        let draft = try CaseWalk.draft()
        let backwards = AgreementDraft(
            agreementID: draft.agreementID, version: 1, textSHA256: draft.textSHA256, budget: draft.budget,
            startsOn: draft.startsOn, endsOn: draft.startsOn.adding(days: -1))
        #expect(walk.refusal(of: .draftAgreement(backwards)) == .agreementEndsBeforeItStarts)
    }

    @Test("who signs, signs what was shown, once, and under the right section")
    func signing() throws {
        var walk = try CaseWalk.upTo(10)
        let sign = CaseCommand.signAgreement(.adult, shownTextSHA256: try hash("a"))
        #expect(walk.refusal(of: sign) == .agreementNotSent)
        try walk.take(.takeStep(.agreementSent, owner: .directPaymentsTeam))
        #expect(walk.refusal(of: .signAgreement(.adult, shownTextSHA256: try hash("b"))) == .signedOtherText)
        #expect(
            walk.refusal(of: .signAgreement(.authorisedPerson, shownTextSHA256: try hash("a")))
                == .signerNotUnderSection(.authorisedPerson, .adultWithCapacity))
        #expect(walk.refusal(of: .countersignAgreement(by: walk.worker)) == .cannotPay(.notSigned))
        try walk.take(sign)
        #expect(walk.refusal(of: sign) == .alreadySigned)
        #expect(walk.refusal(of: .signAgreement(.nominatedPerson, shownTextSHA256: try hash("a"))) == nil)
        try walk.take(.countersignAgreement(by: walk.worker))
        #expect(walk.refusal(of: .countersignAgreement(by: walk.worker)) == .alreadySigned)
    }

    @Test("payment waits for both signatures and for the text that was signed")
    func refusals() throws {
        let current = try hash("a")
        func refusal(_ stop: Int, _ hash: TextSHA256) throws -> PaymentRefusal? {
            try #require(CaseWalk.upTo(stop).state?.agreement).paymentRefusal(currentTextSHA256: hash)
        }
        #expect(try refusal(11, current) == .notSigned)
        #expect(try refusal(12, current) == .notCountersigned)
        #expect(try refusal(13, current) == nil)
        #expect(try refusal(13, hash("b")) == .textChanged)
        let walk = try CaseWalk.upTo(13)
        #expect(
            walk.refusal(of: .startSupport(CaseWalk.start, currentTextSHA256: try hash("b")))
                == .cannotPay(.textChanged))
        #expect(walk.refusal(of: .startSupport(CaseWalk.start, currentTextSHA256: nil)) == .cannotPay(.textChanged))
    }

    @Test("a material change makes a new version that must be signed again, and carries the new budget")
    func signAgain() throws {
        var walk = try CaseWalk.upTo(13)
        try walk.take(.draftAgreement(try CaseWalk.draft(version: 2, hash: "c", pounds: 350)))
        #expect(walk.state?.budget == (try CaseWalk.budget(350)))
        let agreement = try #require(walk.state?.agreement)
        #expect(agreement.paymentRefusal(currentTextSHA256: try hash("c")) == .notSigned)
        #expect(agreement.paymentRefusal(currentTextSHA256: try hash("a")) == .notSigned)
        #expect(walk.refusal(of: .signAgreement(.adult, shownTextSHA256: try hash("a"))) == .signedOtherText)
        try walk.take(.signAgreement(.adult, shownTextSHA256: try hash("c")))
        try walk.take(.countersignAgreement(by: walk.worker))
        #expect(walk.refusal(of: .startSupport(CaseWalk.start, currentTextSHA256: try hash("c"))) == nil)
    }

    @Test("another agreement cannot take the place of the first")
    func otherAgreement() throws {
        let walk = try CaseWalk.upTo(13)
        let draft = AgreementDraft(
            agreementID: id(8), version: 2, textSHA256: try hash("c"), budget: try CaseWalk.budget(),
            startsOn: try day("2026-04-06"))
        #expect(walk.refusal(of: .draftAgreement(draft)) == .otherAgreement)
    }

    @Test("a direct payment is for support in the community, from the agreement's first day")
    func directPaymentStart() throws {
        let walk = try CaseWalk.upTo(13)
        func refusal(_ start: String, _ setting: SupportSetting) throws -> CaseError? {
            let start = SupportStart(startedOn: try day(start), setting: setting, mechanism: .directPayment)
            return walk.refusal(of: .startSupport(start, currentTextSHA256: try hash("a")))
        }
        #expect(try refusal("2026-04-06", .residential) == .directPaymentNotInCommunity)
        #expect(try refusal("2026-04-05", .community) == .earlierThan("the agreement’s first day"))
        #expect(try refusal("2026-04-06", .community) == nil)
    }

    @Test(
        "a hash is sixty-four lower-case hexadecimal digits",
        arguments: [
            "", String(repeating: "a", count: 63), String(repeating: "a", count: 65), String(repeating: "A", count: 64),
            String(repeating: "g", count: 64), String(repeating: "é", count: 32),
        ])
    func badHashes(_ text: String) {
        #expect(TextSHA256(text) == nil)
    }
}
