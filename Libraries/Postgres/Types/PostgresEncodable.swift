/// A value that can be a parameter.
package protocol PostgresEncodable: Sendable {
    /// The type's object id, as in `pg_type`.
    static var postgresType: UInt32 { get }

    /// Writes the value in PostgreSQL's binary format. Returns false, having written nothing, for NULL.
    /// Throws `invalidQuery` for a value the type cannot hold there.
    func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool
}

/// A value that can be read from a result.
package protocol PostgresDecodable {
    /// Reads the binary format of `type`. The bytes are valid during the call only.
    /// Throws `decoding` for another type, a value out of range, or bytes that are no such value.
    static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Self

    /// What NULL becomes; throws `decoding` except for optionals.
    static func decodeNull() throws(PostgresError) -> Self
}

extension PostgresDecodable {
    package static func decodeNull() throws(PostgresError) -> Self {
        throw PostgresError(.decoding, message: "NULL where \(Self.self) is required")
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    package static var postgresType: UInt32 { Wrapped.postgresType }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        switch self {
        case .none: false
        case .some(let value): try value.encode(into: &buffer)
        }
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Self {
        try Wrapped.decode(bytes, type: type)
    }

    package static func decodeNull() throws(PostgresError) -> Self { nil }
}

/// Object ids of the types we know, from the server's `pg_type.dat`. They never change.
enum PostgresType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802

    /// Types made by users (enums, and extensions such as `citext`) have larger ids. Enums travel as their label.
    static let firstUserDefined: UInt32 = 16_384
}

extension UnsafeRawBufferPointer {
    /// A whole integer in network order at `offset`; nil if it is not all there.
    func bigEndian<T: FixedWidthInteger>(_: T.Type, at offset: Int = 0) -> T? {
        guard offset >= 0, count - offset >= MemoryLayout<T>.size else { return nil }
        return T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

extension PostgresError {
    static func mismatch<T>(_: T.Type, type: UInt32) -> PostgresError {
        PostgresError(.decoding, message: "type \(type) cannot be read as \(T.self)")
    }

    static func malformed<T>(_: T.Type) -> PostgresError {
        PostgresError(.decoding, message: "the bytes are no \(T.self)")
    }

    static func outOfRange<T>(_: T.Type) -> PostgresError {
        PostgresError(.decoding, message: "the value is out of range for \(T.self)")
    }
}
