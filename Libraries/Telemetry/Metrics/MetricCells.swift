import Synchronization

/// One counter's number, shared by every `Counter` of its label and dimensions.
final class CounterCell: Sendable {
    let value = Atomic<Int64>(0)
}

/// One gauge's number, as the bits of a `Double`.
final class GaugeCell: Sendable {
    let bits = Atomic<UInt64>(0)
}

/// One timer's buckets. A reader may see a record half made (counted in its bucket, not yet in the sum); Prometheus
/// tolerates that, and no reader ever sees a bucket go down.
final class HistogramCell: Sendable {
    /// Upper bounds in nanoseconds: 1 ms to 60 s, about 2.5 times apart, enough for a request and for a pay run.
    static let boundsNanoseconds: [Int64] = [
        1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000, 60_000_000_000,
    ]
    static let boundsSeconds = boundsNanoseconds.map { Double($0) / 1e9 }

    // One more than the bounds: what took longer than the last.
    private let buckets = InlineArray<16, Atomic<Int64>> { _ in Atomic(0) }
    private let sumNanoseconds = Atomic<Int64>(0)

    func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let exact = overflow ? (seconds < 0 ? 0 : Int64.max / 2) : scaled + attoseconds / 1_000_000_000
        let nanoseconds = max(0, exact)
        var bucket = 0
        while bucket < Self.boundsNanoseconds.count, nanoseconds > Self.boundsNanoseconds[bucket] { bucket += 1 }
        buckets[bucket].wrappingAdd(1, ordering: .relaxed)
        sumNanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    var snapshot: HistogramSnapshot {
        var cumulative: [Int64] = []
        var total: Int64 = 0
        for index in Self.boundsNanoseconds.indices {
            total += buckets[index].load(ordering: .relaxed)
            cumulative.append(total)
        }
        total += buckets[Self.boundsNanoseconds.count].load(ordering: .relaxed)
        return HistogramSnapshot(
            boundsSeconds: Self.boundsSeconds, cumulative: cumulative, count: total,
            sumSeconds: Double(sumNanoseconds.load(ordering: .relaxed)) / 1e9)
    }
}
