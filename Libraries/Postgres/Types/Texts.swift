package import FoundationEssentials

extension String: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.text }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        // PostgreSQL's text holds no NUL. Refused here, so that the error names the cause.
        guard !utf8.contains(0) else {
            throw PostgresError(.invalidQuery, message: "a text holds a NUL byte, which PostgreSQL cannot store")
        }
        buffer.write(bytes: utf8)
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> String {
        var bytes = bytes
        switch type {
        case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name, PostgresType.char,
            PostgresType.unknown, PostgresType.json:
            break
        case PostgresType.jsonb:
            bytes = try PostgresJSON.body(ofBinary: bytes)
        case PostgresType.firstUserDefined...:
            break
        default:
            throw .mismatch(Self.self, type: type)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed(Self.self) }
        return text
    }
}

extension UUID: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.uuid }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        withUnsafeBytes(of: uuid) { buffer.write(bytes: $0) }
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> UUID {
        guard type == PostgresType.uuid else { throw .mismatch(Self.self, type: type) }
        guard bytes.count == 16 else { throw .malformed(Self.self) }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension Data: PostgresEncodable, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.bytea }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(bytes: self)
        return true
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> Data {
        guard type == PostgresType.bytea else { throw .mismatch(Self.self, type: type) }
        return Data(bytes)
    }
}

/// A JSON document as text. Sent as `jsonb`, which PostgreSQL also assigns to `json` columns; read from both.
package struct PostgresJSON: Sendable, Hashable, PostgresEncodable, PostgresDecodable {
    /// The document. PostgreSQL checks that it is one.
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    package static var postgresType: UInt32 { PostgresType.jsonb }

    /// The binary form of `jsonb` is its text after one byte that tells the version of the format.
    private static let binaryVersion: UInt8 = 1

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        buffer.write(Self.binaryVersion)
        return try text.encode(into: &buffer)
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> PostgresJSON {
        guard type == PostgresType.json || type == PostgresType.jsonb else { throw .mismatch(Self.self, type: type) }
        return PostgresJSON(try String.decode(bytes, type: type))
    }

    static func body(ofBinary bytes: UnsafeRawBufferPointer) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard bytes.first == binaryVersion else { throw .malformed(PostgresJSON.self) }
        return UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
    }
}
