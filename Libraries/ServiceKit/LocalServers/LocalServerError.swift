/// Why a server of our own could not be started on this machine. Each says what to do next.
package enum LocalServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A program could not be run; `reason` is the system's.
    case cannotStart(String, reason: String)
    /// Something that `make setup` installs is missing.
    case notInstalled(String)
    /// The server started and ended again, or did not answer in time; `log` is the end of what it wrote.
    case didNotStart(String, log: String)
    /// A folder could not be made or used.
    case folder(String, reason: String)

    /// True only where another try may go better: a port may have been taken between choosing it and using it.
    package var isRetryable: Bool {
        if case .didNotStart = self { return true }
        return false
    }

    /// A bounded name for a metric's label.
    package var shortLabel: String {
        switch self {
        case .cannotStart: "cannot_start"
        case .notInstalled: "not_installed"
        case .didNotStart: "did_not_start"
        case .folder: "folder"
        }
    }

    /// What happened and what to do.
    package var description: String {
        switch self {
        case .cannotStart(let program, let reason):
            "\(program) cannot be started: \(reason)"
        case .notInstalled(let what):
            "\(what) is not installed. Run: make setup"
        case .didNotStart(let server, let log):
            "\(server) did not start. The end of its log:\n\(log)"
        case .folder(let path, let reason):
            "The folder \(path) cannot be used: \(reason)"
        }
    }
}
