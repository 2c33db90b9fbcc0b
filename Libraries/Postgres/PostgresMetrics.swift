import Telemetry

/// What this library counts.
enum PostgresMetrics {
    /// From handing statements to the server to its last answer.
    static let exchange = Timer(label: "postgres_exchange_seconds")

    static func count(_ error: PostgresError) {
        // Failures are rare enough to look the series up each time; their labels are a bounded set.
        Counter(label: "postgres_errors_total", dimensions: [("error", error.shortLabel)]).increment()
    }

    /// The state of one pool.
    struct Pool: Sendable {
        private let connections: Gauge
        private let leased: Gauge
        private let waiting: Gauge
        /// How long callers waited for a connection.
        let wait: Timer

        init(name: String) {
            let pool = [("pool", name)]
            connections = Gauge(label: "postgres_pool_connections", dimensions: pool)
            leased = Gauge(label: "postgres_pool_leased", dimensions: pool)
            waiting = Gauge(label: "postgres_pool_waiting", dimensions: pool)
            wait = Timer(label: "postgres_pool_wait_seconds", dimensions: pool)
        }

        func record(_ machine: PoolMachine) {
            connections.record(Double(machine.connectionCount))
            leased.record(Double(machine.leasedCount))
            waiting.record(Double(machine.waiterCount))
        }
    }
}
