import FoundationEssentials
import Kafka
import Messaging
import Synchronization
import Telemetry

/// A log in memory that does what a broker does not do on demand: fails a chosen delivery, and forgets everything.
final class InMemoryBus: MessageBus {
    struct Fault: Sendable {
        /// Says whether the n-th record handed over (from 0, over all publishers) fails, and whether it is stored all the same.
        var decide: @Sendable (_ number: Int, _ record: KafkaRecord) -> Effect?

        enum Effect: Sendable { case refused, storedButUnreported }
    }

    private struct State {
        var clusterID = UUID().uuidString
        var log: [String: [[KafkaMessage]]] = [:]
        var committed: [String: [String: [Int32: Int64]]] = [:]
        /// Who reads a partition, by group.
        var owners: [String: UUID] = [:]
        var records = 0
        var fault: Fault?
        var isDown = false
    }

    private let partitions: Int32
    private let state = Mutex(State())

    init(partitions: Int32 = 3) { self.partitions = partitions }

    // MARK: Faults

    func setFault(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    /// Everything is gone: messages and what groups had committed.
    func forgetEverything(keepingClusterID: Bool) {
        state.withLock { state in
            state.log = [:]
            state.committed = [:]
            if !keepingClusterID { state.clusterID = UUID().uuidString }
        }
    }

    /// A message as somebody else might put it there.
    func inject(_ record: KafkaRecord) { state.withLock { _ = Self.store(record, in: &$0, partitions: partitions) } }

    func messages(_ topic: String) -> [KafkaMessage] {
        state.withLock { ($0.log[topic] ?? []).flatMap { $0 } }
    }

    /// Sets groups back to the beginning: everything is delivered again.
    func rewind() { state.withLock { $0.committed = [:] } }

    // MARK: MessageBus

    func makePublisher(logger: Logger) throws -> any BusPublisher { Publisher(bus: self) }

    func makeSubscription(
        group: String, topics: [String], logger: Logger, handler: @escaping BusHandler
    ) throws -> any BusSubscription {
        Subscription(bus: self, group: group, topics: topics, handler: handler)
    }

    func extent(of topics: [String]) async throws -> LogExtent {
        try state.withLock { state in
            if state.isDown { throw Down() }
            var marks: [String: [Int32: Int64]] = [:]
            for topic in topics {
                for partition in 0..<partitions {
                    let log = state.log[topic]
                    marks[topic, default: [:]][partition] = Int64(log?[Int(partition)].count ?? 0)
                }
            }
            return LogExtent(clusterID: state.clusterID, highWatermarks: marks)
        }
    }

    func committedOffsets(group: String, topic: String) async throws -> [Int32: Int64] {
        state.withLock { $0.committed[group]?[topic] ?? [:] }
    }

    struct Down: Error {}

    private static func store(_ record: KafkaRecord, in state: inout State, partitions: Int32) -> (Int32, Int64) {
        let hash = record.key.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        let partition = Int32(hash % UInt64(partitions))
        if state.log[record.topic] == nil { state.log[record.topic] = Array(repeating: [], count: Int(partitions)) }
        let offset = Int64(state.log[record.topic]?[Int(partition)].count ?? 0)
        state.log[record.topic]?[Int(partition)].append(
            KafkaMessage(
                topic: record.topic, partition: partition, offset: offset, key: record.key, value: record.value,
                headers: record.headers))
        return (partition, offset)
    }
}

extension InMemoryBus {
    private struct Publisher: BusPublisher {
        let bus: InMemoryBus

        var isFatal: Bool { false }

        func publish(_ batch: OutboxBatch) async -> [DeliveryOutcome] {
            guard let records = try? batch.records() else { return Array(repeating: .unknown, count: batch.count) }
            return bus.state.withLock { state in
                records.map { record in
                    defer { state.records += 1 }
                    if state.isDown { return .unknown }
                    let effect = state.fault?.decide(state.records, record)
                    if effect == .refused { return .unknown }
                    let (partition, offset) = InMemoryBus.store(record, in: &state, partitions: bus.partitions)
                    return effect == nil ? .persisted(partition: partition, offset: offset) : .unknown
                }
            }
        }

        func stop() async {}
    }

    private final class Subscription: BusSubscription {
        var status: ConsumerStatus? { nil }
        private static let batchMax = 500
        private let bus: InMemoryBus
        private let group: String
        private let topics: [String]
        private let handler: BusHandler
        private let id = UUID()
        private let isStopped = Mutex(false)

        init(bus: InMemoryBus, group: String, topics: [String], handler: @escaping BusHandler) {
            self.bus = bus
            self.group = group
            self.topics = topics
            self.handler = handler
        }

        func run() async throws {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for topic in topics {
                    for partition in 0..<bus.partitions {
                        tasks.addTask { try await self.read(topic, partition) }
                    }
                }
                try await tasks.waitForAll()
            }
        }

        func stop() async { isStopped.withLock { $0 = true } }

        private func read(_ topic: String, _ partition: Int32) async throws {
            let place = "\(group)/\(topic)/\(partition)"
            defer {
                bus.state.withLock { if $0.owners[place] == id { $0.owners[place] = nil } }
            }
            while !isStopped.withLock({ $0 }) {
                let batch = bus.state.withLock { state -> [KafkaMessage] in
                    if state.isDown { return [] }
                    guard state.owners[place] == nil || state.owners[place] == id else { return [] }
                    state.owners[place] = id
                    let log = state.log[topic]?[Int(partition)] ?? []
                    let next = state.committed[group]?[topic]?[partition] ?? 0
                    return Array(log.dropFirst(Int(next)).prefix(Self.batchMax))
                }
                guard let last = batch.last else {
                    try await Task.sleep(for: .milliseconds(2))
                    continue
                }
                do {
                    try await handler(batch)
                } catch let error where !(error is CancellationError) {
                    try await Task.sleep(for: .milliseconds(20))
                    continue
                }
                bus.state.withLock { state in
                    state.committed[group, default: [:]][topic, default: [:]][partition] = last.offset + 1
                }
            }
        }
    }
}
