import Synchronization

/// How often a secret was tried for each name, so that nobody tries for long.
final class SignInAttempts: Sendable {
    /// So many failures in so long a time, then nobody signs in under that name until it is over.
    static let failuresMax = 10
    static let window: Duration = .seconds(15 * 60)
    /// So much of a name tells it apart: no handle is longer (`LocalIdentity.add`).
    static let nameCharactersMax = 64
    /// Names that are remembered; the oldest goes first.
    static let namesMax = 10_000

    private struct Failures {
        var count: Int
        var since: ContinuousClock.Instant
    }

    private let failures = Mutex<[String: Failures]>([:])

    /// Whether a secret may be tried for `name`.
    func mayTry(_ name: String, at now: ContinuousClock.Instant) -> Bool {
        failures.withLock { failures in
            guard let known = failures[Self.key(name)], now - known.since < Self.window else { return true }
            return known.count < Self.failuresMax
        }
    }

    /// Remembers a failure.
    func failed(_ name: String, at now: ContinuousClock.Instant) {
        let name = Self.key(name)
        failures.withLock { failures in
            if let known = failures[name], now - known.since < Self.window {
                failures[name] = Failures(count: known.count + 1, since: known.since)
                return
            }
            if failures.count >= Self.namesMax, let oldest = failures.min(by: { $0.value.since < $1.value.since }) {
                failures[oldest.key] = nil
            }
            failures[name] = Failures(count: 1, since: now)
        }
    }

    /// Forgets the failures of whoever got in.
    func succeeded(_ name: String) { failures.withLock { $0[Self.key(name)] = nil } }

    private static func key(_ name: String) -> String { String(name.prefix(nameCharactersMax)) }
}
