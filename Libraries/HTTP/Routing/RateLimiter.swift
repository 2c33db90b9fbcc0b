import Synchronization

/// How often one caller may do something.
package struct RateLimit: Sendable, Equatable {
    /// Between two that come evenly.
    let interval: Duration
    /// How far ahead of that a caller may be who has been quiet.
    let tolerance: Duration

    /// - Parameters:
    ///   - perSecond: how many in the long run, at least 1.
    ///   - burst: how many at once after a pause, at least 1.
    package init(perSecond: Int, burst: Int) {
        interval = .seconds(1) / max(1, perSecond)
        tolerance = interval * max(1, burst)
    }
}

/// Keeps callers to a rate, each for themselves, with one instant to remember for each of them (the generic cell rate
/// algorithm): when what a caller has done would have been done at an even pace.
package final class RateLimiter: Sendable {
    /// Callers that are remembered at once. Where more come, those who have been quiet are forgotten; and where that is not
    /// enough, all of them, who then begin anew: memory stays bounded.
    package static let callersMax = 100_000

    private let limit: RateLimit
    private let callers = Mutex<[String: ContinuousClock.Instant]>([:])

    /// A limiter that has seen nobody.
    package init(_ limit: RateLimit) { self.limit = limit }

    /// Counts one for `caller`. Returns how long they must wait where it is one too many, which is then not counted.
    package func wait(for caller: String, at now: ContinuousClock.Instant = .now) -> Duration? {
        callers.withLock { callers in
            let even = max(callers[caller] ?? now, now) + limit.interval
            let ahead = now.duration(to: even)
            guard ahead <= limit.tolerance else { return ahead - limit.tolerance }
            if callers[caller] == nil, callers.count >= Self.callersMax { Self.forgetTheQuiet(&callers, now) }
            callers[caller] = even
            return nil
        }
    }

    var callerCount: Int { callers.withLock(\.count) }

    private static func forgetTheQuiet(
        _ callers: inout [String: ContinuousClock.Instant], _ now: ContinuousClock.Instant
    ) {
        callers = callers.filter { $0.value > now }
        // Few quiet ones would have this run again at once.
        if callers.count > callersMax / 2 { callers.removeAll() }
    }
}

extension Problem {
    /// 429 (RFC 6585, section 4), saying when to come again (RFC 9110, section 10.2.3).
    package static func tooManyRequests(wait: Duration) -> Problem {
        Problem(
            .tooManyRequests, detail: "There were more requests than one caller may send. Wait, then send it again.",
            headers: [("Retry-After", String(wait.components.seconds + 1))])
    }
}
