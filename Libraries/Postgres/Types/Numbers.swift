extension Bool: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.bool }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(UInt8(self ? 1 : 0))
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Bool {
        guard type == PostgresType.bool else { throw .mismatch(Self.self, type: type) }
        guard bytes.count == 1 else { throw .malformed(Self.self) }
        return bytes[0] != 0
    }
}

/// Integers are read from any integer column whose value fits, and from a `numeric` without a fraction, because that is
/// what `sum(bigint)` gives.
extension PostgresDecodable where Self: FixedWidthInteger {
    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Self {
        let wide: Int64?
        switch type {
        case PostgresType.int8: wide = bytes.bigEndian(Int64.self)
        case PostgresType.int4: wide = bytes.bigEndian(Int32.self).map(Int64.init)
        case PostgresType.int2: wide = bytes.bigEndian(Int16.self).map(Int64.init)
        case PostgresType.oid: wide = bytes.bigEndian(UInt32.self).map(Int64.init)
        case PostgresType.numeric: wide = try NumericDigits(bytes).integer()
        default: throw .mismatch(Self.self, type: type)
        }
        guard let wide else { throw .malformed(Self.self) }
        guard let value = Self(exactly: wide) else { throw .outOfRange(Self.self) }
        return value
    }
}

extension Int16: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int2 }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(self)
        return true
    }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int4 }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(self)
        return true
    }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int8 }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(self)
        return true
    }
}

extension Int: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int8 }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(Int64(self))
        return true
    }
}

extension Double: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.float8 }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(bitPattern)
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Double {
        switch type {
        case PostgresType.float8:
            guard let bits = bytes.bigEndian(UInt64.self) else { throw .malformed(Self.self) }
            return Double(bitPattern: bits)
        case PostgresType.float4:
            guard let bits = bytes.bigEndian(UInt32.self) else { throw .malformed(Self.self) }
            return Double(Float(bitPattern: bits))
        case PostgresType.numeric:
            return try NumericDigits(bytes).double()
        default:
            throw .mismatch(Self.self, type: type)
        }
    }
}

/// The binary form of `numeric`: groups of four decimal digits, the weight of the first, a sign and the digits shown
/// after the point (`src/backend/utils/adt/numeric.c`, `numeric_send`).
struct NumericDigits {
    private let groups: [Int16]
    private let weight: Int
    private let isNegative: Bool
    private let isSpecial: Bool

    init(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
        guard let count = bytes.bigEndian(Int16.self), count >= 0, bytes.count == 8 + 2 * Int(count),
            let weight = bytes.bigEndian(Int16.self, at: 2), let sign = bytes.bigEndian(UInt16.self, at: 4)
        else { throw .malformed(Self.self) }
        groups = (0..<Int(count)).map { bytes.bigEndian(Int16.self, at: 8 + 2 * $0) ?? 0 }
        self.weight = Int(weight)
        isNegative = sign == 0x4000
        isSpecial = sign >= 0xC000
    }

    /// The value, if it is a whole number in range.
    func integer() throws(PostgresError) -> Int64 {
        guard !isSpecial, groups.count <= weight + 1 || groups.isEmpty else { throw .outOfRange(Int64.self) }
        guard !groups.isEmpty else { return 0 }
        // 19 digits fit, so at most five groups.
        guard weight <= 4 else { throw .outOfRange(Int64.self) }
        var value: Int64 = 0
        for position in 0...weight {
            let group = Int64(position < groups.count ? groups[position] : 0)
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10_000)
            // Built up below zero, where there is room for one more.
            let (sum, overflowAgain) = shifted.subtractingReportingOverflow(group)
            guard !overflow, !overflowAgain else { throw .outOfRange(Int64.self) }
            value = sum
        }
        guard !isNegative else { return value }
        let (positive, overflow) = Int64(0).subtractingReportingOverflow(value)
        guard !overflow else { throw .outOfRange(Int64.self) }
        return positive
    }

    /// The nearest double; through text, because that conversion rounds correctly.
    func double() throws(PostgresError) -> Double {
        guard !isSpecial else { throw .outOfRange(Double.self) }
        var text = isNegative ? "-0" : "0"
        for group in groups {
            let digits = String(group)
            text += String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        let exponent = (weight + 1 - groups.count) * 4
        guard let value = Double("\(text)e\(exponent)"), value.isFinite else { throw .outOfRange(Double.self) }
        return value
    }
}
