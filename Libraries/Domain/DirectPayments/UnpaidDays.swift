extension CivilPeriod {
    /// The days of this period that lie in none of `others`, as periods in order.
    package func subtracting(_ others: some Sequence<CivilPeriod>) -> [CivilPeriod] {
        var rest = [self]
        for other in others {
            rest = rest.flatMap { part -> [CivilPeriod] in
                guard part.overlaps(other) else { return [part] }
                return [
                    CivilPeriod(first: part.first, last: other.first.adding(days: -1)),
                    CivilPeriod(first: other.last.adding(days: 1), last: part.last),
                ].compactMap { $0 }
            }
        }
        return rest
    }
}

extension PaymentSchedule {
    /// What is due by `date` of the periods that begin on or before it, without the days of `paid`. A period of which some days
    /// are paid already is paid by the day for the rest: so it goes on where a changed agreement cuts across a paid period,
    /// and after a payment that was held because support ended inside it.
    package func due(by date: CivilDate, paid: [CivilPeriod]) throws(MoneyError) -> [ScheduledPeriod] {
        var due: [ScheduledPeriod] = []
        for period in try periods(startingOnOrBefore: date) {
            for days in period.dates.subtracting(paid) {
                let amounts = days == period.dates ? period.amounts : try budget.amounts(forDays: days.dayCount)
                due.append(ScheduledPeriod(index: period.index, dates: days, amounts: amounts))
            }
        }
        return due
    }
}
