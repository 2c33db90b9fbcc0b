import Kafka
import Postgres
import Telemetry

/// What the relay knows of the log it writes to: what was acknowledged, in which cluster, and whether it is still there.
///
/// A broker that lost everything starts again at offset 0. Three signs, any of which is enough: another cluster id, a high
/// watermark at or below an acknowledged offset, and a report with an offset that had been acknowledged before. Then every
/// event of the topic is published again; readers know them by their ids.
actor RelayLog {
    /// A partition of a topic.
    struct Place: Hashable, Sendable, Comparable {
        let topic: String
        let partition: Int32

        static func < (a: Place, b: Place) -> Bool { (a.topic, a.partition) < (b.topic, b.partition) }
    }

    /// What had been acknowledged when a batch was handed over.
    struct Snapshot: Sendable {
        let generation: Int
        let acknowledged: [Place: Int64]
        let clusterID: String
    }

    private let bus: any MessageBus
    private let logger: Logger
    private let retention: RetentionGuard?
    private let lossCounter = Counter(label: "relay_log_losses_total")
    private var acknowledged: [Place: Int64] = [:]
    private var clusterID = ""
    private var generation = 0
    /// Topics found lost whose events are not asked for again yet.
    private var lost: Set<String> = []
    private var isCheckDue = true
    private var isBusy = false

    init(bus: any MessageBus, retention: RetentionGuard?, logger: Logger) {
        self.bus = bus
        self.retention = retention
        self.logger = logger
    }

    /// After a failure, and from time to time.
    func requestCheck() { isCheckDue = true }

    /// Compares the log with what it acknowledged, if that is due. Nothing is published before the first comparison.
    /// Returns false while another loop is comparing: wait and ask again.
    func checkIfDue(on connection: PostgresConnection) async throws -> Bool {
        guard !isBusy else { return false }
        guard isCheckDue || !lost.isEmpty else { return true }
        isBusy = true
        defer { isBusy = false }
        isCheckDue = false
        do {
            try await check(on: connection)
            return true
        } catch {
            isCheckDue = true
            throw error
        }
    }

    func snapshot() -> Snapshot { Snapshot(generation: generation, acknowledged: acknowledged, clusterID: clusterID) }

    /// Takes in what a batch was told. Topics whose log began again are asked for once more by the next check, which is due at once.
    func settle(_ highest: [Place: Int64], lost topics: Set<String>, since snapshot: Snapshot) {
        guard snapshot.generation == generation else {
            // The loss was noticed by somebody else while this batch was under way.
            isCheckDue = true
            return
        }
        acknowledged.merge(highest, uniquingKeysWith: max)
        lost.formUnion(topics)
    }

    private func check(on connection: PostgresConnection) async throws {
        let rows = try await connection.query(
            "select topic, partition, cluster_id, max(acknowledged_offset) from relay_position group by 1, 2, 3")
        var stored: [(place: Place, cluster: String, offset: Int64)] = []
        for row in rows {
            let (topic, partition, cluster, offset) = try row.decode(String.self, Int32.self, String.self, Int64.self)
            stored.append((Place(topic: topic, partition: partition), cluster, offset))
        }
        let topics = Set(stored.map(\.place.topic)).union(acknowledged.keys.map(\.topic))
        let extent = try await bus.extent(of: topics.sorted())
        for (place, cluster, offset) in stored {
            let watermark = extent.highWatermarks[place.topic]?[place.partition] ?? 0
            if cluster != extent.clusterID || watermark <= offset { lost.insert(place.topic) }
        }
        for (place, offset) in acknowledged where (extent.highWatermarks[place.topic]?[place.partition] ?? 0) <= offset
        {
            lost.insert(place.topic)
        }
        clusterID = extent.clusterID
        if SeededBug.isPlanted(.lostBrokerIgnored) { lost = [] }
        if !lost.isEmpty { try await publishAgain(lost, on: connection) }
        // What an earlier process or another loop was told counts for ours too.
        for (place, _, offset) in stored where lost.isEmpty || !lost.contains(place.topic) {
            acknowledged[place] = max(acknowledged[place] ?? 0, offset)
        }
        lost = []
    }

    private func publishAgain(_ topics: Set<String>, on connection: PostgresConnection) async throws {
        let names = topics.sorted()
        try await connection.execute(script: "begin")
        do {
            let asked = try await connection.query(Republisher.statement(.topics(names)))
            _ = try await connection.query("delete from relay_position where topic = any(\(names))")
            try await connection.execute(script: "commit")
            logger.info(
                "log began again, publishing once more",
                metadata: [
                    "topics": names.joined(separator: " "), "events": "\(asked.affected)",
                ])
        } catch {
            // The first error is the one worth telling; a broken connection rolled back.
            try? await connection.execute(script: "rollback")
            throw error
        }
        generation += 1
        lossCounter.increment(by: Int64(topics.count))
        acknowledged = acknowledged.filter { !topics.contains($0.key.topic) }
        await retention?.forget(topics)
    }
}
