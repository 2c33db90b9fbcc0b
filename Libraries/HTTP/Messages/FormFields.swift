/// Named values from a query or a form body (`application/x-www-form-urlencoded`), decoded, in order.
package struct FormFields: Sendable {
    /// Name and value of every field, in order.
    package let all: [(name: String, value: String)]

    /// Most fields in one query or form; more is treated as malformed.
    static let fieldCountMax = 256

    static let empty = FormFields(all: [])

    private init(all: [(name: String, value: String)]) { self.all = all }

    /// Nil when an escape is broken, the bytes are not UTF-8, or there are more than `fieldCountMax` fields.
    init?(encoded text: Substring) {
        var all: [(name: String, value: String)] = []
        for field in text.split(separator: "&") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard all.count < Self.fieldCountMax,
                let name = percentDecoded(parts[0], plusIsSpace: true),
                let value = percentDecoded(parts.count == 2 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            all.append((name, value))
        }
        self.all = all
    }

    /// The first value with this name, or nil.
    package subscript(name: String) -> String? { all.first { $0.name == name }?.value }

    /// Every value with this name, in order.
    package func values(_ name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }

    /// Fields as a query or a form's body carries them.
    package static func encode(_ fields: [(name: String, value: String)]) -> String {
        fields.map { "\(encode($0.name))=\(encode($0.value))" }.joined(separator: "&")
    }

    /// One name or value: everything but letters, digits and `-._~` as `%xx` (RFC 3986, 2.3).
    package static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            let scalar = Unicode.Scalar(byte)
            if scalar.properties.isAlphabetic && scalar.isASCII || "0123456789-._~".unicodeScalars.contains(scalar) {
                encoded.unicodeScalars.append(scalar)
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
