import Domain
import FoundationEssentials
import Testing

@Suite("A pay run pays the right people once, and nobody acts twice on it")
struct PayRunTests {
    let creator: StaffID = id(1)
    let approver: StaffID = id(2)
    let releaser: StaffID = id(3)
    let now = Date(timeIntervalSince1970: 1_772_452_800)

    private func period(_ first: String, _ last: String) throws -> CivilPeriod {
        try #require(CivilPeriod(first: day(first), last: day(last)))
    }

    private func line(_ number: UInt64, person: UInt64? = nil, pence: Int64 = 103_900, _ period: CivilPeriod)
        -> PayRunLine
    {
        PayRunLine(
            paymentID: id(number), agreementID: id(person ?? number), caseID: id(number),
            personID: id(person ?? number),
            payeeID: id(number), period: period, amount: Pence(pence))
    }

    private func april() throws -> CivilPeriod { try period("2026-04-06", "2026-05-03") }

    private func run(_ commands: PayRunCommand...) throws -> PayRun {
        var run: PayRun?
        for command in commands { run = try PayRun.handle(command, on: run, at: now).run }
        return try #require(run)
    }

    private func refusal(of command: PayRunCommand, on run: PayRun?) -> PayRunError? {
        do {
            _ = try PayRun.decide(command, on: run, at: now)
            return nil
        } catch {
            return error
        }
    }

    private func create() throws -> PayRunCommand { .create(id(9), paymentDate: try day("2026-04-02"), by: creator) }

    private func draft() throws -> PayRun {
        try run(
            create(), .addLines([line(11, april()), line(12, pence: 5_000, april())], paidPeriods: [:], by: creator))
    }

    private func locked() throws -> PayRun {
        try #require(try PayRun.handle(.lock(by: creator), on: draft(), at: now).run)
    }

    private let totals = ControlTotals(lineCount: 2, total: Pence(108_900))

    private func approve(
        _ totals: ControlTotals? = nil, limit: Int64 = 1_000_000, by staff: StaffID? = nil
    ) throws -> PayRunCommand {
        .approve(totals ?? self.totals, fileSHA256: try hash("f"), limit: Pence(limit), by: staff ?? approver)
    }

    @Test("from draft to settled, and the history makes the same run again")
    func wholeLife() throws {
        var state: PayRun?
        var events: [PayRunEvent] = []
        var statuses: [PayRunStatus] = []
        for command in [
            try create(),
            .addLines([line(11, try april()), line(12, pence: 5_000, try april())], paidPeriods: [:], by: creator),
            .lock(by: creator), try approve(), .release(fileSHA256: try hash("f"), by: releaser), .settle(by: creator),
        ] {
            let (new, next) = try PayRun.handle(command, on: state, at: now)
            events += new
            state = next
            statuses.append(try #require(next).status)
        }
        #expect(statuses == [.draft, .draft, .locked, .approved, .released, .settled])
        #expect(PayRun.replay(events) == state)
        #expect(state?.totals == totals)
        #expect(state?.fileSHA256 == (try hash("f")))
        #expect(try JSONDecoder().decode([PayRunEvent].self, from: JSONEncoder().encode(events)) == events)
    }

    @Test("the creator, the approver and the releaser are three people")
    func threePeople() throws {
        #expect(refusal(of: try approve(by: creator), on: try locked()) == .samePersonTwice)
        let approved = try #require(try PayRun.handle(approve(), on: locked(), at: now).run)
        for staff in [creator, approver] {
            #expect(refusal(of: .release(fileSHA256: try hash("f"), by: staff), on: approved) == .samePersonTwice)
        }
        #expect(refusal(of: .release(fileSHA256: try hash("f"), by: releaser), on: approved) == nil)
    }

    @Test("whoever added a line, held one or locked the run has prepared it and cannot approve it")
    func preparers() throws {
        let hold = PaymentHold(reason: .query, owner: creator, reviewBy: try day("2026-05-01"))
        for command in [
            PayRunCommand.addLines([line(13, try april())], paidPeriods: [:], by: approver),
            .hold(id(11), hold, by: approver),
            .lock(by: approver),
        ] {
            let touched = try #require(try PayRun.handle(command, on: draft(), at: now).run)
            let ready =
                touched.status == .locked
                ? touched : try #require(try PayRun.handle(.lock(by: creator), on: touched, at: now).run)
            #expect(refusal(of: try approve(ready.totals), on: ready) == .samePersonTwice)
        }
    }

    @Test("no person is paid twice for a day, in the run or before it")
    func paidOnce() throws {
        let draft = try draft()
        let next = try period("2026-05-04", "2026-05-31")
        let clash = try period("2026-05-03", "2026-05-30")
        func add(_ line: PayRunLine, paid: [PersonID: [CivilPeriod]] = [:]) -> PayRunCommand {
            .addLines([line], paidPeriods: paid, by: creator)
        }
        #expect(refusal(of: add(line(20, person: 11, clash)), on: draft) == .personAlreadyPaid(id(11), try april()))
        #expect(refusal(of: add(line(20, person: 11, next)), on: draft) == nil)
        #expect(
            refusal(of: add(line(20, next), paid: [id(20): [clash]]), on: draft) == .personAlreadyPaid(id(20), clash))
        #expect(refusal(of: add(line(20, next), paid: [id(20): [try april()]]), on: draft) == nil)
        let twice = PayRunCommand.addLines(
            [line(21, person: 5, next), line(22, person: 5, next)], paidPeriods: [:], by: creator)
        #expect(refusal(of: twice, on: draft) == .personAlreadyPaid(id(5), next))
        #expect(refusal(of: add(line(11, person: 77, next)), on: draft) == .paymentRepeated(id(11)))
    }

    @Test(
        "an amount is more than nothing and fits the file",
        arguments: [
            (Int64(0), false), (-1, false), (1, true), (99_999_999_999, true), (100_000_000_000, false),
        ])
    func amounts(_ pence: Int64, isTaken: Bool) throws {
        let command = PayRunCommand.addLines([line(30, pence: pence, try april())], paidPeriods: [:], by: creator)
        #expect((refusal(of: command, on: try draft()) == nil) == isTaken)
    }

    @Test("a run takes its most lines and not one more")
    func lineLimit() throws {
        let april = try april()
        let lines = (0..<UInt64(PayRun.linesMax)).map { line(1_000 + $0, april) }
        let empty = try run(create())
        let full = try #require(
            try PayRun.handle(.addLines(lines, paidPeriods: [:], by: creator), on: empty, at: now).run)
        #expect(full.lines.count == PayRun.linesMax)
        #expect(refusal(of: .addLines([line(5, april)], paidPeriods: [:], by: creator), on: full) == .tooManyLines)
    }

    @Test("a held line is not paid and not counted, and a hold is lifted by a person")
    func holds() throws {
        let hold = PaymentHold(reason: .returnedBefore, owner: creator, reviewBy: try day("2026-05-01"))
        let held = try #require(try PayRun.handle(.hold(id(11), hold, by: creator), on: draft(), at: now).run)
        #expect(held.payableLines.map(\.paymentID) == [id(12)])
        #expect(try held.computeTotals() == ControlTotals(lineCount: 1, total: Pence(5_000)))
        #expect(refusal(of: .hold(id(11), hold, by: creator), on: held) == .alreadyHeld(id(11)))
        #expect(refusal(of: .hold(id(99), hold, by: creator), on: held) == .noSuchLine(id(99)))
        #expect(refusal(of: .liftHold(id(12), by: creator), on: held) == .notHeld(id(12)))
        let lifted = try #require(try PayRun.handle(.liftHold(id(11), by: creator), on: held, at: now).run)
        #expect(try lifted.computeTotals() == totals)
    }

    @Test("a run of which every line is held cannot be locked")
    func allHeld() throws {
        #expect(refusal(of: .lock(by: creator), on: try run(create())) == .noLines)
    }

    @Test(
        "an approver approves exactly the figures, up to a limit",
        arguments: [
            (108_899, false), (108_900, true), (108_901, true),
        ])
    func limits(_ limit: Int64, isTaken: Bool) throws {
        #expect((refusal(of: try approve(limit: limit), on: try locked()) == nil) == isTaken)
    }

    @Test("other figures or another file are refused")
    func exactFigures() throws {
        for wrong in [
            ControlTotals(lineCount: 1, total: Pence(108_900)), ControlTotals(lineCount: 2, total: Pence(108_901)),
        ] {
            #expect(refusal(of: try approve(wrong), on: try locked()) == .totalsDiffer(totals))
        }
        let approved = try #require(try PayRun.handle(approve(), on: locked(), at: now).run)
        #expect(refusal(of: .release(fileSHA256: try hash("e"), by: releaser), on: approved) == .fileDiffers)
    }

    @Test("a run that missed its slot gets a new date, keeps its lines and is approved again")
    func redated() throws {
        let approved = try #require(try PayRun.handle(approve(), on: locked(), at: now).run)
        let redated = try #require(
            try PayRun.handle(.redate(day("2026-04-08"), by: creator), on: approved, at: now).run)
        #expect(redated.status == .locked)
        #expect(redated.lines == approved.lines)
        #expect(redated.totals == totals)
        #expect(redated.approver == nil && redated.fileSHA256 == nil)
        #expect(refusal(of: .redate(try day("2026-04-03"), by: creator), on: approved) == .notAWorkingDay)
        #expect(refusal(of: try approve(), on: redated) == nil)
    }

    @Test("an unlocked run is a draft again, without totals")
    func unlocked() throws {
        let open = try #require(try PayRun.handle(.unlock(by: creator), on: locked(), at: now).run)
        #expect(open.status == .draft)
        #expect(open.totals == nil)
        var approved = try locked()
        (approved.status, approved.approver, approved.fileSHA256) = (.approved, approver, try hash("f"))
        let again = try #require(try PayRun.handle(.unlock(by: creator), on: approved, at: now).run)
        #expect(again.approver == nil && again.fileSHA256 == nil)
    }

    @Test("each status takes its own commands and no others", arguments: PayRunStatus.allCases)
    func transitions(_ status: PayRunStatus) throws {
        var state = try locked()
        state.status = status
        state.fileSHA256 = try hash("f")
        let hold = PaymentHold(reason: .query, owner: creator, reviewBy: try day("2026-05-01"))
        let commands: [(PayRunCommand, Set<PayRunStatus>)] = [
            (.addLines([], paidPeriods: [:], by: creator), [.draft]), (.hold(id(11), hold, by: creator), [.draft]),
            (.lock(by: creator), [.draft]), (.unlock(by: creator), [.locked, .approved]), (try approve(), [.locked]),
            (.release(fileSHA256: try hash("f"), by: releaser), [.approved]),
            (.redate(try day("2026-04-08"), by: creator), [.locked, .approved]), (.settle(by: creator), [.released]),
            (.cancel(by: creator), [.draft, .locked, .approved]),
        ]
        for (command, allowed) in commands {
            #expect((refusal(of: command, on: state) == nil) == allowed.contains(status), "\(command)")
        }
    }

    @Test("without a run there is nothing to do but create one, on a working day")
    func creation() throws {
        #expect(refusal(of: .lock(by: creator), on: nil) == .noRun)
        #expect(refusal(of: try create(), on: try draft()) == .alreadyCreated)
        #expect(
            refusal(of: .create(id(9), paymentDate: try day("2026-04-03"), by: creator), on: nil) == .notAWorkingDay)
    }
}
