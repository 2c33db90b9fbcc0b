import Foundation
import ServiceKit

/// One breach of a rule of the house.
struct Violation: Hashable, CustomStringConvertible {
    let rule: String
    let place: String
    let detail: String

    var description: String { "\(place): \(detail) [\(rule)]" }
}

/// One file of the repository.
struct HouseFile {
    /// From the root, with slashes.
    let path: String
    let text: String
    /// What the text says, where it is Swift.
    let swift: SwiftText?

    init(path: String, text: String) {
        self.path = path
        self.text = text
        swift = path.hasSuffix(".swift") ? SwiftText(text) : nil
    }

    /// Every byte that is no UTF-8 becomes U+FFFD.
    init(path: String, data: Data) {
        self.init(path: path, text: String(decoding: data, as: UTF8.self))
    }

    /// A compiler's or an archiver's output has one or the other early on; a text written by people has neither.
    var isText: Bool { !text.unicodeScalars.contains { $0 == "\0" || $0 == "\u{FFFD}" } }

    var isSwift: Bool { swift != nil }
    /// `Libraries/Kafka/Consumer/Lane.swift` is in `Kafka`.
    var target: String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, ["Libraries", "Services", "Tests"].contains(String(parts[0])) else { return nil }
        return String(parts[1] == "C" ? parts[2] : parts[1])
    }
}

/// One target as the package description has it.
struct HouseTarget: Decodable, Equatable {
    enum Kind: String, Decodable { case regular, executable, test, system, macro, plugin, binary }

    let name: String
    let kind: Kind
    let dependencies: Set<String>

    init(_ name: String, _ kind: Kind = .regular, _ dependencies: Set<String> = []) {
        self.name = name
        self.kind = kind
        self.dependencies = dependencies
    }

    private enum Key: String, CodingKey { case name, type, dependencies }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        name = try values.decode(String.self, forKey: .name)
        kind = try values.decode(Kind.self, forKey: .type)
        dependencies = Set(try values.decode([Dependency].self, forKey: .dependencies).map(\.name))
    }

    /// `{"byName": ["Domain", null]}` or `{"target": ["Domain", null]}`
    private struct Dependency: Decodable {
        let name: String

        init(from decoder: any Decoder) throws {
            let values = try decoder.singleValueContainer().decode([String: [String?]].self)
            name = (values.values.first?.first ?? nil) ?? "?"
        }
    }
}

/// The repository as it stands: what it declares and what is in it.
struct House {
    let targets: [HouseTarget]
    let files: [HouseFile]

    /// The swift files of libraries and services.
    var sources: [HouseFile] {
        files.filter { $0.isSwift && ($0.path.hasPrefix("Libraries/") || $0.path.hasPrefix("Services/")) }
    }

    /// The repository this test stands in, read once.
    static var current: House {
        get async throws { try await loading.value }
    }

    private static let loading = Task { try await load() }

    private static func load() async throws -> House {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return House(targets: try await declaredTargets(root), files: try allFiles(root))
    }

    private static func declaredTargets(_ root: URL) async throws -> [HouseTarget] {
        struct Package: Decodable { let targets: [HouseTarget] }
        // A scratch folder of its own: the one in use is locked by the build that runs this test.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "takeup-house-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }  // nothing in it is needed, whatever removing says
        let arguments = ["package", "--package-path", root.path, "--scratch-path", scratch.path, "dump-package"]
        let result = try await ChildProcess.run(.init("swift", arguments))
        guard result.exit.isSuccess else { throw HouseError(description: result.errorText) }
        return try JSONDecoder().decode(Package.self, from: Data(result.output)).targets
    }

    private static func allFiles(_ root: URL) throws -> [HouseFile] {
        let skipped = [".git", ".build", ".build-release", ".local", "__pycache__"]
        guard let walk = FileManager.default.enumerator(atPath: root.path) else {
            throw HouseError(description: "\(root.path) cannot be read")
        }
        var files: [HouseFile] = []
        while let path = walk.nextObject() as? String {
            if skipped.contains(path) {
                walk.skipDescendants()
            } else if let data = FileManager.default.contents(atPath: root.appending(path: path).path) {
                files.append(HouseFile(path: path, data: data))
            }
        }
        return files
    }
}

struct HouseError: Error, CustomStringConvertible {
    let description: String
}
