import FoundationEssentials

/// The environment variables of a process.
package enum Environment {
    /// This process's, as they were when first asked for.
    package static let process: [String: String] = ProcessInfo.processInfo.environment
}
