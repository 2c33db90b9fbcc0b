package import FoundationEssentials
import Synchronization

/// A time that moves only when a test moves it.
package final class ManualClock: Sendable {
    private let current: Mutex<Date>

    /// Starts at `start`: 1 April 2025, 09:00 UTC unless told otherwise.
    package init(_ start: Date = Date(timeIntervalSince1970: 1_743_498_000)) {
        current = Mutex(start)
    }

    /// The time it shows.
    package var now: Date { current.withLock { $0 } }

    /// Moves it forward; `seconds` may be negative, as a real clock's step may be.
    package func advance(seconds: Double) {
        current.withLock { $0 = $0.addingTimeInterval(seconds) }
    }

    /// Sets it.
    package func set(_ date: Date) {
        current.withLock { $0 = date }
    }
}
