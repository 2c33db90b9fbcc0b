/// A value that can be read from the text of a setting.
package protocol SettingValue: Sendable {
    /// Nil when `text` is no such value.
    init?(setting text: String)
    /// What the text must be, to follow "expected".
    static var settingExpectation: String { get }
    /// The text it is read from.
    var settingText: String { get }
}

extension SettingValue where Self: CommandLineValue {
    /// Read as a word of a command line is.
    package init?(setting text: String) { self.init(commandLine: text) }
    /// The same as on a command line.
    package static var settingExpectation: String { expectation }
    /// The same as on a command line.
    package var settingText: String { commandLineWord }
}

extension String: SettingValue {}
extension Int: SettingValue {}
extension Double: SettingValue {}
extension FilePath: SettingValue {}

extension Bool: SettingValue {
    /// Exactly `true` or `false`.
    package init?(setting text: String) {
        guard let value = Bool(text) else { return nil }
        self = value
    }
    /// Exactly `true` or `false`.
    package static var settingExpectation: String { "true or false" }
    /// `true` or `false`.
    package var settingText: String { description }
}

extension Duration: SettingValue {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
    ]

    /// A whole number and its unit: `250ms`, `30s`, `5m`, `1h`.
    package init?(setting text: String) {
        for unit in Self.units where text.hasSuffix(unit.suffix) {
            guard let count = Int64(text.dropLast(unit.suffix.count)), count >= 0 else { continue }
            let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
            guard !overflow else { return nil }
            self = .milliseconds(milliseconds)
            return
        }
        return nil
    }
    /// A whole number and its unit.
    package static var settingExpectation: String { "a duration such as 250ms, 30s, 5m or 1h" }
    /// In the largest unit that divides it.
    package var settingText: String {
        let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        let unit = Self.units.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "0s"
    }
}
