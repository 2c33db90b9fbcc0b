import Testing

/// The rules of docs/architecture.md and CONTRIBUTING.md that a machine can hold.
@Suite("The house")
struct HouseTests {
    private func expectNone(_ violations: [Violation], _ location: SourceLocation = #_sourceLocation) {
        guard !violations.isEmpty else { return }
        let list = violations.map(\.description).sorted().joined(separator: "\n")
        Issue.record("\(violations.count) found:\n\(list)", sourceLocation: location)
    }

    @Test("a target knows only what stands above it")
    func edges() async throws {
        let house = try await House.current
        #expect(house.targets.count > 20)
        expectNone(Edges.violations(house.targets))
    }

    @Test("what is declared is imported, what is imported is declared, and a C module has one library")
    func imports() async throws {
        expectNone(Imports.violations(try await House.current))
    }

    @Test("banned words stand nowhere")
    func bans() async throws {
        let house = try await House.current
        for ban in Ban.all { expectNone(try house.files.flatMap(ban.violations(in:))) }
    }

    @Test("every file that is excused from a ban exists and needs it")
    func excuses() async throws {
        let house = try await House.current
        for ban in Ban.all {
            for path in ban.except.keys {
                let excused = house.files.filter { $0.path.hasPrefix(path) }
                var strict = ban
                strict.except = [:]
                #expect(try !excused.flatMap(strict.violations(in:)).isEmpty, "\(path) no longer needs: \(ban.rule)")
            }
        }
    }

    @Test("files and functions are short, and what needs a reason has one")
    func shape() async throws {
        expectNone(try await House.current.files.flatMap(Shape.violations(in:)))
    }

    @Test("every migration is numbered and listed")
    func migrations() async throws {
        expectNone(Repository.migrationViolations(try await House.current.files))
    }

    @Test("what was built is not kept")
    func onlyText() async throws {
        expectNone(try await House.current.files.compactMap(Repository.textViolation(in:)))
    }

    @Test("no file names a folder of one machine")
    func machinePaths() async throws {
        expectNone(try await House.current.files.flatMap(Repository.machinePathViolations(in:)))
    }
}
