/// A count as it may be shown to those who may not see people: small numbers are hidden, and hidden is never shown as 0.
package enum DisclosedCount: Hashable, Sendable, CustomStringConvertible {
    case shown(Int)
    /// One to four people.
    case suppressed

    /// Counts from 1 to this are hidden.
    package static let hiddenMax = 4

    /// `count` under the rule. A true 0 is shown.
    package init(_ count: Int) {
        self = (1...Self.hiddenMax).contains(count) ? .suppressed : .shown(count)
    }

    /// The count, or the published tables' mark `[c]`.
    package var description: String {
        switch self {
        case .shown(let count): String(count)
        case .suppressed: "[c]"
        }
    }
}

/// A numerator, a denominator and their percentage as they may be shown.
package struct DisclosedShare: Hashable, Sendable {
    /// The part.
    package let numerator: DisclosedCount
    /// The whole.
    package let denominator: DisclosedCount
    /// The percentage; nil where it is hidden.
    package let percent: Tenths?

    /// The rule of the published tables, made a little stricter towards the people behind it: where the part or the rest of the
    /// whole is one to four people, or the whole is, all three are hidden, since any two give the third.
    package init(numerator: Int, denominator: Int) {
        let rest = denominator - numerator
        let isHidden = [numerator, rest, denominator].contains { DisclosedCount($0) == .suppressed }
        self.numerator = isHidden ? .suppressed : .shown(numerator)
        self.denominator = isHidden ? .suppressed : .shown(denominator)
        percent = isHidden ? nil : Tenths(percentOf: numerator, in: denominator)
    }
}
