/// A person's NHS number: ten digits, the last of which checks the others (modulus 11).
package struct NHSNumber: Hashable, Sendable, LosslessStringConvertible {
    /// The ten digits without spaces.
    package let digits: String

    /// Reads a number whose check digit is right, with or without the usual spaces or hyphens; nil for any other.
    package init?(_ text: String) {
        guard case .valid(let number) = NHSNumberCheck(text) else { return nil }
        self = number
    }

    fileprivate init(checked digits: String) {
        self.digits = digits
    }

    /// The number whose first nine digits are `stem`; nil where no check digit fits (one stem in eleven) or `stem` has more
    /// than nine digits.
    package init?(stem: Int) {
        guard (0...999_999_999).contains(stem) else { return nil }
        let text = CivilDate.padded(stem, to: 9)
        guard let check = Self.checkDigit(of: text.utf8) else { return nil }
        digits = text + String(check)
    }

    /// The digits as ``digits``.
    package var description: String { digits }

    /// As people read it, such as `943 476 5919`.
    package var spaced: String { "\(digits.prefix(3)) \(digits.dropFirst(3).prefix(3)) \(digits.suffix(4))" }

    /// Who the number was set aside for.
    package var range: NHSNumberRange { NHSNumberRange(stem: Int(digits.prefix(9)) ?? 0) }

    /// The digit that belongs after nine digits; nil where none does, since modulus 11 then gives ten.
    static func checkDigit(of nineDigits: some Collection<UInt8>) -> Int? {
        var sum = 0
        for (weight, digit) in zip(stride(from: 10, through: 2, by: -1), nineDigits) {
            sum += weight * Int(digit - UInt8(ascii: "0"))
        }
        switch 11 - sum % 11 {
        case 11: return 0
        case 10: return nil
        case let check: return check
        }
    }
}

/// What is known about text that should be an NHS number. A wrong check digit is a finding to show and to follow up, never a
/// reason to lose the message it came in.
package enum NHSNumberCheck: Hashable, Sendable {
    /// Ten digits and the last one is right.
    case valid(NHSNumber)
    /// Ten digits and the last one is wrong.
    case wrongCheckDigit(digits: String)
    /// Not ten digits.
    case notTenDigits

    /// Looks at `text`, leaving out spaces and hyphens.
    package init(_ text: String) {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte)
                guard digits.count <= 10 else { self = .notTenDigits; return }
            case UInt8(ascii: " "), UInt8(ascii: "-"):
                continue
            default:
                self = .notTenDigits
                return
            }
        }
        guard digits.count == 10 else { self = .notTenDigits; return }
        let plain = String(decoding: digits, as: UTF8.self)
        let isRight = NHSNumber.checkDigit(of: digits.prefix(9)) == Int(digits[9] - UInt8(ascii: "0"))
        self = isRight ? .valid(NHSNumber(checked: plain)) : .wrongCheckDigit(digits: plain)
    }
}

/// Who a block of NHS numbers was set aside for.
package enum NHSNumberRange: String, Sendable, CaseIterable {
    /// England, Wales and the Isle of Man.
    case england
    /// Health and Care numbers.
    case northernIreland
    /// Community Health Index numbers.
    case scotland
    /// Individual Health Identifiers.
    case ireland
    /// The NHS's own testing (500 to 599).
    case internalTesting
    /// Never issued: examples and tests (999).
    case example
    /// Anything else.
    case unallocated

    /// The block in which a number with these first nine digits lies.
    package init(stem: Int) {
        self =
            switch stem {
            case 400_000_000...499_999_999, 600_000_000...799_999_999: .england
            case 320_000_001...399_999_999: .northernIreland
            case 10_100_000...311_299_999: .scotland
            case 800_000_000...859_999_999: .ireland
            case 500_000_000...599_999_999: .internalTesting
            case 999_000_000...999_999_999: .example
            default: .unallocated
            }
    }
}
