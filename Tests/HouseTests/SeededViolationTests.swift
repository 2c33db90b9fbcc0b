import Foundation
import Testing

/// Each rule is shown a house that breaks it: a rule that finds nothing proves nothing.
@Suite("The rules of the house find what breaks them")
struct SeededViolationTests {
    private func file(_ path: String, _ text: String) -> HouseFile { HouseFile(path: path, text: text) }

    @Test(
        "an edge that the house does not have",
        arguments: [
            HouseTarget("Domain", .regular, ["Events"]),
            HouseTarget("Kafka", .regular, ["Postgres"]),
            HouseTarget("Messaging", .regular, ["ServiceKit"]),
            HouseTarget("Events", .regular, ["CLibPQ"]),
            HouseTarget("Finance", .executable, ["CaseIntake"]),
            HouseTarget("Finance", .executable, ["TestSupport"]),
            HouseTarget("KPI", .executable, ["Scenario"]),
            HouseTarget("Toolbox", .regular, []),
            HouseTarget("DomainTests", .test, ["CLibPQ"]),
        ])
    func edge(target: HouseTarget) {
        let others = [HouseTarget("CLibPQ", .system), HouseTarget("Postgres", .regular, ["CLibPQ"])]
        #expect(Edges.violations(others + [target]).map(\.place) == [target.name])
    }

    @Test("the edges that the house has are let through")
    func allowedEdges() {
        let targets = [
            HouseTarget("Domain"), HouseTarget("CXML2", .system),
            HouseTarget("Formats", .regular, ["Domain", "CXML2"]),
            HouseTarget("Takeup", .executable, ["Scenario", "ServiceKit"]),
            HouseTarget("FormatsTests", .test, ["Formats", "Domain"]),
        ]
        #expect(Edges.violations(targets).isEmpty)
    }

    @Test("an import that is not declared, a declaration that is not used, a C module with two libraries")
    func imports() {
        let house = House(
            targets: [
                HouseTarget("CLibPQ", .system), HouseTarget("Domain"),
                HouseTarget("Kafka", .regular, ["CLibPQ", "Domain"]), HouseTarget("Postgres", .regular, ["CLibPQ"]),
            ],
            files: [
                file("Libraries/Kafka/A.swift", "import CLibPQ\n// import Domain\n"),
                file("Libraries/Postgres/B.swift", "import CLibPQ\npackage import struct Domain.Money\n"),
            ])
        let found = Set(Imports.violations(house).map(\.description))
        #expect(
            found == [
                "Libraries/Postgres/B.swift: imports Domain, which Postgres does not declare [imports]",
                "Kafka: declares Domain and never imports it [imports]",
                "CLibPQ: a C module has one library, not: Kafka, Postgres [imports]",
            ])
    }

    @Test(
        "a banned word in code",
        arguments: [
            ("try!", "Libraries/Kafka/A.swift", "let a = try! b()"),
            ("as!", "Services/KPI/A.swift", "let a = b as! C"),
            ("fatalError", "Services/KPI/A.swift", "default: fatalError(\"no\")"),
            ("print", "Services/KPI/A.swift", "    print(\"hello\")"),
            ("Task", "Libraries/Kafka/A.swift", "    Task { await run() }"),
            ("Task", "Libraries/Kafka/A.swift", "let t = Task.detached { }"),
            ("Task", "Libraries/Kafka/A.swift", "let t = Task(priority: .high) { }"),
            ("time, ids and randomness are arguments", "Libraries/Domain/A.swift", "let id = UUID()"),
            ("time, ids and randomness are arguments", "Libraries/Domain/A.swift", "let now = Date()"),
            ("time, ids and randomness are arguments", "Libraries/Domain/A.swift", "Int.random(in: 0...1)"),
            ("no I/O in the domain", "Libraries/Domain/A.swift", "FileManager.default"),
        ])
    func ban(rule: String, path: String, line: String) throws {
        let found = try Ban.all.flatMap { try $0.violations(in: file(path, "// first\n" + line)) }
        #expect(found.map(\.rule) == [rule])
        #expect(found.map(\.place) == ["\(path):2"])
    }

    @Test(
        "the same word in a comment, in a string, in a longer name, or where it is excused, is none",
        arguments: [
            ("Libraries/Kafka/A.swift", "// try! fatalError(\n/* a /* try! */ fatalError( */ let a = 1"),
            ("Libraries/Kafka/A.swift", #"let a = "try! \(b("fatalError("))" + "as!""#),
            ("Libraries/Kafka/A.swift", "let a = \"\"\"\n  try!\n  \\(x) fatalError(\n  \"\"\""),
            ("Libraries/Kafka/A.swift", "let a = #\"\\(try! \" fatalError(\"#"),
            ("Libraries/Kafka/A.swift", "sprint(1); page.print(); await withTask { }; MyTask { }"),
            ("Libraries/TestSupport/SeededRandom.swift", "print(1)"),
            ("Libraries/Kafka/A.swift", "let now = Date()"),
        ])
    func noBan(path: String, text: String) throws {
        #expect(try Ban.all.flatMap { try $0.violations(in: file(path, text)) } == [])
    }

    @Test("a file of 400 lines is let through, one of 401 is not")
    func fileLength() {
        let lines = String(repeating: "let a = 1\n", count: 400)
        #expect(Shape.violations(in: file("Libraries/Kafka/A.swift", lines)) == [])
        #expect(
            Shape.violations(in: file("Libraries/Kafka/A.swift", lines + "let b = 1\n")).map(\.rule) == ["file length"])
    }

    @Test("a function of 60 lines is let through, one of 61 is not")
    func functionLength() {
        func function(lines: Int) -> String {
            "protocol P {\n    func a()\n    func b()\n}\nfunc f() {\n"
                + String(repeating: "    g { }\n", count: lines - 2) + "}\n"
        }
        #expect(Shape.violations(in: file("Services/KPI/A.swift", function(lines: 60))) == [])
        let found = Shape.violations(in: file("Services/KPI/A.swift", function(lines: 61)))
        #expect(found.map(\.place) == ["Services/KPI/A.swift:5"])
    }

    @Test(
        "what lacks its reason or its documentation",
        arguments: [
            ("reasons", "let a = try? b()"), ("reasons", "final class A: @unchecked Sendable {}"),
            ("reasons", "nonisolated(unsafe) var a = 1"), ("documentation", "package struct A {}"),
            ("documentation", "package func b() {}"), ("unfinished", "let a = 1  // " + "TODO later"),
        ])
    func reasons(rule: String, text: String) {
        #expect(Shape.violations(in: file("Libraries/Kafka/A.swift", text)).map(\.rule) == [rule])
    }

    @Test(
        "what has its reason or its documentation",
        arguments: [
            "// It is asked again.\nlet a = try? b()", "/// An A.\npackage struct A {}",
            "/// An A.\n@frozen\npackage struct A {}", "package import Domain", "package extension A {}",
            "extension A: B {\n    package func required() {}\n}",
            "/// An A.\npackage struct A {\n    package var description: String { \"\" }\n}",
        ])
    func explained(text: String) {
        #expect(Shape.violations(in: file("Libraries/Kafka/A.swift", text)) == [])
    }

    @Test("a migration that is listed nowhere, and a gap in the numbers")
    func migrations() {
        let found = Repository.migrationViolations([
            file("Services/KPI/Migrations/m0001_first.sql", ""), file("Services/KPI/Migrations/m0003_third.sql", ""),
            file("Services/KPI/Schema.swift", "PackageResources.m0001_first_sql"),
            file("Services/Finance/Schema.swift", "PackageResources.m0003_third_sql"),
        ])
        #expect(
            Set(found.map(\.description)) == [
                "Services/KPI/Migrations/m0003_third.sql: its number should be m0002 [migrations]",
                "Services/KPI/Migrations/m0003_third.sql: no Swift file lists it [migrations]",
            ])
    }

    @Test("a file that is no text", arguments: [Data([0x7F, 0x45, 0x4C, 0x46, 0, 1]), Data([0x89, 0x50, 0xFF])])
    func noText(data: Data) {
        #expect(Repository.textViolation(in: HouseFile(path: "Domain.o", data: data))?.place == "Domain.o")
        #expect(Repository.textViolation(in: file("README.md", "£1 a day")) == nil)
    }

    @Test("a folder of one machine")
    func machinePaths() throws {
        for path in Repository.machinePaths {
            let found = try Repository.machinePathViolations(in: file("docs/a.md", "fine\nsee \(path)x for it\n"))
            #expect(found.map(\.place) == ["docs/a.md:2"])
        }
        let address = file("docs/a.md", "GET https://example.org/work/1 and tests/home/a\n")
        #expect(try Repository.machinePathViolations(in: address) == [])
    }
}
