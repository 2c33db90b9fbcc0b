import FoundationEssentials
import ServiceKit

/// The services' executables, which stand beside this one. `takeup` starts them and knows nothing of their insides.
enum ServicePrograms {
    /// In the order in which events flow.
    static let names = ["referral-gateway", "case-intake", "dp-finance", "engagement", "kpi"]

    /// Where a service's executable is.
    static func path(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        guard let slash = own.lastIndex(of: "/") else {
            throw CommandFailure(.internalBug, "This program has no folder.")
        }
        return String(own[...slash]) + name
    }

    /// Runs one verb of a service with this process's own environment and streams; returns its exit code.
    static func run(_ name: String, _ words: [String], output: ChildProcess.Stream = .inherit) async throws -> Int32 {
        let child = try ChildProcess.start(
            .init(try path(name), words), input: .inherit, output: output, error: .inherit)
        switch await child.exit {
        case .exited(let code): return code
        case .signalled(let signal): return 128 + signal
        }
    }
}
