/// One payment to one person for one period.
package struct PayRunLine: Hashable, Sendable, Codable {
    /// Which payment.
    package let paymentID: PaymentID
    /// Against which agreement.
    package let agreementID: AgreementID
    /// Of which case.
    package let caseID: CaseID
    /// For whom.
    package let personID: PersonID
    /// Into which account.
    package let payeeID: PayeeID
    /// The days it pays for.
    package let period: CivilPeriod
    /// How much, more than nothing.
    package let amount: Pence

    /// This line.
    package init(
        paymentID: PaymentID, agreementID: AgreementID, caseID: CaseID, personID: PersonID, payeeID: PayeeID,
        period: CivilPeriod, amount: Pence
    ) {
        self.paymentID = paymentID
        self.agreementID = agreementID
        self.caseID = caseID
        self.personID = personID
        self.payeeID = payeeID
        self.period = period
        self.amount = amount
    }
}

/// A stop on one line: it is not paid while the hold stands.
package struct PaymentHold: Hashable, Sendable, Codable {
    /// Why.
    package let reason: HoldReason
    /// Who answers for it.
    package let owner: StaffID
    /// The day by which it must be looked at again. It does not lift itself: a person does.
    package let reviewBy: CivilDate

    /// This hold.
    package init(reason: HoldReason, owner: StaffID, reviewBy: CivilDate) {
        self.reason = reason
        self.owner = owner
        self.reviewBy = reviewBy
    }
}

/// Why a line is held.
package enum HoldReason: String, Sendable, Codable, CaseIterable {
    case payeeDetailsInDoubt = "payee-details-in-doubt"
    case returnedBefore = "returned-before"
    case agreementTextChanged = "agreement-text-changed"
    case personDied = "person-died"
    case supportEnded = "support-ended"
    case query
}

/// What a run adds up to. Fixed when it is locked; an approver approves exactly these figures.
package struct ControlTotals: Hashable, Sendable, Codable {
    /// How many lines will be paid.
    package let lineCount: Int
    /// What they come to.
    package let total: Pence

    /// These totals.
    package init(lineCount: Int, total: Pence) {
        self.lineCount = lineCount
        self.total = total
    }
}

/// Where a run stands.
package enum PayRunStatus: String, Sendable, Codable, CaseIterable {
    case draft, locked, approved, released, settled, cancelled
}

/// A pay run as the events so far have made it.
package struct PayRun: Hashable, Sendable, Codable, Identifiable {
    /// Which run.
    package let id: PayRunID
    /// The day on which the money arrives.
    package var paymentDate: CivilDate
    /// Where it stands.
    package var status: PayRunStatus
    /// Its lines, in the order in which they were added; they never change once the run is locked.
    package var lines: [PayRunLine]
    /// The holds on its lines.
    package var holds: [PaymentID: PaymentHold]
    /// Everyone who created, filled, changed or locked it.
    package var preparers: Set<StaffID>
    /// Who approved it.
    package var approver: StaffID?
    /// Who released it.
    package var releaser: StaffID?
    /// What it adds up to, once locked.
    package var totals: ControlTotals?
    /// The SHA-256 of the file, fixed at approval.
    package var fileSHA256: TextSHA256?
    /// The days each person is paid for in this run, so that filling a run takes time that grows with its lines alone.
    var paidDays: [PersonID: [CivilPeriod]]

    /// The lines that will be paid: those without a hold.
    package var payableLines: [PayRunLine] { lines.filter { holds[$0.paymentID] == nil } }

    /// What the payable lines come to.
    package func computeTotals() throws(MoneyError) -> ControlTotals {
        let payable = payableLines
        return ControlTotals(lineCount: payable.count, total: try payable.lazy.map(\.amount).total())
    }

    /// The most lines that a run takes.
    package static let linesMax = 50_000
    /// The largest amount of one line: what the eleven digits of a Bacs record hold.
    package static let lineAmountMax = Pence(99_999_999_999)
}
