/// What a person's support costs a week and who pays which part of it.
package struct WeeklyBudget: Hashable, Sendable, Codable {
    /// The personal budget for a week, gross.
    package let budget: Pence
    /// The person's own assessed contribution for a week; the council pays the rest (net payment).
    package let contribution: Pence

    /// A budget of more than nothing and a contribution from nothing to the whole of it.
    package init(budget: Pence, contribution: Pence) throws(WeeklyBudgetError) {
        guard budget > .zero else { throw .budgetNotPositive }
        guard contribution >= .zero else { throw .contributionNegative }
        guard contribution <= budget else { throw .contributionAboveBudget }
        guard budget <= Self.budgetMax else { throw .budgetAboveLimit }
        self.budget = budget
        self.contribution = contribution
    }

    /// The largest weekly budget that is taken for meant: £20,000. The dearest support at home costs about half of it.
    package static let budgetMax = Pence(20_000_00)

    /// Gross, contribution and net for `days` days; 28 for a whole four-weekly period. Gross and contribution are each
    /// rounded once, to the nearest penny with half a penny up, and net is their difference, so that the three always add up.
    package func amounts(forDays days: Int) throws(MoneyError) -> PeriodAmounts {
        let gross = try budget.share(days, of: 7)
        let contribution = try contribution.share(days, of: 7)
        return PeriodAmounts(gross: gross, contribution: contribution, net: try gross - contribution)
    }

    private enum CodingKeys: String, CodingKey {
        case budget, contribution
    }

    /// Reads both amounts under the same rules as ``init(budget:contribution:)``.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            budget: container.decode(Pence.self, forKey: .budget),
            contribution: container.decode(Pence.self, forKey: .contribution))
    }
}

/// The three amounts of a period; gross less contribution is net.
package struct PeriodAmounts: Hashable, Sendable, Codable {
    /// What the support costs.
    package let gross: Pence
    /// What the person pays towards it.
    package let contribution: Pence
    /// What the council pays.
    package let net: Pence
}

/// Why a weekly budget is refused.
package enum WeeklyBudgetError: String, Error, Sendable, CustomStringConvertible {
    case budgetNotPositive
    case budgetAboveLimit
    case contributionNegative
    case contributionAboveBudget

    /// What is wrong, without the amounts.
    package var description: String {
        switch self {
        case .budgetNotPositive: "the weekly budget must be more than nothing"
        case .budgetAboveLimit: "the weekly budget is above \(WeeklyBudget.budgetMax); check for pounds typed as pence"
        case .contributionNegative: "the weekly contribution must not be negative"
        case .contributionAboveBudget: "the weekly contribution must not be above the weekly budget"
        }
    }
}
