import Crypto
import Domain
import Events
import Formats
import FoundationEssentials
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

/// An agreement as case-intake tells of it.
struct Signed {
    let caseID = CaseID(UUID())
    let personID: PersonID
    let agreementID = AgreementID(UUID())

    init(person: PersonID = PersonID(UUID())) { personID = person }
}

/// A finance office of its own, with the people who work there.
struct Office {
    let service: ServiceUnderTest
    let feed: EventFeed
    let preparer = TestPerson(.financeOfficer)
    let approver = TestPerson(.financeApprover)
    let releaser = TestPerson(.financeReleaser)

    /// Monday, 2 March 2026, nine o'clock.
    static let now = LondonTime.instant(on: day(2026, 3, 2), hour: 9, minute: 0)
    static let time = "2026-03-02T09:00:00Z"
    static let firstDay = day(2026, 3, 2)

    var pool: PostgresPool { service.pool }

    static let bank = [
        "bacs.service-user-number": "123456", "bacs.sort-code": "000000", "bacs.account-number": "87654321",
        "bacs.account-name": "COUNCIL",
    ]

    static func with(_ body: (Office) async throws -> Void) async throws {
        try await ServiceUnderTest.with(Finance.Main.service, settings: bank) { service in
            let feed = EventFeed(
                "dp-finance", [.cases], AgreementEvents(outbox: Outbox(source: "/dp-finance")), on: service.pool,
                from: "/case-intake")
            try await body(Office(service: service, feed: feed))
        }
    }

    static func day(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
        CivilDate(year: year, month: month, day: day) ?? .min
    }

    // MARK: What case-intake tells

    /// An agreement that was signed, with a payee.
    func sign(_ budget: Pence = Pence(200_00), _ contribution: Pence = Pence(50_00)) async throws -> Signed {
        let signed = Signed()
        try await tell(signed, version: 1, budget, contribution)
        try await addPayee(signed)
        return signed
    }

    func tell(
        _ signed: Signed, version: Int, _ budget: Pence = Pence(200_00), _ contribution: Pence = Pence(50_00),
        from start: CivilDate = firstDay, event: Int64? = nil
    ) async throws {
        let told = AgreementSigned(
            caseID: signed.caseID, personID: signed.personID, agreementID: signed.agreementID, version: version,
            textSHA256: try hash(version), signedAt: Self.now, weeklyBudgetPence: budget,
            weeklyContributionPence: contribution, startsOn: start, paymentFrequency: .fourWeekly)
        try await feed.deliver(told, version: event ?? Int64(version), at: Self.now)
    }

    func redraft(_ signed: Signed, event: Int64) async throws {
        let told = AgreementRedrafted(
            caseID: signed.caseID, personID: signed.personID, agreementID: signed.agreementID, version: 2,
            textSHA256: try hash(2), draftedAt: Self.now)
        try await feed.deliver(told, version: event, at: Self.now)
    }

    func endSupport(_ signed: Signed, on day: CivilDate, event: Int64) async throws {
        let told = SupportEnded(
            caseID: signed.caseID, personID: signed.personID, endedOn: day, mechanism: .directPayment, reason: .died)
        try await feed.deliver(told, version: event, at: Self.now)
    }

    func close(_ signed: Signed, event: Int64) async throws {
        let told = CaseClosed(
            caseID: signed.caseID, personID: signed.personID, closedAt: Self.now, reason: "referral-withdrawn")
        try await feed.deliver(told, version: event, at: Self.now)
    }

    private func hash(_ version: Int) throws -> TextSHA256 {
        try #require(TextSHA256(SHA256.hex(of: "text \(version)")))
    }

    func addPayee(_ signed: Signed) async throws {
        let account = try BacsAccount(sortCode: "000000", number: "12345678", name: "A PERSON")
        let seal = try await service.vault.seal(of: signed.personID)
        let isAdded = try await pool.transaction {
            try await PayeeStore.add(
                PayeeID(UUID()), account, to: signed.agreementID, seal, by: StaffID(preparer.id), at: Self.now, in: $0)
        }
        #expect(isAdded)
    }

    // MARK: Pay runs

    func handler() throws -> PayRunHandler {
        PayRunHandler(
            outbox: Outbox(source: "/dp-finance"),
            bank: BankFileMaker(
                serviceUserNumber: "123456",
                originator: try BacsAccount(sortCode: "000000", number: "87654321", name: "COUNCIL")))
    }

    func draft(on date: CivilDate = day(2026, 3, 6)) async throws -> PayRun {
        let handler = try handler()
        return try await pool.transaction {
            try await handler.draft(PayRunID(UUID()), paymentDate: date, by: StaffID(preparer.id), at: Self.now, in: $0)
        }
    }

    func ask(_ run: PayRun, _ command: PayRunCommand) async throws -> PayRun {
        let handler = try handler()
        return try await pool.transaction {
            try await handler.handle(command, on: run.id, by: StaffID(preparer.id), at: Self.now, in: $0)
        }
    }

    func lock(_ run: PayRun) async throws -> PayRun {
        let handler = try handler()
        return try await pool.transaction {
            try await handler.lock(run.id, by: StaffID(preparer.id), at: Self.now, in: $0)
        }
    }

    func approve(_ run: PayRun, by person: TestPerson? = nil, limit: Pence = Pence(10_000_00)) async throws -> PayRun {
        let handler = try handler()
        let totals = try run.computeTotals()
        let seals = try await PayRunSeals.fetch(for: run.id, service.vault, pool)
        return try await pool.transaction {
            try await handler.approve(
                run.id, totals: totals, limit: limit, seals, by: StaffID((person ?? approver).id), at: Self.now, in: $0)
        }
    }

    func release(_ run: PayRun, by person: TestPerson? = nil) async throws -> PayRun {
        let handler = try handler()
        let seals = try await PayRunSeals.fetch(for: run.id, service.vault, pool)
        return try await pool.transaction {
            try await handler.release(run.id, seals, by: StaffID((person ?? releaser).id), at: Self.now, in: $0)
        }
    }

    func settle(_ run: PayRun) async throws {
        let handler = try handler()
        _ = try await pool.transaction {
            try await handler.settle(run.id, by: StaffID(releaser.id), at: Self.now, in: $0)
        }
    }

    /// The bank file that is stored, opened.
    func storedFile(of run: PayRun) async throws -> [UInt8] {
        let bank = try handler().bank
        let seals = try await PayRunSeals.fetch(for: run.id, service.vault, pool)
        return try await pool.transaction { try await bank.stored(of: run, seals, in: $0).body }
    }

    /// A run from draft to settled.
    @discardableResult
    func pay(on date: CivilDate = day(2026, 3, 6)) async throws -> PayRun {
        let released = try await release(try await approve(try await lock(try await draft(on: date))))
        try await settle(released)
        return released
    }

    /// The payloads of the events of a type that were handed over.
    func told(_ type: String) async throws -> [String] {
        try await pool.query(
            "select convert_from(payload, 'UTF8') from outbox_event where type like \("%.payments." + type + ".%") order by seq"
        ).map { try $0.decode(String.self) }
    }
}
