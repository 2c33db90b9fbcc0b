package import Domain
package import FoundationEssentials

/// The payments of an agreement were scheduled, or scheduled anew.
package struct PaymentScheduleSet: EventPayload {
    /// Where it is published.
    package static let topic = Topic.payments
    /// What happened.
    package static let event = "schedule-set"

    /// Which agreement.
    package let agreementID: AgreementID
    /// The case it belongs to.
    package let caseID: CaseID
    /// Whom it is for.
    package let personID: PersonID
    /// The first day of the first period that is paid.
    package let firstPeriodStartsOn: CivilDate
    /// What the support of a whole period costs, in pence.
    package let grossPence: Pence
    /// What the person pays towards it, in pence.
    package let contributionPence: Pence
    /// What the council pays for a whole period: gross less contribution, in pence.
    package let netPence: Pence

    /// The agreement it is about.
    package var key: UUID { agreementID.uuid }

    /// The event with these facts.
    package init(
        agreementID: AgreementID, caseID: CaseID, personID: PersonID, firstPeriodStartsOn: CivilDate,
        grossPence: Pence, contributionPence: Pence, netPence: Pence
    ) {
        self.agreementID = agreementID
        self.caseID = caseID
        self.personID = personID
        self.firstPeriodStartsOn = firstPeriodStartsOn
        self.grossPence = grossPence
        self.contributionPence = contributionPence
        self.netPence = netPence
    }
}

/// A pay run was approved by a second person and its file was fixed.
package struct PayRunApproved: EventPayload {
    /// Where it is published.
    package static let topic = Topic.payments
    /// What happened.
    package static let event = "run-approved"

    /// Which pay run.
    package let runID: PayRunID
    /// How many payments it holds.
    package let lines: Int
    /// What they come to, in pence.
    package let totalPence: Pence
    /// When it was approved.
    package let approvedAt: Date
    /// The SHA-256 of the file that goes to the bank.
    package let fileSHA256: TextSHA256

    /// The run it is about.
    package var key: UUID { runID.uuid }

    /// The event with these facts.
    package init(
        runID: PayRunID, lines: Int, totalPence: Pence, approvedAt: Date, fileSHA256: TextSHA256
    ) {
        self.runID = runID
        self.lines = lines
        self.totalPence = totalPence
        self.approvedAt = approvedAt
        self.fileSHA256 = fileSHA256
    }
}

/// One period of an agreement was paid.
package struct PaymentPaid: EventPayload {
    /// Where it is published.
    package static let topic = Topic.payments
    /// What happened.
    package static let event = "paid"

    /// Which payment.
    package let paymentID: PaymentID
    /// Which agreement.
    package let agreementID: AgreementID
    /// The case it belongs to.
    package let caseID: CaseID
    /// Whom it is for.
    package let personID: PersonID
    /// The pay run it was in.
    package let runID: PayRunID
    /// The first day that was paid for.
    package let periodStartsOn: CivilDate
    /// The last day that was paid for.
    package let periodEndsOn: CivilDate
    /// What was paid, in pence.
    package let amountPence: Pence
    /// The day the money reaches the payee.
    package let paymentDate: CivilDate
    /// Whether it is the first payment of the agreement; the review clock starts with it.
    package let isFirst: Bool

    /// The agreement it is about.
    package var key: UUID { agreementID.uuid }

    /// The event with these facts.
    package init(
        paymentID: PaymentID, agreementID: AgreementID, caseID: CaseID, personID: PersonID, runID: PayRunID,
        periodStartsOn: CivilDate, periodEndsOn: CivilDate, amountPence: Pence, paymentDate: CivilDate, isFirst: Bool
    ) {
        self.paymentID = paymentID
        self.agreementID = agreementID
        self.caseID = caseID
        self.personID = personID
        self.runID = runID
        self.periodStartsOn = periodStartsOn
        self.periodEndsOn = periodEndsOn
        self.amountPence = amountPence
        self.paymentDate = paymentDate
        self.isFirst = isFirst
    }
}
