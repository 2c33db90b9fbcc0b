import Telemetry

/// The pure decisions of the relay: which rows a batch of delivery reports lets it delete, and whether the log was lost.
enum RelayPlan {
    /// What became of a row.
    enum Report: Equatable {
        /// The offset is missing where the broker acknowledged a repetition without saying where it lies.
        case persisted(partition: Int32, offset: Int64?)
        /// Failed, or nobody knows.
        case notPersisted
    }

    struct Verdict: Equatable {
        /// Indices of the rows that may go.
        var delivered: [Int] = []
        /// Topics (as numbered in the rows) whose log began again: an offset came back that had been acknowledged before.
        var lostTopics: Set<Int> = []
        /// The highest offset acknowledged by topic and partition.
        var highest: [TopicPartition: Int64] = [:]
    }

    struct TopicPartition: Hashable {
        let topic: Int
        let partition: Int32
    }

    /// A row goes when it was persisted and no earlier row of its stream failed: after a failure in the middle the rest of that
    /// stream goes out once more, so that its order of first appearance is kept.
    ///
    /// - Parameters:
    ///   - topics: each row's topic, as a number.
    ///   - streams: each row's stream, as a number; asked for only where something failed.
    ///   - floor: what had been acknowledged before the batch was handed over. A log only grows, so a report at or below it
    ///     means that the log is another one.
    static func settle(
        topics: [Int], streams: () -> [Int], reports: [Report], floor: [TopicPartition: Int64]
    ) -> Verdict {
        precondition(topics.count == reports.count)
        var verdict = Verdict()
        for (topic, report) in zip(topics, reports) {
            guard case .persisted(let partition, let offset?) = report else { continue }
            let place = TopicPartition(topic: topic, partition: partition)
            if let known = floor[place], offset <= known { verdict.lostTopics.insert(topic) }
            verdict.highest[place] = max(verdict.highest[place] ?? 0, offset)
        }
        verdict.delivered = delivered(streams: streams, reports: reports)
        return verdict
    }

    private static func delivered(streams: () -> [Int], reports: [Report]) -> [Int] {
        guard reports.contains(.notPersisted), !SeededBug.isPlanted(.failedReportIgnored) else {
            return Array(reports.indices)
        }
        let streams = streams()
        var broken: Set<Int> = []
        return reports.indices.filter { index in
            if reports[index] == .notPersisted { broken.insert(streams[index]) }
            return !broken.contains(streams[index])
        }
    }
}

/// How long a relay with nothing to do sleeps: 20 ms after work, doubling to 1 s.
struct IdlePause: Equatable {
    static let millisecondsMin = 20
    static let millisecondsMax = 1_000
    private(set) var milliseconds = IdlePause.millisecondsMin

    mutating func didWork() { milliseconds = Self.millisecondsMin }
    mutating func didNothing() { milliseconds = min(milliseconds * 2, Self.millisecondsMax) }
}
