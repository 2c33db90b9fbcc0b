/// Which target may know which. This is the house of docs/architecture.md, written once more on purpose: an edge that is
/// added to Package.swift alone fails here, and has to be thought about.
enum Edges {
    private static let inner: Set<String> = [
        "Domain", "Events", "Telemetry", "Crypto", "HTTP", "Postgres", "Kafka", "Messaging",
    ]

    static let libraries: [String: Set<String>] = [
        "Domain": [],
        "JSON": ["CSimdJSON"],
        "Events": ["Domain", "JSON"],
        "Formats": ["Domain", "JSON", "CXML2"],
        "Telemetry": [],
        "Crypto": ["Telemetry", "COpenSSL"],
        "HTTP": ["Telemetry", "CMicroHTTPD", "CGnuTLS", "CCurl"],
        "Postgres": ["Telemetry", "CLibPQ"],
        "Kafka": ["Telemetry", "CRdKafka"],
        "Messaging": ["Telemetry", "Events", "Postgres", "Kafka"],
        "Safeguards": ["Telemetry", "Postgres", "Crypto"],
        "ServiceKit": inner.union(["Safeguards", "CJemalloc"]),
        "Scenario": ["Domain", "Events", "Formats"],
        "TestSupport": inner.union(["Safeguards", "ServiceKit"]),
    ]

    /// A service knows any library but those that speak to a C library's neighbours, tests' helpers, or the scenario.
    static let forServices = inner.union(["Formats", "Safeguards", "ServiceKit"])
    /// What one service knows beyond that.
    static let extraForServices: [String: Set<String>] = ["Takeup": ["Scenario"], "SafeguardsBench": ["Scenario"]]

    static func violations(_ targets: [HouseTarget]) -> [Violation] {
        targets.flatMap { target -> [Violation] in
            guard let allowed = allowed(for: target, among: targets) else {
                return [
                    Violation(
                        rule: "edges", place: target.name, detail: "is a library that the house has no place for yet")
                ]
            }
            return target.dependencies.subtracting(allowed).sorted().map {
                Violation(rule: "edges", place: target.name, detail: "must not know \($0)")
            }
        }
    }

    private static func allowed(for target: HouseTarget, among targets: [HouseTarget]) -> Set<String>? {
        switch target.kind {
        case .system: []
        case .executable: forServices.union(extraForServices[target.name] ?? [])
        // A test sees what it tests; C libraries it sees through ours.
        case .test: Set(targets.filter { $0.kind != .test && !isC($0.name) }.map(\.name))
        default: isC(target.name) ? [] : libraries[target.name]
        }
    }

    /// `CKafka`, not `Crypto`: a C module's name is C and a capital.
    static func isC(_ name: String) -> Bool {
        name.count > 1 && name.first == "C" && name.dropFirst().first?.isUppercase == true && name != "CaseIntake"
    }
}

/// What the files import, held to what the targets declare.
enum Imports {
    static func violations(_ house: House) -> [Violation] {
        let names = Set(house.targets.map(\.name))
        let executables = Set(house.targets.filter { $0.kind == .executable }.map(\.name))
        var imported: [String: Set<String>] = [:]
        var violations: [Violation] = []
        for file in house.files where file.isSwift {
            guard let target = file.target, let declared = house.targets.first(where: { $0.name == target }) else {
                continue
            }
            for module in modules(importedBy: file).intersection(names) {
                imported[target, default: []].insert(module)
                if !declared.dependencies.contains(module) {
                    let detail = "imports \(module), which \(target) does not declare"
                    violations.append(Violation(rule: "imports", place: file.path, detail: detail))
                }
            }
        }
        // Probes and benchmarks stand outside the folders that are read.
        let isRead = Set(house.files.compactMap(\.target)).contains
        for target in house.targets where target.kind != .system && !Edges.isC(target.name) && isRead(target.name) {
            let unimported = target.dependencies.subtracting(imported[target.name] ?? [])
            // Tests start executables; declaring them has them built first.
            for unused in unimported.subtracting(target.kind == .test ? executables : []).sorted() {
                violations.append(
                    Violation(rule: "imports", place: target.name, detail: "declares \(unused) and never imports it"))
            }
        }
        return violations + sharedCModules(imported)
    }

    private static func sharedCModules(_ imported: [String: Set<String>]) -> [Violation] {
        let users = imported.flatMap { target, modules in modules.filter(Edges.isC).map { ($0, target) } }
        return Dictionary(grouping: users, by: \.0).filter { $0.value.count > 1 }.map { module, users in
            let targets = users.map(\.1).sorted().joined(separator: ", ")
            return Violation(rule: "imports", place: module, detail: "a C module has one library, not: \(targets)")
        }
    }

    /// `import X`, `package import X`, `@testable import struct X.Y`, ...
    static func modules(importedBy file: HouseFile) -> Set<String> {
        var modules: Set<String> = []
        for line in file.swift?.code ?? [] where line.contains("import") {
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import") else { continue }
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
            guard let name = words[(position + 1)...].first(where: { !kinds.contains($0) }) else { continue }
            modules.insert(String(name.prefix { $0 != "." }))
        }
        return modules
    }
}
