import Foundation
import Testing

@testable import Events

/// Python's `jsonschema`, which says what others think of our schemas.
private enum PythonValidator {
    /// The command that runs a Python which has it: Debian's package belongs to Debian's Python, others are found by name.
    static let python: [String]? = [["/usr/bin/python3"], ["/usr/bin/env", "python3"]].first { command in
        do {
            return try run("from jsonschema import Draft202012Validator", by: command, input: Data()).status == 0
        } catch {
            return false
        }
    }

    /// Reads lines of `[schema path, value]` and writes a line each: how many problems there are.
    static let program = """
        import json, sys
        from jsonschema import Draft202012Validator as Validator
        validators = {}
        for line in sys.stdin:
            path, value = json.loads(line)
            if path not in validators:
                schema = json.load(open(path))
                Validator.check_schema(schema)
                validators[path] = Validator(schema, format_checker=Validator.FORMAT_CHECKER)
            print(len(list(validators[path].iter_errors(value))))
        """

    /// How many problems it finds in each value, by its schema. Waits on a thread of its own.
    static func problemCounts(_ pairs: [(schema: String, value: JSON)]) async throws -> [Int] {
        let lines = try pairs.reduce(into: Data()) { lines, pair in
            lines += try JSON.array([.string(pair.schema), pair.value]).bytes + [UInt8(ascii: "\n")]
        }
        let command = try #require(python)
        let result = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try run(program, by: command, input: lines) })
            }
        }
        try #require(result.status == 0)
        let counts = String(decoding: result.output, as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
        try #require(counts.count == pairs.count)
        return counts
    }

    private static func run(
        _ program: String, by command: [String], input: Data
    ) throws -> (status: Int32, output: Data) {
        let python = Process()
        python.executableURL = URL(fileURLWithPath: command[0])
        python.arguments = command.dropFirst() + ["-c", program]
        python.currentDirectoryURL = Repository.root.appending(path: "schemas/events")
        // A file, not a pipe: neither side then waits for the other.
        let file = FileManager.default.temporaryDirectory.appending(path: "cross-check-\(UUID()).jsonl")
        try input.write(to: file)
        let standardInput = try FileHandle(forReadingFrom: file)
        // The open handle keeps the file until the process has read it.
        try FileManager.default.removeItem(at: file)
        python.standardInput = standardInput
        let output = Pipe()
        python.standardOutput = output
        python.standardError = FileHandle.nullDevice
        try python.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        python.waitUntilExit()
        return (python.terminationStatus, bytes)
    }
}

/// Our schemas and examples, and our validator, against a well-known one, where it is installed (`tools/setup test`).
@Suite("Validation as others do it", .enabled(if: PythonValidator.python != nil, "needs Python's jsonschema"))
struct CrossCheckTests {
    @Test("every example in the schemas' folders is valid to others")
    func examples() async throws {
        var pairs: [(schema: String, value: JSON)] = []
        var names: [String] = []
        for type in SchemaTests.types {
            for (name, example) in try SchemaTests.examples(of: type) {
                pairs.append((type.dataSchema, example))
                names.append("\(type.dataSchema) \(name)")
            }
        }
        #expect(pairs.count >= SchemaTests.types.count)
        let counts = try await PythonValidator.problemCounts(pairs)
        #expect(zip(names, counts).filter { $0.1 > 0 }.map(\.0) == [])
    }

    @Test("valid and damaged payloads are judged the same")
    func sameJudgement() async throws {
        var generator = SeededGenerator.announced("cross-check")
        var pairs: [(schema: String, value: JSON)] = []
        var ours: [Bool] = []
        for type in SchemaTests.types {
            let schema = try SchemaTests.schema(type)
            for var members in try Self.samples(of: type, 40, generator.next()) {
                if Bool.random(using: &generator) { Self.damage(&members, &generator) }
                pairs.append((type.dataSchema, .object(members)))
                ours.append(SchemaValidator().problems(.object(members), schema).isEmpty)
            }
        }
        let theirs = try await PythonValidator.problemCounts(pairs).map { $0 == 0 }
        for (index, pair) in pairs.enumerated() where ours[index] != theirs[index] {
            Issue.record("we say \(ours[index]): \(pair)")
        }
        #expect(ours.contains(true) && ours.contains(false))
    }

    private static func samples(of type: EventType, _ count: Int, _ seed: UInt64) throws -> [[String: JSON]] {
        let maker = RandomPayload(SeededGenerator(seed: seed))
        func make<P: EventPayload>(_ payload: P.Type) throws -> [String: JSON] {
            try #require(try JSON.read(Data(EventJSON.encode(maker.make(payload)))).object)
        }
        let payload = try #require(EventCatalogue.contract.payload(ofType: type.description))
        return try (0..<count).map { _ in try make(payload) }
    }

    /// Takes a field out, or gives it another value.
    private static func damage(_ members: inout [String: JSON], _ generator: inout SeededGenerator) {
        guard let name = members.keys.sorted().randomElement(using: &generator) else { return }
        let values: [JSON?] = [
            nil, .null, .bool(true), .integer(0), .integer(1 << 40), .fraction(1.5), .string(""), .string("x"),
            .string("a\nb"),
            .string("2023-02-29"), .string("2024-02-29"), .string("-0"), .string("00"), .string("a--b"), .array([]),
            .object([:]),
            .string(String(repeating: "é", count: 201)), .array([.object([:])]), .array([.string("")]),
        ]
        members[name] = values.randomElement(using: &generator) ?? nil
    }
}
