/// The text of one Swift file, with what is code told from what is comment or string.
struct SwiftText {
    /// The lines as written.
    let lines: [Substring]
    /// The same lines with comments and the insides of strings blanked out.
    let code: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var scanner = Scanner(Array(text.unicodeScalars))
        code = scanner.codeOnly().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// True when line `index` has a comment on it, or one of the three lines above it has.
    func isExplained(_ index: Int) -> Bool {
        lines[max(0, index - 3)...index].contains { $0.contains("//") }
    }
}

/// Walks Swift text once. It knows comments (nested blocks too), strings, multi-line strings and raw strings. What
/// stands in an interpolation is blanked with its string.
private struct Scanner {
    private let text: [Unicode.Scalar]
    private var position = 0
    private var output = String.UnicodeScalarView()

    init(_ text: [Unicode.Scalar]) { self.text = text }

    mutating func codeOnly() -> String {
        while position < text.count {
            if starts("//") {
                blank { !$0.starts("\n") }
            } else if starts("/*") {
                blankBlockComment()
            } else if let hashes = stringOpening() {
                blankString(hashes: hashes)
            } else {
                output.append(text[position])
                position += 1
            }
        }
        return String(output)
    }

    private func starts(_ word: String) -> Bool {
        let scalars = Array(word.unicodeScalars)
        return position + scalars.count <= text.count && Array(text[position..<(position + scalars.count)]) == scalars
    }

    private mutating func blankOne() {
        if position < text.count { output.append(text[position] == "\n" ? "\n" : " ") }
        position += 1
    }

    private mutating func blank(while condition: (Scanner) -> Bool) {
        while position < text.count, condition(self) { blankOne() }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blankOne()
            } else if starts("*/") {
                depth -= 1
                blankOne()
            }
            blankOne()
        } while depth > 0 && position < text.count
    }

    /// How many `#` stand before the quote that starts here, or nil when no string starts here.
    private func stringOpening() -> Int? {
        var end = position
        while end < text.count, text[end] == "#" { end += 1 }
        return end < text.count && text[end] == "\"" ? end - position : nil
    }

    private mutating func blankString(hashes: Int) {
        for _ in 0..<hashes { blankOne() }
        let quote = starts("\"\"\"") ? "\"\"\"" : "\""
        let tail = String(repeating: "#", count: hashes)
        for _ in quote.unicodeScalars { blankOne() }
        while position < text.count, !starts(quote + tail) {
            if starts("\\" + tail + "(") {
                blankInterpolation()
            } else if hashes == 0, starts("\\") {
                blankOne()
                blankOne()
            } else {
                blankOne()
            }
        }
        for _ in (quote + tail).unicodeScalars { blankOne() }
    }

    private mutating func blankInterpolation() {
        blank { !$0.starts("(") }
        var depth = 0
        repeat {
            if let hashes = stringOpening() {
                blankString(hashes: hashes)
                continue
            }
            if starts("(") { depth += 1 }
            if starts(")") { depth -= 1 }
            blankOne()
        } while depth > 0 && position < text.count
    }
}
