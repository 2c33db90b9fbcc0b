/// Headers of a message as one value for a `bytea` column: for each, a length and the name, a length and the value; lengths
/// are 32 bits, big-endian. Names and values come back as they were, in their order.
enum HeaderBlock {
    static func encode(_ headers: [(name: String, value: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for header in headers {
            append(Array(header.name.utf8), to: &bytes)
            append(header.value, to: &bytes)
        }
        return bytes
    }

    /// Throws `.corruptRow` where the bytes are not what `encode` writes.
    static func decode(_ bytes: [UInt8]) throws -> [(name: String, value: [UInt8])] {
        var rest = bytes[...]
        var headers: [(name: String, value: [UInt8])] = []
        while !rest.isEmpty {
            let name = try take(from: &rest)
            headers.append((String(decoding: name, as: UTF8.self), Array(try take(from: &rest))))
        }
        return headers
    }

    private static func append(_ field: [UInt8], to bytes: inout [UInt8]) {
        // A field comes out of a message of at most a few MiB, so it fits in 32 bits.
        withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: field)
    }

    private static func take(from rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        guard rest.count >= 4 else { throw MessagingError(.corruptRow, detail: "header block") }
        let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard rest.count >= length else { throw MessagingError(.corruptRow, detail: "header block") }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}
