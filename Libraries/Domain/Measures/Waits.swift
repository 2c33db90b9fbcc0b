/// How long things took: days from referral to first payment, for one.
package struct Waits: Hashable, Sendable {
    /// How many were counted.
    package let count: Int
    /// The median in days; nil for none.
    package let median: Int?
    /// The 90th percentile in days; nil for none.
    package let ninetieth: Int?

    /// The percentiles of `days` by nearest rank: the smallest value that at least so many percent do not exceed. Every figure
    /// is thus one that someone really waited. In SQL it is `percentile_disc`.
    package init(days: some Sequence<Int>) {
        let sorted = days.sorted()
        count = sorted.count
        median = Self.nearestRank(percent: 50, of: sorted)
        ninetieth = Self.nearestRank(percent: 90, of: sorted)
    }

    /// The value at the nearest rank of `percent`, 1 to 100, in values that are sorted; nil for none.
    package static func nearestRank(percent: Int, of sorted: [Int]) -> Int? {
        guard !sorted.isEmpty, (1...100).contains(percent) else { return nil }
        // The rank is the count times the percentage, rounded up; split so that no count overflows.
        let (hundreds, rest) = sorted.count.quotientAndRemainder(dividingBy: 100)
        let rank = hundreds * percent + (rest * percent + 99) / 100
        return sorted[rank - 1]
    }
}

/// Starts and ends in one month.
package struct MonthlyFlow: Hashable, Sendable {
    /// Which month.
    package let month: CivilMonth
    /// How many began.
    package var starts: Int
    /// How many ended.
    package var ends: Int

    /// Starts and ends of direct payments in each month from that of `first` to that of `last`, months without either
    /// included. A spell that follows another of the same person without a gap (the next day at the latest) continues it: the
    /// person neither ended nor started.
    package static func directPayments(
        in spells: some Sequence<SupportSpell>, from first: CivilDate, to last: CivilDate
    ) -> [MonthlyFlow] {
        var byPerson: [PersonID: [SupportSpell]] = [:]
        for spell in spells where spell.setting == .community && spell.mechanism == .directPayment {
            guard spell.endedOn ?? .max >= spell.startedOn else { continue }
            byPerson[spell.personID, default: []].append(spell)
        }
        var starts: [CivilMonth: Int] = [:]
        var ends: [CivilMonth: Int] = [:]
        for spells in byPerson.values {
            for run in continuousRuns(of: spells) {
                starts[CivilMonth(containing: run.first), default: 0] += 1
                if let end = run.last { ends[CivilMonth(containing: end), default: 0] += 1 }
            }
        }
        var flows: [MonthlyFlow] = []
        var month = CivilMonth(containing: first)
        let final = CivilMonth(containing: last)
        while month <= final {
            flows.append(MonthlyFlow(month: month, starts: starts[month, default: 0], ends: ends[month, default: 0]))
            guard month.next > month else { break }
            month = month.next
        }
        return flows
    }

    private static func continuousRuns(of spells: [SupportSpell]) -> [(first: CivilDate, last: CivilDate?)] {
        var runs: [(first: CivilDate, last: CivilDate?)] = []
        for spell in spells.sorted(by: { $0.startedOn < $1.startedOn }) {
            guard let current = runs.last else { runs.append((spell.startedOn, spell.endedOn)); continue }
            guard let end = current.last else { break }
            if spell.startedOn <= end.adding(days: 1) {
                runs[runs.count - 1].last = spell.endedOn.map { max($0, end) }
            } else {
                runs.append((spell.startedOn, spell.endedOn))
            }
        }
        return runs
    }
}
