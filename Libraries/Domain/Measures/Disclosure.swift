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

extension DisclosedShare {
    private init() {
        numerator = .suppressed
        denominator = .suppressed
        percent = nil
    }

    /// The shares of parts that make up a whole which is shown beside them. Where one of them has to be hidden all are: the
    /// whole less the others would give it away. Parts without anybody in them give nothing away.
    package static func parts<Part: Hashable>(_ counts: [Part: TakeUp.Counts]) -> [Part: DisclosedShare] {
        let shares = counts.mapValues { DisclosedShare(numerator: $0.numerator, denominator: $0.denominator) }
        guard shares.values.contains(where: { $0.denominator == .suppressed }) else { return shares }
        return shares.mapValues { _ in DisclosedShare() }
    }
}

extension DisclosedCount {
    /// Counts whose sum is shown beside them. Those that must be hidden are; and where that leaves only one hidden, or hidden
    /// ones whose sum tells what each of them is, the smallest of the others are hidden too.
    package static func series(_ counts: [Int]) -> [DisclosedCount] {
        var hidden = counts.indices.filter { DisclosedCount(counts[$0]) == .suppressed }
        guard !hidden.isEmpty else { return counts.map { .shown($0) } }
        let must = hidden.count
        // Nought is hidden last: it is about nobody.
        var others = counts.indices.filter { !hidden.contains($0) }.sorted {
            (counts[$0] == 0 ? 1 : 0, counts[$0], $0) < (counts[$1] == 0 ? 1 : 0, counts[$1], $1)
        }[...]
        func tells() -> Bool {
            guard hidden.count > 1 else { return true }
            let sum = hidden.reduce(0) { $0 + counts[$1] }
            return hidden.count == must && (sum == must || sum == must * hiddenMax)
        }
        while tells(), let next = others.popFirst() { hidden.append(next) }
        return counts.indices.map { hidden.contains($0) ? .suppressed : .shown(counts[$0]) }
    }
}
