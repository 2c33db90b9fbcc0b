import Synchronization

/// A number that only grows: `dead_letters_total`.
///
/// Create it once and keep it; creating it again with the same label and dimensions gives the same number.
package struct Counter: Sendable {
    private let cell: CounterCell

    /// Registers (or finds) the series `label{dimensions}`. Dimension values come from closed sets, never ids.
    package init(label: String, dimensions: [(String, String)] = [], registry: MetricsRegistry = .shared) {
        cell = registry.counter(label, dimensions)
    }

    /// Adds `amount`, which is not negative.
    package func increment(by amount: Int64 = 1) {
        precondition(amount >= 0, "a counter only grows")
        cell.value.wrappingAdd(amount, ordering: .relaxed)
    }

    /// What was counted so far.
    package var value: Int64 { cell.value.load(ordering: .relaxed) }
}

/// A number that goes up and down: `pool_in_use`.
package struct Gauge: Sendable {
    private let cell: GaugeCell

    /// Registers (or finds) the series `label{dimensions}`. Dimension values come from closed sets, never ids.
    package init(label: String, dimensions: [(String, String)] = [], registry: MetricsRegistry = .shared) {
        cell = registry.gauge(label, dimensions)
    }

    /// Sets the number.
    package func record(_ value: Double) {
        cell.bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// The number last set, 0 at first.
    package var value: Double { Double(bitPattern: cell.bits.load(ordering: .relaxed)) }
}

/// How long things take: a histogram in seconds.
package struct Timer: Sendable {
    private let cell: HistogramCell

    /// Registers (or finds) the series `label{dimensions}`; name it `..._seconds`.
    package init(label: String, dimensions: [(String, String)] = [], registry: MetricsRegistry = .shared) {
        cell = registry.timer(label, dimensions)
    }

    /// Counts one duration. A negative one (a clock that was set back) counts as zero.
    package func record(_ duration: Duration) {
        cell.record(duration)
    }

    /// Runs `body` and counts how long it took, also when it throws.
    package func measure<T>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
    ) async rethrows -> T {
        let start = ContinuousClock.now
        defer { cell.record(ContinuousClock.now - start) }
        return try await body()
    }
}
