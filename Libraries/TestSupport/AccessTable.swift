import FoundationEssentials
package import ServiceKit
import Synchronization

/// A table of `docs/access.md`, as a test found it: who may do what is written down by what was tried.
package struct AccessTable {
    private let name: String
    private let columns: [String]
    private var rows: [[String]] = []

    /// An empty table, to stand between the page's marks of this name.
    package init(_ name: String, columns: [String]) {
        self.name = name
        self.columns = columns
    }

    /// An empty table of what each role may.
    package init(rolesFor name: String, of what: String) {
        self.init(name, columns: [what] + Role.allCases.map(\.rawValue))
    }

    /// One row.
    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// One row: for whom something was done, out of all who tried.
    package mutating func add(_ what: String, allowed: (Role) throws -> Bool) rethrows {
        add(["`\(what)`"] + (try Role.allCases.map { try allowed($0) ? "yes" : "" }))
    }

    /// One row: how a verb ended for each.
    package mutating func add(_ verb: [String], _ endings: [Role?: VerbResult]) {
        add(verb.joined(separator: " ")) { endings[$0]?.exitCode != .notAllowed }
    }

    /// Throws where the page shows something else. With `TAKEUP_WRITE_DOCS=1` the page is written instead.
    package func requireOnPage() throws {
        let path = Self.page
        // Several tests of one process may write it.
        try Self.writing.withLock { _ in try compare(path) }
    }

    private func compare(_ path: URL) throws {
        let page = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        let (begin, end) = ("<!-- found by a test: \(name) -->\n", "<!-- end of \(name) -->\n")
        guard let start = page.firstRange(of: begin), let stop = page[start.upperBound...].firstRange(of: end) else {
            throw OtherAccess(description: "docs/access.md has no marks for '\(name)'")
        }
        let shown = start.upperBound..<stop.lowerBound
        guard page[shown] != text else { return }
        guard ProcessInfo.processInfo.environment["TAKEUP_WRITE_DOCS"] == "1" else {
            throw OtherAccess(
                description: "docs/access.md shows another table of '\(name)'. If this is right, run the test with "
                    + "TAKEUP_WRITE_DOCS=1:\n" + text)
        }
        try Data(page.replacingCharacters(in: shown, with: text).utf8).write(to: path)
    }

    private var text: String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        let rule = "|" + String(repeating: "---|", count: columns.count) + "\n"
        return line(columns) + rule + rows.map(line).sorted().joined()
    }

    private static let writing = Mutex(())

    private static let page: URL = {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appending(path: "docs/access.md")
    }()
}

/// A page and what was tried do not agree.
struct OtherAccess: Error, CustomStringConvertible {
    let description: String
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
