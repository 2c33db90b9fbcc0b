import Foundation
import ServiceKit
import Testing

@Suite("The bill of materials")
struct BillOfMaterialsTests {
    private struct Bill: Decodable {
        struct Component: Decodable {
            let name: String
            let version: String
            let purl: String
        }
        struct Uses: Decodable {
            let ref: String
            let dependsOn: [String]
        }
        let bomFormat: String
        let components: [Component]
        let dependencies: [Uses]
    }

    /// What the programs ask for themselves. A library that comes here comes into SECURITY.md and tools/setup too.
    private static let direct: Set = [
        "libc6", "libcurl4", "libgcc-s1", "libgnutls30", "libjemalloc2", "libmicrohttpd12", "libpq5", "librdkafka1",
        "libsimdjson14", "libssl3", "libstdc++6", "libxml2", "swift",
    ]

    private static let programs = ["referral-gateway", "case-intake", "dp-finance", "engagement", "kpi", "takeup"]

    private func billOfMaterials() async throws -> Bill {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        // The programs lie beside the tests.
        let built = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent()
        let result = try await ChildProcess.run(
            .init(root.appending(path: "tools/sbom").path, Self.programs.map { built.appending(path: $0).path }))
        try #require(result.exit.isSuccess, "\(result.errorText)")
        return try JSONDecoder().decode(Bill.self, from: Data(result.output))
    }

    @Test("it names every package once, with the version found here, and who asks for which")
    func bill() async throws {
        let bill = try await billOfMaterials()
        #expect(bill.bomFormat == "CycloneDX")
        let known = Set(bill.components.map(\.purl))
        #expect(known.count == bill.components.count)
        #expect(known.count > Self.direct.count, "what libraries load in turn is in it")
        for component in bill.components {
            #expect(component.version.contains { $0.isNumber }, "\(component.name)")
            let isSwift = component.name == "swift"
            #expect(
                component.purl.hasPrefix(isSwift ? "pkg:github/swiftlang/" : "pkg:deb/debian/"), "\(component.purl)")
        }
        for uses in bill.dependencies {
            #expect(known.contains(uses.ref) || uses.ref == "takeup", "\(uses.ref)")
            #expect(known.isSuperset(of: uses.dependsOn), "\(uses.ref)")
        }
    }

    @Test("the programs ask for the libraries that were decided on, and for no other")
    func direct() async throws {
        let bill = try await billOfMaterials()
        let names = Dictionary(uniqueKeysWithValues: bill.components.map { ($0.purl, $0.name) })
        let uses = try #require(bill.dependencies.first { $0.ref == "takeup" })
        #expect(Set(uses.dependsOn.compactMap { names[$0] }) == Self.direct)
    }
}
