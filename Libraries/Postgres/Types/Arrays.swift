package import FoundationEssentials

/// A type whose array is a type of PostgreSQL: `[Int64]` is `bigint[]`. `UInt8` is here too, and its array is `bytea`.
package protocol PostgresArrayElement: Sendable {
    /// The object id of the array's type.
    static var postgresArrayType: UInt32 { get }

    /// Writes a whole array.
    static func encodeArray(_ array: [Self], into buffer: inout ParameterBuffer) throws(PostgresError)

    /// Reads a whole array.
    static func decodeArray(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> [Self]
}

/// The binary form of an array: dimensions, whether a NULL is among them, the element's type, for each dimension its
/// size and lower bound, then every element after its length (`src/backend/utils/adt/arrayfuncs.c`, `array_send`).
extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    package static func encodeArray(_ array: [Self], into buffer: inout ParameterBuffer) throws(PostgresError) {
        guard let count = Int32(exactly: array.count) else {
            throw PostgresError(.invalidQuery, message: "an array has more elements than the protocol allows")
        }
        buffer.write(Int32(count == 0 ? 0 : 1))
        buffer.write(Int32(1))
        buffer.write(Self.postgresType)
        if count == 0 { return }
        buffer.write(count)
        buffer.write(Int32(1))
        for element in array {
            try buffer.writeWithLength(element)
        }
    }

    package static func decodeArray(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> [Self] {
        guard let dimensions = bytes.bigEndian(Int32.self), let elementType = bytes.bigEndian(UInt32.self, at: 8) else {
            throw .malformed([Self].self)
        }
        if dimensions == 0 { return [] }
        guard dimensions == 1 else {
            throw PostgresError(
                .decoding, message: "an array of \(dimensions) dimensions cannot be read as [\(Self.self)]")
        }
        // Each element has at least the four bytes of its length, which bounds the count by what really came.
        guard let count = bytes.bigEndian(Int32.self, at: 12), count >= 0, Int(count) <= (bytes.count - 20) / 4 else {
            throw .malformed([Self].self)
        }

        var result: [Self] = []
        result.reserveCapacity(Int(count))
        var offset = 20
        for _ in 0..<count {
            guard let length = bytes.bigEndian(Int32.self, at: offset) else { throw .malformed([Self].self) }
            offset += 4
            guard length >= 0 else {
                result.append(try Self.decodeNull())
                continue
            }
            guard Int(length) <= bytes.count - offset else { throw .malformed([Self].self) }
            let element = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
            result.append(try Self.decode(element, type: elementType))
            offset += Int(length)
        }
        return result
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    package static var postgresType: UInt32 { Element.postgresArrayType }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        try Element.encodeArray(self, into: &buffer)
        return true
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> [Element] {
        try Element.decodeArray(bytes, type: type)
    }
}

extension UInt8: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { PostgresType.bytea }

    package static func encodeArray(_ array: [UInt8], into buffer: inout ParameterBuffer) throws(PostgresError) {
        buffer.write(bytes: array)
    }

    package static func decodeArray(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> [UInt8] {
        guard type == PostgresType.bytea else { throw .mismatch([UInt8].self, type: type) }
        return [UInt8](bytes)
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    package static var postgresArrayType: UInt32 { 1_001 }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {
    package static var postgresArrayType: UInt32 { Wrapped.postgresArrayType }
}

extension Bool: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_000 }
}

extension Int16: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_005 }
}

extension Int32: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_007 }
}

extension Int64: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_016 }
}

extension Int: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_016 }
}

extension Double: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_022 }
}

extension String: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_009 }
}

extension UUID: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 2_951 }
}

extension Data: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_001 }
}

extension Date: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_185 }
}

extension PostgresTimestamp: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_185 }
}

extension PostgresDate: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 1_182 }
}

extension PostgresJSON: PostgresArrayElement {
    package static var postgresArrayType: UInt32 { 3_807 }
}
