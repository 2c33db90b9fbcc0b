import Kafka
import Messaging
import Postgres
import Telemetry

/// An error that knows which exit code it deserves.
package protocol ExitCodeProviding: Error {
    /// The code for the shell.
    var exitCode: ExitCode { get }
}

/// An error that says itself, in the words of its service, what happened, why, and what to do next.
package protocol CommandFailureConvertible: Error {
    /// How a person should read it.
    var commandFailure: CommandFailure { get }
}

extension CommandFailure {
    /// Any error as a person should read it. Errors of ours have a description that is safe to show; of others only the kind
    /// is told, since their text may hold data.
    package init(describing error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let known as any CommandFailureConvertible: self = known.commandFailure
        case let problems as ConfigurationErrors: self.init(.configuration, problems.description)
        case is CancellationError: self.init(.interrupted, "Interrupted.")
        case let known as any ExitCodeProviding: self.init(known.exitCode, "\(known)")
        case let error as PostgresError: self.init(postgres: error)
        case let error as KafkaError:
            self.init(error.code == .configuration ? .configuration : .dependencyDown, "Kafka: \(error).")
        case let error as MessagingError: self.init(messaging: error)
        case let labelled as any LabelledError: self.init(.failed, "\(labelled)")
        case let described as any Error & CustomStringConvertible: self.init(.failed, described.description)
        default: self.init(.failed, "It failed: \(errorLabel(error)).")
        }
    }

    private init(postgres error: PostgresError) {
        switch error.code {
        case .connectionFailed, .connectionLost, .circuitOpen, .timeout:
            self.init(
                .dependencyDown, "The database does not answer.", why: "\(error).",
                next: "Is PostgreSQL running, and is database.url right?")
        case .configuration: self.init(.configuration, "The database setting is wrong.", why: "\(error).")
        case .cancelled: self.init(.interrupted, "Interrupted.")
        case .commitOutcomeUnknown:
            self.init(
                .tryLater, "The connection broke while it was being stored.", why: "It may or may not have happened.",
                next: "Look whether it did before you do it again.")
        case .server(let state) where state == "42501":
            self.init(.notAllowed, "The database refuses this.", why: "\(error).")
        default:
            self.init(error.isRetryable ? .tryLater : .failed, "The database refuses this.", why: "\(error).")
        }
    }

    private init(messaging error: MessagingError) {
        switch error.code {
        case .migrationsPending, .migrationChanged, .migrationsMisnumbered: self.init(.configuration, "\(error).")
        case .noOpenDeadLetter, .correctionUnreadable, .payloadTooLarge, .tooManyEvents:
            self.init(.badInput, "\(error).")
        default: self.init(error.isRetryable ? .tryLater : .failed, "\(error).")
        }
    }
}
