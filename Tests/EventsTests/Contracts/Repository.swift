import Foundation
import Testing

/// The files of the contract, found from where this source lies.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func json(_ path: String) throws -> JSON {
        try JSON.read(Data(contentsOf: root.appending(path: path)))
    }

    /// The names of files and folders in a folder, in order.
    static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path).filter {
            !$0.hasPrefix(".")
        }
        .sorted()
    }

    /// Holds a file to what the code says it must be. With `UPDATE_CONTRACTS=1` in the environment it writes the file instead.
    static func expect(_ path: String, toBe expected: String) throws {
        if ProcessInfo.processInfo.environment["UPDATE_CONTRACTS"] == "1" {
            try Data(expected.utf8).write(to: root.appending(path: path))
        }
        let found = try text(path)
        let hint = "\(path) differs from what the code says; run the tests with UPDATE_CONTRACTS=1 and read the change"
        #expect(found == expected, Comment(rawValue: hint))
    }
}

/// A JSON value read by Foundation, for tests that look into documents whose shape they check.
indirect enum JSON: Equatable, Sendable {
    case null, bool(Bool), integer(Int64), fraction(Double), string(String), array([JSON]), object([String: JSON])

    static func read(_ data: Data) throws -> JSON { try JSONDecoder().decode(JSON.self, from: data) }

    subscript(_ name: String) -> JSON? {
        if case .object(let members) = self { return members[name] }
        return nil
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    var object: [String: JSON]? { if case .object(let members) = self { members } else { nil } }

    /// As an event would carry it.
    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return [UInt8](try encoder.encode(self))
        }
    }
}

extension JSON: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            // Each failed attempt only says that the value is of another kind; the last one throws.
            self = .string(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .fraction(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .fraction(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
