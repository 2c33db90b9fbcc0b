import Kafka
import Synchronization
import Telemetry

/// Keeps the relay within reach of its readers on a broker that drops what it cannot hold.
///
/// It remembers how many bytes were acknowledged up to which offset and forgets them as the groups commit. What was in the
/// log before this process began is counted at an estimate.
actor RetentionGuard {
    /// What a message is taken to weigh beside its payload: key, headers, framing. Without compression, to be on the safe side.
    static let overheadBytes = 512
    /// A message published by an earlier process.
    static let earlierMessageBytes = 4_096

    private struct Stretch {
        let endOffset: Int64
        let bytes: Int
    }

    private let retention: RelayRetention
    private let bus: any MessageBus
    private var unread: [RelayLog.Place: [Stretch]] = [:]
    private var measuredEarlier: Set<String> = []

    init(retention: RelayRetention, bus: any MessageBus) {
        self.retention = retention
        self.bus = bus
    }

    /// Notes what a batch added: its bytes by partition and the offset after its last message there.
    func add(_ bytes: [RelayLog.Place: Int], upTo highest: [RelayLog.Place: Int64]) {
        for (place, bytes) in bytes {
            guard retention.groups[place.topic]?.isEmpty == false, let offset = highest[place] else { continue }
            unread[place, default: []].append(Stretch(endOffset: offset + 1, bytes: bytes))
        }
    }

    /// The log of these topics began again.
    func forget(_ topics: Set<String>) {
        unread = unread.filter { !topics.contains($0.key.topic) }
    }

    /// Whether another batch may go out. Asks the broker only when it matters.
    func hasRoom() async throws -> Bool {
        for topic in retention.groups.keys where !measuredEarlier.contains(topic) { try await measureEarlier(topic) }
        guard !fullTopics.isEmpty else { return true }
        for topic in fullTopics { try await catchUp(topic) }
        return fullTopics.isEmpty
    }

    private var fullTopics: Set<String> {
        Set(unread.filter { $0.value.reduce(0) { $0 + $1.bytes } >= retention.unreadBytesMax }.map(\.key.topic))
    }

    private func measureEarlier(_ topic: String) async throws {
        let committed = try await slowest(topic)
        let watermarks = try await bus.extent(of: [topic]).highWatermarks[topic] ?? [:]
        for (partition, end) in watermarks {
            let count = Int(clamping: end - (committed[partition] ?? 0))
            guard count > 0 else { continue }
            let place = RelayLog.Place(topic: topic, partition: partition)
            let bytes = count.multipliedReportingOverflow(by: Self.earlierMessageBytes)
            let stretch = Stretch(endOffset: end, bytes: bytes.overflow ? .max / 2 : bytes.partialValue)
            unread[place, default: []].insert(stretch, at: 0)
        }
        measuredEarlier.insert(topic)
    }

    private func catchUp(_ topic: String) async throws {
        let committed = try await slowest(topic)
        for (place, stretches) in unread where place.topic == topic {
            let reached = committed[place.partition] ?? 0
            let left = stretches.filter { $0.endOffset > reached }
            unread[place] = left.isEmpty ? nil : left
        }
    }

    /// Where the slowest of the topic's groups is. A group that has committed nothing yet stands at the beginning.
    private func slowest(_ topic: String) async throws -> [Int32: Int64] {
        var slowest: [Int32: Int64]?
        for group in retention.groups[topic] ?? [] {
            let committed = try await bus.committedOffsets(group: group, topic: topic)
            guard let known = slowest else {
                slowest = committed
                continue
            }
            var both: [Int32: Int64] = [:]
            for (partition, offset) in known {
                if let other = committed[partition] { both[partition] = min(offset, other) }
            }
            slowest = both
        }
        return slowest ?? [:]
    }
}
