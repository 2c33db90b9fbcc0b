import Synchronization

/// A timer as it was at one moment.
package struct HistogramSnapshot: Sendable, Equatable {
    /// The upper bound of each bucket, ascending; the bucket without bound is `count`.
    package let boundsSeconds: [Double]
    /// How many were at or below each bound.
    package let cumulative: [Int64]
    /// How many in all.
    package let count: Int64
    /// All of them added up.
    package let sumSeconds: Double
}

/// One series as it was at one moment.
package struct MetricSample: Sendable {
    /// What was measured.
    package enum Value: Sendable, Equatable {
        case counter(Int64)
        case gauge(Double)
        case histogram(HistogramSnapshot)
    }

    /// Name and value, ordered by name.
    package let dimensions: [(name: String, value: String)]
    /// The numbers.
    package let value: Value
}

/// All series of one label.
package struct MetricFamily: Sendable {
    /// What kind of number the label stands for; a label has one kind for good.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// The name: `handler_seconds`.
    package let label: String
    /// Its kind.
    package let kind: Kind
    /// What it means, in one sentence; empty when nobody said.
    package let help: String
    /// Its series, ordered by dimensions.
    package let samples: [MetricSample]
}

/// Every number the process publishes.
package final class MetricsRegistry: Sendable {
    /// The registry that `/metrics` shows.
    package static let shared = MetricsRegistry()

    /// Beyond this many series new ones are counted in `telemetry_series_dropped_total` and shown nowhere: a label made
    /// of ids must not eat the process.
    package static let seriesMax = 5_000

    private enum Cell: Sendable {
        case counter(CounterCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)
    }

    private struct Family {
        let kind: MetricFamily.Kind
        var series: [String: (dimensions: [(name: String, value: String)], cell: Cell)] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var seriesCount = 0
    }

    private let state = Mutex(State())
    private let dropped = CounterCell()

    /// A registry of its own, for a test.
    package init() {}

    /// Says in one sentence what `label` means; shown as its HELP line.
    package func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[label] = help }
    }

    /// Everything at this moment, ordered by label.
    package func snapshot() -> [MetricFamily] {
        let (families, help) = state.withLock { ($0.families, $0.help) }
        var result = families.map { label, family in
            MetricFamily(
                label: label, kind: family.kind, help: help[label] ?? "",
                samples: family.series.sorted { $0.key < $1.key }.map { _, series in
                    MetricSample(dimensions: series.dimensions, value: Self.read(series.cell))
                })
        }
        let droppedCount = dropped.value.load(ordering: .relaxed)
        if droppedCount > 0 {
            result.append(
                MetricFamily(
                    label: "telemetry_series_dropped_total", kind: .counter,
                    help: "Series refused because the process already had the most it may have.",
                    samples: [MetricSample(dimensions: [], value: .counter(droppedCount))]))
        }
        return result.sorted { $0.label < $1.label }
    }

    func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterCell {
        guard case .counter(let cell) = cell(label, dimensions, .counter, make: { .counter(CounterCell()) }) else {
            preconditionFailure("a label has one kind")
        }
        return cell
    }

    func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell {
        guard case .gauge(let cell) = cell(label, dimensions, .gauge, make: { .gauge(GaugeCell()) }) else {
            preconditionFailure("a label has one kind")
        }
        return cell
    }

    func timer(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell {
        guard case .histogram(let cell) = cell(label, dimensions, .histogram, make: { .histogram(HistogramCell()) })
        else { preconditionFailure("a label has one kind") }
        return cell
    }

    private func cell(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind, make: () -> Cell
    ) -> Cell {
        let ordered = dimensions.map { (name: $0.0, value: $0.1) }.sorted { $0.name < $1.name }
        let key = ordered.map { "\($0.name)\u{1}\($0.value)" }.joined(separator: "\u{2}")
        return state.withLock { state in
            var family = state.families[label] ?? Family(kind: kind)
            precondition(family.kind == kind, "the metric \(label) is a \(family.kind), not a \(kind)")
            if let known = family.series[key] { return known.cell }
            let cell = make()
            guard state.seriesCount < Self.seriesMax else {
                dropped.value.wrappingAdd(1, ordering: .relaxed)
                return cell
            }
            state.seriesCount += 1
            family.series[key] = (ordered, cell)
            state.families[label] = family
            return cell
        }
    }

    private static func read(_ cell: Cell) -> MetricSample.Value {
        switch cell {
        case .counter(let cell): .counter(cell.value.load(ordering: .relaxed))
        case .gauge(let cell): .gauge(Double(bitPattern: cell.bits.load(ordering: .relaxed)))
        case .histogram(let cell): .histogram(cell.snapshot)
        }
    }
}
