import Telemetry

/// An error that knows which exit code it deserves.
package protocol ExitCodeProviding: Error {
    /// The code for the shell.
    var exitCode: ExitCode { get }
}

extension CommandFailure {
    /// Any error as a person should read it. An error that is not ours may carry data in its description, so only its
    /// kind is shown then.
    package init(describing error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problems as ConfigurationErrors: self.init(.configuration, problems.description)
        case is CancellationError: self.init(.interrupted, "Interrupted.")
        case let known as any ExitCodeProviding: self.init(known.exitCode, "\(known)")
        case let labelled as any LabelledError: self.init(.failed, "\(labelled)")
        default: self.init(.failed, "It failed: \(errorLabel(error)).", why: "\(error)")
        }
    }
}
