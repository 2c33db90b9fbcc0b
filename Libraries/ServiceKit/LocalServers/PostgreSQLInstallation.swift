import Foundation

/// The PostgreSQL programs of this machine.
struct PostgreSQLInstallation: Sendable, Equatable {
    /// Oldest version the services are tested on.
    static let versionMin = 15

    /// Folder that holds `initdb` and `postgres`.
    let programs: String

    /// The newest under Debian's folders, else where `pg_config` or PATH say.
    ///
    /// - Throws: `LocalServerError.notInstalled`.
    static func find(debianFolder: String = "/usr/lib/postgresql") async throws -> PostgreSQLInstallation {
        // No folder means no Debian package, and the search goes on.
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debianFolder)) ?? [])
            .compactMap { Int($0) }.filter { $0 >= versionMin }.sorted(by: >)
        for version in versions {
            if let found = PostgreSQLInstallation(programs: "\(debianFolder)/\(version)/bin") { return found }
        }
        for folder in await otherFolders() {
            if let found = PostgreSQLInstallation(programs: folder), await found.isNewEnough() { return found }
        }
        throw LocalServerError.notInstalled("PostgreSQL \(versionMin) or newer")
    }

    /// Nil where the folder lacks a program.
    private init?(programs: String) {
        let needed = ["initdb", "postgres"]
        guard needed.allSatisfy({ FileManager.default.isExecutableFile(atPath: "\(programs)/\($0)") }) else {
            return nil
        }
        self.programs = programs
    }

    private static func otherFolders() async -> [String] {
        var folders: [String] = []
        // No pg_config is the normal case on a machine without development files.
        if let result = try? await ChildProcess.run(.init("pg_config", ["--bindir"])), result.exit.isSuccess {
            folders.append(result.outputText.trimmingNewline)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return folders + path.split(separator: ":").map(String.init)
    }

    /// `postgres (PostgreSQL) 15.13 (Debian ...)`
    private func isNewEnough() async -> Bool {
        // A program that cannot even say its version is not used.
        guard let result = try? await ChildProcess.run(.init("\(programs)/postgres", ["--version"])) else {
            return false
        }
        let words = result.outputText.split(separator: " ")
        guard words.count > 2, let major = words[2].prefix(while: \.isNumber).description.asInt else { return false }
        return major >= Self.versionMin
    }
}

extension String {
    fileprivate var asInt: Int? { Int(self) }
}
