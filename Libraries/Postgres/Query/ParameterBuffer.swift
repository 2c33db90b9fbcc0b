/// The values of a statement in PostgreSQL's binary format, in one run of bytes.
package struct ParameterBuffer: Sendable {
    struct Slot: Sendable {
        var type: UInt32
        var offset: Int
        /// nil is NULL.
        var length: Int?
    }

    private(set) var slots: [Slot] = []
    private(set) var bytes: [UInt8] = []

    var count: Int { slots.count }
    var byteCount: Int { bytes.count }

    /// Appends a value as the next parameter.
    mutating func append<T: PostgresEncodable>(_ value: T) throws(PostgresError) {
        let start = bytes.count
        guard try value.encode(into: &self) else {
            slots.append(Slot(type: T.postgresType, offset: start, length: nil))
            return
        }
        slots.append(Slot(type: T.postgresType, offset: start, length: bytes.count - start))
    }

    mutating func append(contentsOf other: ParameterBuffer) {
        let shift = bytes.count
        bytes.append(contentsOf: other.bytes)
        slots.append(contentsOf: other.slots.map { Slot(type: $0.type, offset: $0.offset + shift, length: $0.length) })
    }

    mutating func removeAll() {
        slots.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }
}

/// How an encoder writes.
extension ParameterBuffer {
    /// An integer in network order.
    package mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Bytes as they are.
    package mutating func write(bytes new: some Sequence<UInt8>) {
        bytes.append(contentsOf: new)
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    /// A value with its length before it, as elements of arrays and fields of COPY rows are written; -1 is NULL.
    mutating func writeWithLength(_ value: some PostgresEncodable) throws(PostgresError) {
        let lengthAt = bytes.count
        write(Int32(-1))
        guard try value.encode(into: &self) else { return }
        guard let length = Int32(exactly: bytes.count - lengthAt - 4) else {
            throw PostgresError(.invalidQuery, message: "a value is larger than the protocol allows")
        }
        withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(lengthAt..<lengthAt + 4, with: $0) }
    }
}
