import Synchronization
import Telemetry

/// A consumer's numbers.
final class ConsumerMetrics: Sendable {
    let assigned: Gauge
    let commits: Counter
    let drainTimeouts: Counter
    let newClients: Counter
    let errors: ErrorCounters
    let commitFailures: ErrorCounters
    let rebalances: RebalanceCounters
    private let held: Gauge
    private let heldBytes: Gauge
    private let paused: Gauge
    private let oldest: Gauge
    private let group: String
    private let lags = Mutex<[String: Gauge]>([:])

    init(group: String) {
        let labels = [("group", group)]
        self.group = group
        assigned = Gauge(label: "consumer_partitions", dimensions: labels)
        commits = Counter(label: "commits_total", dimensions: labels)
        drainTimeouts = Counter(label: "drain_timeouts_total", dimensions: labels)
        newClients = Counter(label: "consumer_new_clients_total", dimensions: labels)
        errors = ErrorCounters(label: "consumer_errors_total", dimensions: labels)
        commitFailures = ErrorCounters(label: "commit_failures_total", dimensions: labels)
        rebalances = RebalanceCounters(dimensions: labels)
        held = Gauge(label: "lane_inflight", dimensions: labels)
        heldBytes = Gauge(label: "lane_inflight_bytes", dimensions: labels)
        paused = Gauge(label: "lane_paused", dimensions: labels)
        oldest = Gauge(label: "lane_oldest_age_seconds", dimensions: labels)
    }

    func measure(_ readings: [Lane.Reading], now: ContinuousClock.Instant) {
        held.record(Double(readings.reduce(0) { $0 + $1.heldCount }))
        heldBytes.record(Double(readings.reduce(0) { $0 + $1.heldBytes }))
        paused.record(Double(readings.count(where: \.isPaused)))
        let started = readings.compactMap(\.attemptStarted).min()
        oldest.record(started.map { (now - $0).inSeconds } ?? 0)
    }

    /// The lag of each topic, summed over `partitions`. Returns the sum of all; nil where none is known.
    func recordLag(_ statistics: LibraryStatistics, of partitions: some Sequence<ConsumerStatus.Partition>) -> Int64? {
        var sums: [String: Int64] = [:]
        for partition in partitions {
            let known = statistics.topics[partition.topic]?.partitions["\(partition.number)"]?.consumerLag
            if let known, known >= 0 { sums[partition.topic, default: 0] += known }
        }
        for (topic, lag) in sums { gauge(topic).record(Double(lag)) }
        return sums.isEmpty ? nil : sums.values.reduce(0, +)
    }

    private func gauge(_ topic: String) -> Gauge {
        lags.withLock { lags in
            if let known = lags[topic] { return known }
            let new = Gauge(label: "consumer_lag", dimensions: [("group", group), ("topic", topic)])
            lags[topic] = new
            return new
        }
    }
}

/// How often a group was rearranged, by what it meant for us.
struct RebalanceCounters: Sendable {
    private let dimensions: [(String, String)]

    init(dimensions: [(String, String)]) {
        self.dimensions = dimensions
    }

    /// `assigned`, `revoked` or `lost`.
    func count(_ kind: String) {
        Counter(label: "rebalance_total", dimensions: dimensions + [("kind", kind)]).increment()
    }
}
