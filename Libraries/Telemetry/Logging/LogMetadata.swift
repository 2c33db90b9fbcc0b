/// What varies in a log message, written as `["event.id": id]`, in the order it was written. Not a dictionary: hashing the keys
/// of every message took longer than writing them out.
package struct LogMetadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One key and its value.
    package struct Field: Sendable, Equatable {
        /// Dotted: `kafka.partition`.
        package let key: String
        /// As text; no personal data.
        package let value: String
    }

    /// All of them; no key comes twice.
    package let fields: [Field]

    package init(dictionaryLiteral pairs: (String, String)...) {
        fields = pairs.map { Field(key: $0.0, value: $0.1) }
        assert(Set(fields.map(\.key)).count == fields.count, "a key comes twice")
    }

    private init(fields: [Field]) { self.fields = fields }

    /// These, behind those of `others` whose key is not among them.
    func replacing(_ others: LogMetadata) -> LogMetadata {
        if others.fields.isEmpty { return self }
        return LogMetadata(fields: others.fields.filter { other in !fields.contains { $0.key == other.key } } + fields)
    }

    subscript(key: String) -> String? { fields.first { $0.key == key }?.value }

    func setting(_ key: String, _ value: String?) -> LogMetadata {
        LogMetadata(fields: fields.filter { $0.key != key } + (value.map { [Field(key: key, value: $0)] } ?? []))
    }
}
