/// The path and query of a request target in origin form (RFC 9112, 3.2.1), decoded.
struct RequestTarget {
    let segments: [String]
    let query: FormFields

    /// Nil when the target does not begin with `/`, holds a broken escape, a `%00`, bytes that are not UTF-8 once
    /// decoded, or a `.` or `..` segment.
    init?(_ target: String) {
        let bytes = target.utf8
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        var segments: [String] = []
        var start = bytes.index(after: bytes.startIndex)
        // "/" alone is the root: no segment rather than an empty one.
        while start < end || !segments.isEmpty {
            let slash = bytes[start..<end].firstIndex(of: UInt8(ascii: "/")) ?? end
            guard let segment = percentDecoded(target[start..<slash], plusIsSpace: false), segment != ".",
                segment != ".."
            else {
                return nil
            }
            segments.append(segment)
            if slash == end { break }
            start = bytes.index(after: slash)
        }
        self.segments = segments
        if end == bytes.endIndex {
            query = .empty
        } else {
            guard let fields = FormFields(encoded: target[target.utf8.index(after: end)...]) else {
                return nil
            }
            query = fields
        }
    }
}
