/// The path and query of a request target in origin form (RFC 9112, 3.2.1), decoded.
struct RequestTarget {
    let segments: [String]
    let query: FormFields

    /// Nil when the target does not begin with `/`, holds a broken escape, a `%00`, bytes that are not UTF-8 once
    /// decoded, or a `.` or `..` segment.
    init?(_ target: String) {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.utf8.endIndex
        let path = target[target.utf8.index(after: target.startIndex)..<end]
        var segments: [String] = []
        for raw in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = percentDecoded(Substring(raw), plusIsSpace: false), segment != ".",
                segment != ".."
            else {
                return nil
            }
            segments.append(segment)
        }
        // "/" alone is the root: no segment rather than an empty one.
        self.segments = segments == [""] ? [] : segments
        if end == target.utf8.endIndex {
            query = .empty
        } else {
            guard let fields = FormFields(encoded: target[target.utf8.index(after: end)...]) else {
                return nil
            }
            query = fields
        }
    }
}
