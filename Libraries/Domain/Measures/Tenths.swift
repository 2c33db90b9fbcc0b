/// A figure with one decimal, such as a percentage, held as whole tenths so that no rounding is left to chance.
package struct Tenths: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Ten times the figure.
    package let count: Int

    /// This many tenths.
    package init(_ count: Int) {
        self.count = count
    }

    /// `part` of `whole` in percent, half a tenth up. An empty whole gives 0.0, as the published measures print it.
    /// Where the figure has more than 63 bits it is the largest there is; negative parts count as none.
    package init(percentOf part: Int, in whole: Int) {
        guard whole > 0, part > 0 else { self.init(0); return }
        let rounded = (2_000 * Int128(part) + Int128(whole)) / (2 * Int128(whole))
        self.init(Int(clamping: rounded))
    }

    /// With one decimal, such as `18.3`.
    package var description: String {
        let magnitude = count.magnitude
        return "\(count < 0 ? "-" : "")\(magnitude / 10).\(magnitude % 10)"
    }

    /// The smaller figure is the smaller.
    package static func < (left: Tenths, right: Tenths) -> Bool { left.count < right.count }
}
