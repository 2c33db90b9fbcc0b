/// The four-weekly payments of one agreement. Period `k` (from 0) begins 28 × k days after the first day and is paid in
/// advance; where the agreement ends inside a period, that period is paid by the day.
package struct PaymentSchedule: Hashable, Sendable, Codable {
    /// Which agreement.
    package let agreementID: AgreementID
    /// The first day of period 0.
    package let firstStart: CivilDate
    /// The last day that is paid for; nil while the agreement has no end.
    package let endsOn: CivilDate?
    /// What a week costs.
    package let budget: WeeklyBudget

    /// How many days a period has.
    package static let periodDays = 28
    /// The highest period number: 766 years of payments, so that no multiplication overflows.
    package static let periodIndexMax = 9_999

    /// This schedule; nil where it would end before it starts.
    package init?(agreementID: AgreementID, firstStart: CivilDate, endsOn: CivilDate? = nil, budget: WeeklyBudget) {
        if let endsOn, endsOn < firstStart { return nil }
        self.agreementID = agreementID
        self.firstStart = firstStart
        self.endsOn = endsOn
        self.budget = budget
    }

    /// The dates of period `index`; nil where the agreement has ended before it, or there is no such number.
    package func dates(ofPeriod index: Int) -> CivilPeriod? {
        guard (0...Self.periodIndexMax).contains(index) else { return nil }
        let first = firstStart.adding(days: index * Self.periodDays)
        let whole = first.adding(days: Self.periodDays - 1)
        return CivilPeriod(first: first, last: min(whole, endsOn ?? whole))
    }

    /// Period `index` with its amounts; nil where there is none.
    package func period(_ index: Int) throws(MoneyError) -> ScheduledPeriod? {
        guard let dates = dates(ofPeriod: index) else { return nil }
        return ScheduledPeriod(index: index, dates: dates, amounts: try budget.amounts(forDays: dates.dayCount))
    }

    /// The number of the period that `date` lies in; nil before the first and after the end.
    package func periodIndex(containing date: CivilDate) -> Int? {
        let days = date.days(since: firstStart)
        guard days >= 0, date <= endsOn ?? date else { return nil }
        let index = days / Self.periodDays
        return index <= Self.periodIndexMax ? index : nil
    }

    /// The periods that begin on or before `date`, in order: those that are due by then, since payment is in advance.
    package func periods(startingOnOrBefore date: CivilDate) throws(MoneyError) -> [ScheduledPeriod] {
        guard date >= firstStart else { return [] }
        let last = min(date.days(since: firstStart) / Self.periodDays, Self.periodIndexMax)
        var periods: [ScheduledPeriod] = []
        for index in 0...last {
            guard let period = try period(index) else { break }
            periods.append(period)
        }
        return periods
    }
}

/// One period of a schedule.
package struct ScheduledPeriod: Hashable, Sendable, Codable {
    /// Its number, from 0.
    package let index: Int
    /// Its first and last day.
    package let dates: CivilPeriod
    /// What it costs and who pays.
    package let amounts: PeriodAmounts

    /// Whether the agreement ended inside it.
    package var isPartial: Bool { dates.dayCount < PaymentSchedule.periodDays }
}
