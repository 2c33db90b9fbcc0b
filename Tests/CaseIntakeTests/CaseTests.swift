import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import TestSupport
import Testing

@testable import CaseIntake

/// A case-intake database of its own, with the case that one referral opened.
private struct Desk {
    let pool: PostgresPool
    let caseID: CaseID
    let referral: InboundEvent
    let cases = CaseHandler()
    let staff = StaffID(UUID())
    static let now = Date(timeIntervalSince1970: 1_764_000_000)

    static func with(_ body: (Desk) async throws -> Void) async throws {
        try await ServiceDatabase.with(CaseIntake.Main.service) { pool in
            let received = ReferralReceived(
                referralID: ReferralID(UUID()), personID: PersonID(UUID()), source: .health, kind: .assessmentNotice,
                receivedAt: now, noticeIssuedAt: now, ageBand: .unknown, consent: .given)
            let event = try inbound(received, at: now)
            try await pool.transaction { try await ReferralEvents(cases: CaseHandler()).handle([event], in: $0) }
            let id = try await pool.query("select case_id from care_case").only().decode(UUID.self)
            try await body(Desk(pool: pool, caseID: CaseID(id), referral: event))
        }
    }

    @discardableResult
    func ask(_ command: CaseCommand) async throws -> CareCase {
        try await pool.transaction {
            try await cases.handle(command, on: caseID, by: staff.description, at: Self.now, in: $0)
        }
    }

    func draft() async throws -> StoredAgreementText {
        try await pool.transaction {
            try await AgreementHandler(cases: cases).draft(
                caseID, startsOn: LondonTime.date(of: Self.now), endsOn: nil, budget: nil, by: staff.description,
                at: Self.now, in: $0)
        }
    }

    func sign(_ hash: TextSHA256) async throws {
        try await pool.transaction {
            try await AgreementHandler(cases: cases).sign(
                caseID, role: .adult, signer: "A Person", shown: hash, recordedBy: staff.description, at: Self.now,
                in: $0)
        }
    }

    func countersign() async throws {
        try await pool.transaction {
            try await AgreementHandler(cases: cases).countersign(
                caseID, by: staff, name: "A Manager", at: Self.now, in: $0)
        }
    }

    /// Everything up to an agreement that was drafted and sent.
    func walkToAgreement() async throws -> StoredAgreementText {
        try await ask(.recordAssessment(isEligible: true, supportReason: .physical))
        try await ask(.offerDirectPayment(by: staff))
        try await ask(.answerOffer(.accepted))
        try await ask(.takeStep(.supportPlanAgreed, owner: .socialWorker))
        let budget = try WeeklyBudget(budget: Pence(200_00), contribution: Pence(50_00))
        try await ask(.takeStep(.budgetAgreed(budget), owner: .socialWorker))
        try await ask(.takeStep(.routeChosen(.ownAccount), owner: .directPaymentsTeam))
        try await ask(.takeStep(.payeeDetailsCollected, owner: .directPaymentsTeam))
        var checklist = ConditionChecklist(section: .adultWithCapacity)
        for condition in DirectPaymentCondition.required(under: .adultWithCapacity) {
            checklist.findings[condition] = .init(isMet: true, evidence: "visit")
        }
        try await ask(.recordConditions(checklist))
        let text = try await draft()
        try await ask(.takeStep(.agreementSent, owner: .directPaymentsTeam))
        return text
    }

    func startSupport(_ text: TextSHA256) async throws -> CareCase {
        let start = SupportStart(
            startedOn: LondonTime.date(of: Self.now), setting: .community, mechanism: .directPayment)
        return try await ask(.startSupport(start, currentTextSHA256: text))
    }

    func count(_ sql: String) async throws -> Int64 {
        try await pool.query(Query(unescaped: sql)).only().decode(Int64.self)
    }
}

@Suite("Cases on a real PostgreSQL")
struct CaseTests {
    @Test("a referral opens exactly one case, and a second case for it is refused")
    func oneCase() async throws {
        try await Desk.with { desk in
            await #expect(throws: PostgresError.self) {
                try await desk.pool.transaction {
                    try await ReferralEvents(cases: desk.cases).handle([desk.referral], in: $0)
                }
            }
            let cases = try await desk.count("select count(*) from care_case")
            let told = try await desk.count("select count(*) from outbox where type like '%cases.opened%'")
            #expect(cases == 1)
            #expect(told == 1)
        }
    }

    @Test("a case goes from a referral to support, and a history row stands for every step")
    func wholeWalk() async throws {
        try await Desk.with { desk in
            let text = try await desk.walkToAgreement()
            try await desk.sign(text.sha256)
            try await desk.countersign()
            #expect(try await desk.startSupport(text.sha256).phase == .supported)
            let steps = try await desk.count("select version from care_case")
            #expect(try await desk.count("select count(*) from case_history") == steps)
            for type in ["agreement-signed", "support-started"] {
                #expect(
                    try await desk.count("select count(*) from outbox where type like '%\(type)%'") == 1, "\(type)")
            }
        }
    }

    @Test("a signature for another text is refused by the case, and by the database")
    func otherText() async throws {
        try await Desk.with { desk in
            let text = try await desk.walkToAgreement()
            let other = try #require(TextSHA256(String(repeating: "0", count: 64)))
            await #expect(throws: CaseError.signedOtherText) { try await desk.sign(other) }
            await #expect(throws: PostgresError.self) {
                try await desk.pool.query(
                    """
                    insert into agreement_signature
                        (agreement_id, version, signer_role, signer_name, text_sha256, signed_at, recorded_by)
                    values (\(text.agreementID.uuid), 1, 'adult', 'A Person', \(other.description), \(Desk.now), 'x')
                    """)
            }
            #expect(try await desk.count("select count(*) from agreement_signature") == 0)
        }
    }

    @Test("a text that changed after the signatures starts no support until it is signed again")
    func changedText() async throws {
        try await Desk.with { desk in
            let text = try await desk.walkToAgreement()
            try await desk.sign(text.sha256)
            try await desk.countersign()
            let changed = try await desk.draft()
            await #expect(throws: CaseError.self) { try await desk.startSupport(changed.sha256) }
            try await desk.sign(changed.sha256)
            try await desk.countersign()
            #expect(try await desk.startSupport(changed.sha256).phase == .supported)
        }
    }

    @Test("the history of a case, its texts and its signatures cannot be changed or deleted")
    func onlyAddedTo() async throws {
        try await Desk.with { desk in
            for table in ["case_history", "agreement_text", "agreement_signature"] {
                for sql in ["delete from \(table)", "update \(table) set version = version"] {
                    let error = await #expect(throws: PostgresError.self) {
                        try await desk.pool.query(Query(unescaped: sql))
                    }
                    #expect(error?.sqlState == "42501", "\(sql)")
                }
            }
        }
    }

    @Test("of two people who answer one offer at once, one does and the other is told")
    func twoAtOnce() async throws {
        try await Desk.with { desk in
            try await desk.ask(.recordAssessment(isEligible: true, supportReason: .physical))
            try await desk.ask(.offerDirectPayment(by: desk.staff))
            let done = await withTaskGroup(of: Bool.self) { group in
                for answer in [OfferAnswer.accepted, .declined(.other)] {
                    group.addTask {
                        do {
                            try await desk.ask(.answerOffer(answer))
                            return true
                        } catch {
                            return error as? CaseError != .offerAlreadyAnswered
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(done == 1)
            #expect(try await desk.count("select version from care_case") == 4)
        }
    }
}
