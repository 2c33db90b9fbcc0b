import Foundation
import ServiceKit
import Testing

/// The demonstration, run as a newcomer runs it: the real executables, a real PostgreSQL and a real broker (Apache Kafka where
/// KAFKA_HOME names one, else the embedded one).
@Suite("The demonstration")
struct DemoTests {
    @Test("takes notices to payments and to a number that two counts agree on, and leaves nothing running")
    func wholeFlow() async throws {
        var environment = ProcessInfo.processInfo.environment
        environment["DEMO_EXIT"] = "1"
        let result = try await ChildProcess.run(
            .init(try Self.executable("takeup"), ["demo", "--people", "20", "--seed", "11"], environment: environment),
            limit: .seconds(300))
        #expect(result.exit == .exited(0), "\(result.errorText)")

        let lines = result.outputText.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("Take-up of direct payments, ASCOF 3D(2a)") && $0.contains("%") })
        #expect(lines.contains { $0.hasPrefix("Referrals received") && $0.contains(" 20 ") })
        let counted = try #require(lines.firstIndex { $0.hasPrefix("Counted twice") })
        let figures = lines[counted...].filter { $0.hasSuffix("yes") || $0.hasSuffix("no") }
        #expect(figures.count == 9)
        #expect(figures.allSatisfy { $0.hasSuffix("yes") }, "the two counts differ:\n\(result.outputText)")
        #expect(result.errorText.contains("the first one sent again: duplicate"))
        #expect(result.errorText.contains("sealed and proven unchanged"))
        #expect(result.errorText.contains("The same as a page: http://127.0.0.1:"))
        #expect(try Self.runningServices().isEmpty, "a service was left running")
    }

    /// The executables stand beside the test bundle.
    private static func executable(_ name: String) throws -> String {
        var folder = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            let path = folder.appending(path: name).path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw CommandFailure(.configuration, "\(name) was not built beside the tests.")
    }

    /// The services that still run, by their executables beside the tests.
    private static func runningServices() throws -> [String] {
        let services = try ["referral-gateway", "case-intake", "dp-finance", "engagement", "kpi"].map(executable)
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.filter { id in
            // A process that ends while we look has no executable any more: it is not running.
            let running = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/exe")
            return running.map { path in services.contains { URL(filePath: $0).resolvingSymlinksInPath().path == path }
            } ?? false
        }
    }
}
