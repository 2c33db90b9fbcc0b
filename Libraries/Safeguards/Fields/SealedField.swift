import Crypto
package import FoundationEssentials
package import Postgres

/// Where a sealed value stands. It is bound to the value: moved to another row, column or table, it does not open.
package struct FieldPlace: Sendable, Hashable {
    /// With its schema, for example `referral_gateway.person`.
    package let table: String
    /// The column.
    package let column: String
    /// The row's key.
    package let row: UUID

    /// A place.
    package init(table: String, column: String, row: UUID) {
        self.table = table
        self.column = column
        self.row = row
    }

    /// Each part with its length before it, so that no two places have the same bytes.
    var bytes: [UInt8] {
        [Array("takeup.field".utf8), Array(table.utf8), Array(column.utf8), row.bytes].flatMap { part in
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.count).bigEndian) { Array($0) } + part
        }
    }
}

/// A value sealed under a person's key, as a `bytea` column holds it: a byte for the form, four that tell the key, then
/// nonce, ciphertext and tag of AES-256-GCM.
///
/// Its length shows the value's length.
package struct SealedField: Sendable, Hashable {
    /// What is stored.
    package let bytes: [UInt8]

    /// AES-256-GCM under the person's key, bound to the place.
    static let form: UInt8 = 1
    private static let headBytes = 1 + PersonKey.idBytes
    /// The largest value, in bytes.
    package static let valueBytesMax = 16 << 20
    /// What sealing adds to a value.
    package static let overheadBytes = headBytes + AES256GCM.overheadBytes

    /// Bytes as they were stored.
    package init(stored bytes: [UInt8]) { self.bytes = bytes }

    /// Seals bytes.
    package init(_ value: [UInt8], at place: FieldPlace, under key: PersonKey) throws {
        guard value.count <= Self.valueBytesMax else {
            throw SafeguardsError(.limitExceeded, detail: "a value is too large to be sealed")
        }
        let head = [Self.form] + key.id
        bytes =
            head
            + (try AES256GCM.seal(value, key: key.secret, associatedData: Self.associatedData(head, place, key.person)))
    }

    /// Seals a text.
    package init(_ text: String, at place: FieldPlace, under key: PersonKey) throws {
        try self.init(Array(text.utf8), at: place, under: key)
    }

    /// The value. Throws `.notAuthentic` where it was changed, moved, or sealed under another key.
    package func open(at place: FieldPlace, under key: PersonKey) throws(SafeguardsError) -> Sensitive<[UInt8]> {
        guard bytes.count >= Self.overheadBytes, bytes[0] == Self.form else { throw SafeguardsError(.unknownForm) }
        let head = Array(bytes[..<Self.headBytes])
        guard Array(head[1...]) == key.id else {
            throw SafeguardsError(.notAuthentic, detail: "sealed under another key")
        }
        do {
            return Sensitive(
                try AES256GCM.open(
                    Array(bytes[Self.headBytes...]), key: key.secret,
                    associatedData: Self.associatedData(head, place, key.person)))
        } catch {
            throw SafeguardsError(.notAuthentic, detail: "a sealed value of \(place.table).\(place.column)")
        }
    }

    /// The text.
    package func openText(at place: FieldPlace, under key: PersonKey) throws(SafeguardsError) -> Sensitive<String> {
        let bytes = try open(at: place, under: key)
        guard let text = String(validating: bytes.reveal(), as: UTF8.self) else {
            throw SafeguardsError(.notAuthentic, detail: "a sealed text of \(place.table).\(place.column)")
        }
        return Sensitive(text)
    }

    private static func associatedData(_ head: [UInt8], _ place: FieldPlace, _ person: UUID) -> [UInt8] {
        head + person.bytes + place.bytes
    }
}

extension SealedField: PostgresEncodable, PostgresDecodable {
    /// `bytea`.
    package static var postgresType: UInt32 { [UInt8].postgresType }

    package func encode(into buffer: inout ParameterBuffer) throws(PostgresError) -> Bool {
        try bytes.encode(into: &buffer)
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer, type: UInt32) throws(PostgresError) -> SealedField {
        SealedField(stored: try [UInt8].decode(bytes, type: type))
    }
}
