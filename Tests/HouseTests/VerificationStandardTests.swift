import Foundation
import Testing

/// One row of docs/asvs.md.
private struct Row {
    let requirements: [String]
    let standing: String
    let place: String
}

@Suite("docs/asvs.md")
struct VerificationStandardTests {
    /// The levels of each section's requirements, in order: a digit for each. Source: OWASP ASVS 5.0.0, all 345.
    private static let levels = [
        "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123", "2.1": "122", "2.2": "112",
        "2.3": "12223", "2.4": "23", "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333",
        "3.6": "3", "3.7": "22333", "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222", "5.1": "2",
        "5.2": "112333", "5.3": "113", "5.4": "222", "6.1": "122", "6.2": "111111112222", "6.3": "11223333",
        "6.4": "112233", "6.5": "22222333", "6.6": "2223", "6.7": "33", "6.8": "2222", "7.1": "222", "7.2": "1111",
        "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22", "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
        "9.1": "111", "9.2": "1222", "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333",
        "10.5": "22222", "10.6": "22", "10.7": "222", "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222",
        "11.5": "23", "11.6": "23", "11.7": "33", "12.1": "12233", "12.2": "11", "12.3": "22223", "13.1": "2333",
        "13.2": "222223", "13.3": "2233", "13.4": "1222233", "14.1": "22", "14.2": "12223333", "14.3": "122",
        "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333", "16.1": "2", "16.2": "22222",
        "16.3": "2222", "16.4": "222", "16.5": "2223", "17.1": "23", "17.2": "22223333", "17.3": "22",
    ]

    /// Requirements of level 3 that are about money.
    private static let money: Set = ["2.3.5", "4.1.5", "8.3.2", "10.3.5", "11.2.4", "12.3.5", "13.3.4", "15.4.2"]

    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func rows() throws -> [Row] {
        let page = try String(contentsOf: Self.root.appending(path: "docs/asvs.md"), encoding: .utf8)
        return page.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, cells[0].first?.isNumber == true else { return nil }
            let requirements = cells[0].replacing(" (level 3)", with: "").split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return Row(requirements: requirements, standing: cells[1], place: cells[2])
        }
    }

    /// The words in backticks that name a file or a test.
    private func names(in place: String) -> [String] {
        place.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, word in
            let isName = index % 2 == 1 && (word.contains("/") || word.hasSuffix(".md") || word == "schemas")
            return isName && !word.hasPrefix("/") && !word.contains(" ") ? String(word) : nil
        }
    }

    @Test("the counts of the standard are right: 70, 183 and 92")
    func counts() {
        let all = Self.levels.values.joined()
        for (level, count) in [("1", 70), ("2", 183), ("3", 92)] {
            #expect(all.count { String($0) == level } == count, "level \(level)")
        }
    }

    @Test("every requirement of levels 1 and 2 and those about money is there once, and no other")
    func complete() throws {
        var expected = Self.money
        for (section, levels) in Self.levels {
            for (index, level) in levels.enumerated() where level < "3" { expected.insert("\(section).\(index + 1)") }
        }
        let found = try rows().flatMap(\.requirements)
        #expect(found.count == Set(found).count, "\(Dictionary(grouping: found) { $0 }.filter { $1.count > 1 }.keys)")
        #expect(Set(found).symmetricDifference(expected).sorted() == [])
    }

    @Test("what a row says is held by a test names one, and every test and file that is named exists")
    func places() throws {
        let standings: Set = ["test", "built so", "document", "elsewhere", "not here", "open"]
        for row in try rows() {
            #expect(standings.contains(row.standing), "\(row.requirements)")
            #expect(!row.place.isEmpty, "\(row.requirements)")
            let names = names(in: row.place)
            if row.standing == "test" {
                #expect(names.contains { $0.split(separator: "/")[0].hasSuffix("Tests") }, "\(row.requirements)")
            }
            if row.standing == "document" { #expect(!names.isEmpty, "\(row.requirements)") }
            for name in names { #expect(exists(name), "\(row.requirements): there is no \(name)") }
        }
    }

    private func exists(_ name: String) -> Bool {
        let isTest = name.split(separator: "/")[0].hasSuffix("Tests")
        let path = isTest ? "Tests/\(name).swift" : name
        return FileManager.default.fileExists(atPath: Self.root.appending(path: path).path)
    }
}
