extension Pence {
    /// Reads an amount in pounds as people type it: `1234`, `1234.5`, `1234.56`, `£1,234.56`, `-0.07`. Commas must part whole
    /// thousands; a third decimal is refused instead of rounded.
    package init(pounds text: String) throws(MoneyError) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        if rest.first == "£" { rest.removeFirst() }
        let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let wholeText = parts.first else { throw .notAnAmount }
        let whole = try Self.wholePounds(wholeText)
        let fraction = parts.count == 2 ? try Self.pence(parts[1]) : 0
        // Built as a negative number, since the smallest Int64 has no positive twin.
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: -100)
        let (negative, underflow) = scaled.subtractingReportingOverflow(fraction)
        guard !overflow, !underflow else { throw .outOfRange }
        guard !isNegative else { self.init(negative); return }
        guard negative != .min else { throw .outOfRange }
        self.init(-negative)
    }

    /// Pounds and pence without sign of currency or commas, such as `1234.56` or `-0.07`.
    package var plainPounds: String {
        let magnitude = amount.magnitude
        return "\(amount < 0 ? "-" : "")\(magnitude / 100).\(CivilDate.padded(Int(magnitude % 100), to: 2))"
    }

    private static func wholePounds(_ text: Substring) throws(MoneyError) -> Int64 {
        let groups = text.split(separator: ",", omittingEmptySubsequences: false)
        guard let leading = groups.first, !leading.isEmpty else { throw .notAnAmount }
        if groups.count > 1 {
            guard leading.utf8.count <= 3, groups.dropFirst().allSatisfy({ $0.utf8.count == 3 }) else {
                throw .notAnAmount
            }
        }
        let digits = groups.joined()
        // A zero in front is a slip of the hand or a number of another kind, such as an account's.
        guard isDigits(digits), digits == "0" || !digits.hasPrefix("0") else { throw .notAnAmount }
        guard let value = Int64(digits) else { throw .outOfRange }
        return value
    }

    private static func pence(_ text: Substring) throws(MoneyError) -> Int64 {
        guard (1...2).contains(text.utf8.count), isDigits(text), let value = Int64(text) else { throw .notAnAmount }
        return text.utf8.count == 1 ? value * 10 : value
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension Pence: CustomStringConvertible {
    /// The amount as people read it, such as `£1,234.56` or `-£0.07`.
    package var description: String {
        let magnitude = amount.magnitude
        var pounds = ""
        for (index, digit) in String(magnitude / 100).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { pounds.append(",") }
            pounds.append(digit)
        }
        let pence = CivilDate.padded(Int(magnitude % 100), to: 2)
        return "\(amount < 0 ? "-" : "")£\(String(pounds.reversed())).\(pence)"
    }
}
