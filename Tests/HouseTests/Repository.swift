import Foundation

/// Rules about files that are not Swift alone.
enum Repository {
    /// Folders of whoever's machine the work was done on. Put together here so that this file does not break its own rule.
    static let machinePaths = ["/" + "work/", "/" + "farm/", "/" + "home/", "/" + "Users/", "/tmp/" + "research/"]

    static func machinePathViolations(in file: HouseFile) throws -> [Violation] {
        try machinePaths.flatMap { path -> [Violation] in
            let expression = try Regex("(^|[^A-Za-z0-9_./-])" + NSRegularExpression.escapedPattern(for: path))
            return file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
                guard $1.firstMatch(of: expression) != nil else { return nil }
                return Violation(
                    rule: "machine paths", place: "\(file.path):\($0 + 1)", detail: "names a folder of one machine")
            }
        }
    }

    static func textViolation(in file: HouseFile) -> Violation? {
        guard !file.isText else { return nil }
        return Violation(rule: "only text", place: file.path, detail: "is no text: was it built, and kept by mistake?")
    }

    /// Migrations are numbered from m0001 without gaps, and each is named in its target's Swift code: SwiftPM embeds a file
    /// that nobody lists, and it would never run.
    static func migrationViolations(_ files: [HouseFile]) -> [Violation] {
        let migrations = files.filter { $0.path.contains("/Migrations/") && $0.path.hasSuffix(".sql") }
        var violations: [Violation] = []
        for (folder, group) in Dictionary(grouping: migrations, by: { folder(of: $0.path) }) {
            for (index, migration) in group.sorted(by: { $0.path < $1.path }).enumerated() {
                let name = String(migration.path.dropFirst(folder.count + 1).dropLast(".sql".count))
                let digits = String(index + 1)
                // The m: SwiftPM mangles the name of an embedded file that starts with a digit.
                let number = "m" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                if !name.hasPrefix(number + "_") {
                    violations.append(
                        Violation(rule: "migrations", place: migration.path, detail: "its number should be \(number)"))
                }
                let swift = files.filter { $0.isSwift && $0.target == migration.target }
                if !swift.contains(where: { $0.text.contains(name) }) {
                    violations.append(
                        Violation(rule: "migrations", place: migration.path, detail: "no Swift file lists it"))
                }
            }
        }
        return violations
    }

    private static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }
}
