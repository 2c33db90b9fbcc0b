import Foundation

/// How files are cut and explained.
enum Shape {
    static let fileLinesMax = 400
    static let functionLinesMax = 60

    static func violations(in file: HouseFile) -> [Violation] {
        guard file.target != nil, let text = file.swift else { return [] }
        var violations = longFunctions(file, text)
        // A file ends with a newline, after which there is one more, empty, piece.
        let count = text.lines.count - (text.lines.last?.isEmpty == true ? 1 : 0)
        if count > fileLinesMax {
            violations.append(
                Violation(rule: "file length", place: file.path, detail: "\(count) lines; \(fileLinesMax) at most"))
        }
        for (index, line) in text.code.enumerated() {
            violations += explanations(file, text, index: index, code: line)
        }
        return violations
    }

    /// Words that need their reason beside them, and declarations that need a doc comment.
    private static func explanations(_ file: HouseFile, _ text: SwiftText, index: Int, code: String) -> [Violation] {
        let place = "\(file.path):\(index + 1)"
        var violations: [Violation] = []
        let isShipped = !file.path.hasPrefix("Tests/")
        for word in ["@unchecked Sendable", "nonisolated(unsafe)", "try?", "@preconcurrency"]
        where isShipped && stands(word, in: code) && !text.isExplained(index) {
            violations.append(
                Violation(rule: "reasons", place: place, detail: "`\(word)` needs a comment that says why it is right"))
        }
        if isShipped, isPackageDeclaration(code), !isDocumented(text, index) {
            violations.append(Violation(rule: "documentation", place: place, detail: "needs a doc comment"))
        }
        if ["TODO", "FIXME", "XXX"].contains(where: { text.lines[index].contains("// \($0)") }) {
            violations.append(Violation(rule: "unfinished", place: place, detail: "finish it or file it"))
        }
        return violations
    }

    /// A type or a function that another target may use. (Whether a member needs words is a reader's judgement.)
    private static func isPackageDeclaration(_ code: String) -> Bool {
        let words = code.split(whereSeparator: { " (<:".contains($0) })
        let isTopLevelFunction = code.hasPrefix("package func")
        let types: Set<Substring> = ["struct", "class", "actor", "enum", "protocol", "typealias", "macro"]
        return words.first == "package" && (isTopLevelFunction || words.prefix(4).contains { types.contains($0) })
    }

    /// A doc comment above, past attributes.
    private static func isDocumented(_ text: SwiftText, _ index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = text.lines[above].drop { $0 == " " }
            if line.hasPrefix("///") { return true }
            guard line.hasPrefix("@") || line.hasPrefix("#if") else { return false }
            above -= 1
        }
        return false
    }

    /// From the line of `func` or `init` to the line of its closing brace.
    private static func longFunctions(_ file: HouseFile, _ text: SwiftText) -> [Violation] {
        var violations: [Violation] = []
        for (start, line) in text.code.enumerated() where isFunction(line) {
            var depth = 0
            var hasBody = false
            scan: for (offset, code) in text.code[start...].enumerated() {
                for character in code where "{}".contains(character) {
                    depth += character == "{" ? 1 : -1
                    hasBody = true
                    guard depth > 0 else {
                        if offset + 1 > functionLinesMax {
                            let detail = "\(offset + 1) lines; \(functionLinesMax) at most"
                            violations.append(
                                Violation(rule: "function length", place: "\(file.path):\(start + 1)", detail: detail))
                        }
                        break scan
                    }
                }
                // A protocol's requirement has no body: the next declaration starts before any brace.
                if !hasBody, offset > 0, isFunction(code) || code.contains("}") { break }
            }
        }
        return violations
    }

    private static func isFunction(_ code: String) -> Bool {
        let words = code.split(whereSeparator: { " (<?".contains($0) })
        return words.contains("func") || (words.contains("init") && !code.contains(".init") && code.contains("init("))
    }

    /// Whether the word stands there by itself: `entry?.pointee` does not hold `try?`.
    private static func stands(_ word: String, in code: String) -> Bool {
        code.ranges(of: word).contains { range in
            guard range.lowerBound > code.startIndex else { return true }
            let before = code[code.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber && before != "_"
        }
    }
}
