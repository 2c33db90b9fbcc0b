import Domain
import Events
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

/// How far a case has come, in the order in which it goes.
enum Milestone: Int, CaseIterable {
    case opened, assessed, offered, accepted, planned, budgeted, routed, payeeKnown, conditionsMet, drafted, sent,
        signed,
        countersigned, supported, ended
}

/// A case-intake of its own, with the people who work there.
struct Desk {
    let service: ServiceUnderTest
    let feed: EventFeed
    let cases = CaseHandler()
    let worker = TestPerson(.socialWorker)
    let manager = TestPerson(.teamManager)
    let team = TestPerson(.directPaymentsTeam)

    static let now = Date(timeIntervalSince1970: 1_764_000_000)
    static let today = LondonTime.date(of: now)
    /// `now` as a word of a command line.
    static let time = "2025-11-24T16:00:00Z"

    var pool: PostgresPool { service.pool }

    static func with(_ body: (Desk) async throws -> Void) async throws {
        try await ServiceUnderTest.with(CaseIntake.Main.service) { service in
            let feed = EventFeed(
                "case-intake", [.referrals, .payments], CaseIntakeEvents(vault: service.vault), on: service.pool,
                from: "/referral-gateway")
            try await body(Desk(service: service, feed: feed))
        }
    }

    static func referral() -> ReferralReceived {
        ReferralReceived(
            referralID: ReferralID(UUID()), personID: PersonID(UUID()), source: .health, kind: .assessmentNotice,
            receivedAt: now, noticeIssuedAt: now, ageBand: .older, consent: .given)
    }

    /// A new case that has come as far as `milestone`.
    func openCase(_ milestone: Milestone = .opened) async throws -> CaseID {
        let referral = Self.referral()
        try await feed.deliver(referral, at: Self.now)
        let rows = try await pool.query("select case_id from care_case where referral_id = \(referral.referralID)")
        let id = try rows.only().decode(CaseID.self)
        for step in Milestone.allCases where step != .opened && step.rawValue <= milestone.rawValue {
            try await take(step, id)
        }
        return id
    }

    func take(_ milestone: Milestone, _ id: CaseID) async throws {
        switch milestone {
        case .opened: break
        case .assessed: try await ask(id, .recordAssessment(isEligible: true, supportReason: .physical))
        case .offered: try await ask(id, .offerDirectPayment(by: StaffID(worker.id)))
        case .accepted: try await ask(id, .answerOffer(.accepted))
        case .planned: try await ask(id, .takeStep(.supportPlanAgreed, owner: .socialWorker))
        case .budgeted:
            let budget = try WeeklyBudget(budget: Pence(200_00), contribution: Pence(50_00))
            try await ask(id, .takeStep(.budgetAgreed(budget), owner: .socialWorker))
        case .routed: try await ask(id, .takeStep(.routeChosen(.ownAccount), owner: .directPaymentsTeam))
        case .payeeKnown: try await ask(id, .takeStep(.payeeDetailsCollected, owner: .directPaymentsTeam))
        case .conditionsMet: try await ask(id, .recordConditions(Self.allMet(under: .adultWithCapacity)))
        case .drafted: try await draft(id)
        case .sent: try await ask(id, .takeStep(.agreementSent, owner: .directPaymentsTeam))
        case .signed: try await sign(id, try await newestText(id).sha256)
        case .countersigned: try await countersign(id)
        case .supported: try await startSupport(id)
        case .ended:
            try await ask(id, .endSupport(SupportEnd(endedOn: Self.today.adding(days: 30), reason: .movedToCareHome)))
        }
    }

    static func allMet(under section: CareActSection) -> ConditionChecklist {
        var checklist = ConditionChecklist(section: section)
        for condition in DirectPaymentCondition.required(under: section) {
            checklist.findings[condition] = .init(isMet: true, evidence: "visit of 3 March")
        }
        return checklist
    }

    func seal(of id: CaseID) async throws -> PersonSeal { try await CaseSeal.fetch(id, service.vault, pool) }

    @discardableResult
    func ask(_ id: CaseID, _ command: CaseCommand) async throws -> CareCase {
        let seal = try await seal(of: id)
        return try await pool.transaction {
            try await cases.handle(command, on: id, seal, by: worker.id.uuidString, at: Self.now, in: $0)
        }
    }

    @discardableResult
    func draft(_ id: CaseID) async throws -> StoredAgreementText {
        let seal = try await seal(of: id)
        return try await pool.transaction {
            try await AgreementHandler(cases: cases).draft(
                id, seal, startsOn: Self.today, endsOn: nil, budget: nil, by: worker.id.uuidString, at: Self.now, in: $0
            )
        }
    }

    func newestText(_ id: CaseID) async throws -> StoredAgreementText {
        let seal = try await seal(of: id)
        return try #require(try await pool.transaction { try await AgreementStore.newest(of: id, seal, in: $0) })
    }

    func sign(_ id: CaseID, _ hash: TextSHA256, role: SignerRole = .adult) async throws {
        let seal = try await seal(of: id)
        try await pool.transaction {
            try await AgreementHandler(cases: cases).sign(
                id, seal, role: role, signer: "A Person", shown: hash, recordedBy: worker.id.uuidString, at: Self.now,
                in: $0)
        }
    }

    func countersign(_ id: CaseID) async throws {
        let seal = try await seal(of: id)
        try await pool.transaction {
            try await AgreementHandler(cases: cases).countersign(
                id, seal, by: StaffID(manager.id), name: "A Manager", at: Self.now, in: $0)
        }
    }

    @discardableResult
    func startSupport(_ id: CaseID) async throws -> CareCase {
        let text = try await newestText(id)
        let start = SupportStart(startedOn: Self.today, setting: .community, mechanism: .directPayment)
        return try await ask(id, .startSupport(start, currentTextSHA256: text.sha256))
    }

    /// What the case stands at.
    func phase(of id: CaseID) async throws -> String {
        try await pool.query("select phase from care_case where case_id = \(id)").only().decode(String.self)
    }

    /// How many events of a type were handed over.
    func told(_ type: String) async throws -> Int {
        try await service.count("select count(*) from outbox_event where type like \("%.cases." + type + ".%")")
    }
}
