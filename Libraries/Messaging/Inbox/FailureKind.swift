import Postgres

/// What an error of a transaction calls for.
enum FailureKind: Equatable {
    /// The database is away or full of others' work: wait as long as it takes, no event is at fault.
    case outage
    /// Somebody else was in the way: try again, a few times.
    case transient
    /// The event, or the code that applies it.
    case defect
    /// We are being stopped.
    case cancelled

    /// Whether what was worked on is to blame, or at least to be put aside.
    var isOfTheBatch: Bool { self == .transient || self == .defect }

    init(_ error: any Error) {
        switch error {
        case is CancellationError: self = .cancelled
        case let error as PostgresError: self = Self.kind(of: error)
        case let error as MessagingError where error.isRetryable: self = .transient
        default: self = .defect
        }
    }

    private static func kind(of error: PostgresError) -> FailureKind {
        switch error.code {
        case .connectionFailed, .connectionLost, .commitOutcomeUnknown, .poolExhausted, .circuitOpen,
            .threadUnavailable,
            .connectionClosed:
            // After an unknown commit the inbox knows: what was committed comes back as a repeat.
            return .outage
        case .cancelled, .poolClosed: return .cancelled
        case .server(let state) where state.hasPrefix("57P") || state.hasPrefix("53"): return .outage
        // An administrator's "cannot write": a standby after a failover.
        case .server("25006"): return .outage
        default: return error.isRetryable ? .transient : .defect
        }
    }
}

/// Waits between tries: doubles from 50 ms to 5 s.
struct Backoff {
    static let millisecondsMin = 50
    static let millisecondsMax = 5_000
    private var milliseconds = Backoff.millisecondsMin

    /// Throws when the task is cancelled.
    mutating func pause() async throws {
        try await Task.sleep(for: .milliseconds(milliseconds))
        milliseconds = min(milliseconds * 2, Self.millisecondsMax)
    }
}

/// Text for metric labels and for `dead_letter.error`: never data values.
func safeText(of error: any Error) -> String {
    let text =
        switch error {
        case let error as PostgresError: "\(error)"
        case let error as MessagingError: "\(error)"
        case let error as UndecodableEvent: "\(error)"
        case let error as RejectedEvent: "\(error)"
        // An unknown error's description may quote anything.
        default: "\(type(of: error))"
        }
    return String(text.prefix(InboxLimits.errorCharactersMax))
}
