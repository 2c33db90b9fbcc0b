/// An amount of money in whole pence. There is no fraction of a penny and no floating point anywhere near it: what cannot be
/// counted exactly throws.
package struct Pence: Hashable, Sendable {
    /// The number of pence, negative for money owed the other way.
    package let amount: Int64

    /// This many pence.
    package init(_ amount: Int64) {
        self.amount = amount
    }

    /// No money.
    package static let zero = Pence(0)

    /// The sum.
    package static func + (left: Pence, right: Pence) throws(MoneyError) -> Pence {
        let (sum, overflow) = left.amount.addingReportingOverflow(right.amount)
        guard !overflow else { throw .outOfRange }
        return Pence(sum)
    }

    /// The difference.
    package static func - (left: Pence, right: Pence) throws(MoneyError) -> Pence {
        let (difference, overflow) = left.amount.subtractingReportingOverflow(right.amount)
        guard !overflow else { throw .outOfRange }
        return Pence(difference)
    }

    /// The amount `count` times.
    package static func * (amount: Pence, count: Int64) throws(MoneyError) -> Pence {
        let (product, overflow) = amount.amount.multipliedReportingOverflow(by: count)
        guard !overflow else { throw .outOfRange }
        return Pence(product)
    }

    /// The share `part` of `whole`, to the nearest penny, half a penny away from zero. The product is exact before the one
    /// rounding, so that no share depends on the order of work.
    package func share(_ part: Int, of whole: Int) throws(MoneyError) -> Pence {
        guard whole > 0, part >= 0 else { throw .impossibleShare }
        let exact = Int128(amount.magnitude) * Int128(part)
        // Half of the whole is compared instead of added, since twice the product may need more than 127 bits.
        let (quotient, remainder) = exact.quotientAndRemainder(dividingBy: Int128(whole))
        let rounded = remainder >= Int128(whole) - remainder ? quotient + 1 : quotient
        guard let pence = Int64(exactly: amount < 0 ? -rounded : rounded) else { throw .outOfRange }
        return Pence(pence)
    }
}

/// Why money could not be counted or read.
package enum MoneyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The result has more than 63 bits.
    case outOfRange
    /// A share of nothing, or a negative part.
    case impossibleShare
    /// The text is not an amount in pounds.
    case notAnAmount

    /// What happened, without the amount.
    package var description: String {
        switch self {
        case .outOfRange: "the amount is too large to be counted in pence"
        case .impossibleShare: "a share needs a part of at least 0 and a whole of at least 1"
        case .notAnAmount: "expected an amount in pounds, such as 1234.56 or £1,234.56"
        }
    }
}

extension Pence: Comparable {
    /// The smaller amount is the smaller.
    package static func < (left: Pence, right: Pence) -> Bool { left.amount < right.amount }
}

extension Sequence<Pence> {
    /// All of it together; zero for none.
    package func total() throws(MoneyError) -> Pence {
        var sum = Pence.zero
        for amount in self { sum = try sum + amount }
        return sum
    }
}

extension Pence: Codable {
    /// Reads the number of pence from a JSON string, since a JSON number is not exact above 2^53 for many readers.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        // The round trip refuses what Int64 would also read but no one of ours writes, such as +5 or 007.
        guard let amount = Int64(text), String(amount) == text else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected whole pence as a string")
        }
        self.amount = amount
    }

    /// Writes the number of pence as a string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(amount))
    }
}
