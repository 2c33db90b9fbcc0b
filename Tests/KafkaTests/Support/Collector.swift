import Kafka
import Synchronization
import Telemetry
import Testing

let testLogger = Logger(label: "kafka-tests")

/// What handlers were given, in the order of each key.
final class Collector: Sendable {
    private struct State {
        /// By key; each key's values in order of handling.
        var values: [String: [Int]] = [:]
        var count = 0
        var distinct: Set<String> = []
        var partitions: Set<Int32> = []
    }

    private let state = Mutex(State())

    /// Values are decimal numbers.
    func take(_ messages: [KafkaMessage]) {
        state.withLock { state in
            for message in messages {
                let key = String(decoding: message.key ?? [], as: UTF8.self)
                let value = String(decoding: message.value ?? [], as: UTF8.self)
                state.values[key, default: []].append(Int(value.prefix { $0 != " " }) ?? -1)
                state.count += 1
                state.distinct.insert("\(key)/\(value)")
                state.partitions.insert(message.partition)
            }
        }
    }

    /// With repeats.
    var count: Int { state.withLock { $0.count } }
    var distinctCount: Int { state.withLock { $0.distinct.count } }
    var partitions: Set<Int32> { state.withLock { $0.partitions } }

    /// Keys whose values, each taken the first time it came, were not in order.
    var keysOutOfOrder: [String] {
        state.withLock { state in
            state.values.filter { _, values in
                var seen: Set<Int> = []
                let first = values.filter { seen.insert($0).inserted }
                return first != first.sorted()
            }.map(\.key).sorted()
        }
    }
}

/// Waits until `condition` holds, and records an issue when it does not by `limit`, which only a fault makes it reach.
func expectEventually(
    within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("it did not come to that within \(limit)", sourceLocation: sourceLocation)
}

/// Records of which number n of a key has the value n.
func records(topic: String, keys: Int, perKey: Int, from start: Int = 0, padding: Int = 0) -> [KafkaRecord] {
    let filler = String(repeating: "x", count: padding)
    return (start..<start + perKey).flatMap { number in
        (0..<keys).map { key in
            KafkaRecord(
                topic: topic, key: Array("key-\(key)".utf8),
                value: Array((padding == 0 ? "\(number)" : "\(number) \(filler)").utf8),
                headers: [("ce_id", Array("\(key)-\(number)".utf8))])
        }
    }
}

extension [DeliveryOutcome] {
    var areAllPersisted: Bool { allSatisfy { $0.isPersisted } }
    var isAnyPersisted: Bool { contains { $0.isPersisted } }
}

/// Holds handlers until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
