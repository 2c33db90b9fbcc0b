import Domain

/// The words of a direct payment agreement, made from what was agreed and from nothing else: the same terms always give the
/// same text, so that its hash says what was shown.
struct AgreementText: Sendable {
    let agreementID: AgreementID
    let version: Int
    let section: CareActSection
    let budget: WeeklyBudget
    let route: PaymentRoute
    let startsOn: CivilDate
    let endsOn: CivilDate?

    /// The text, in plain English, ending in a new line.
    func body() throws -> String {
        let period = try budget.amounts(forDays: PaymentSchedule.periodDays)
        let ending = endsOn.map { "It ends on \($0.spelledOut)." } ?? "It goes on until you or the council end it."
        return """
            DIRECT PAYMENT AGREEMENT
            Agreement \(agreementID), version \(version)

            This agreement is between you and the council. It is made under \(lawInWords).

            1. What the money is for
            The money is for the care and support in your support plan. You choose who gives it and when.

            2. How much and when
            Your personal budget is \(budget.budget) a week.
            You pay \(budget.contribution) a week towards it yourself.
            Every four weeks the council pays \(period.net): your budget of \(period.gross) less your part of \(period.contribution).
            Payments begin on \(startsOn.spelledOut). \(ending)

            3. Where the money goes
            \(routeInWords)

            4. What you do
            Keep the money apart from your own, keep statements and receipts, and show them when the council asks.
            If you employ someone you are their employer: you need employers' liability insurance and a payroll.
            Do not pay your partner or a close relative in your home, unless the council has agreed that it is necessary.

            5. What the council does
            It looks at how the payment works for you within six months of the first payment, and at least every twelve months after.
            It helps you with employing, with paying and with keeping records.

            6. Changing and ending
            You can end this agreement at any time; the council then arranges your support.
            If what is written here changes, you will be asked to sign again before anything more is paid.
            You can ask the council to look again at any decision about your direct payment.

            """
    }

    private var lawInWords: String {
        switch section {
        case .adultWithCapacity: "section 31 of the Care Act 2014, because you asked for it"
        case .adultWithoutCapacity:
            "section 32 of the Care Act 2014, because an authorised person asked for it on behalf of the person it is for"
        }
    }

    private var routeInWords: String {
        switch route {
        case .ownAccount: "It is paid into a bank account that you use for this money only."
        case .instantAccessAccount: "It is paid into an instant access account that you use for this money only."
        case .prepaidCard: "It is loaded on a prepaid card. The council can see what is paid with the card."
        case .managedAccount: "It is paid to a provider who holds the money and pays the bills for you."
        case .thirdParty: "It is paid to the person you chose to receive and handle it for you."
        }
    }
}
