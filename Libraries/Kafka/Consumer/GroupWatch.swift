import Telemetry

/// Looks whether every partition of a group's topics has a member that reads it, and whether the cluster is still the same.
///
/// The group's leader hands out what its client knows of the topics. Those that are made in the very moment in which it asks,
/// as after a cluster was lost, can be missing, and librdkafka 2.0.2 then sees no change later that would make it hand out
/// anew: nobody would ever read them.
///
/// A cluster that lost everything begins its logs at 0 again. Where a log has grown again beyond where a member stood before the
/// member asks for more, nothing tells it so: it would go on in the middle of another log and miss what lies before.
struct GroupWatch: Sendable {
    let admin: KafkaAdmin
    let group: String
    let topics: [String]
    /// Between two looks.
    let interval: Duration
    let logger: Logger

    /// The longest wait between two looks, after joining again did not help.
    private static let intervalMax: Duration = .seconds(300)

    /// What was seen so far.
    private struct Seen {
        var clusterID: String?
        var unread: Set<ConsumerStatus.Partition> = []
        /// The embedded broker does not.
        var tellsReaders = true
    }

    /// Until it is cancelled.
    ///
    /// - Parameters:
    ///   - joinAgain: called when a partition had no reader twice in succession: librdkafka gets that long to notice by
    ///     itself.
    ///   - startOver: called when the cluster is another one: everything is to be read from its beginning.
    func run(joinAgain: @Sendable () -> Void, startOver: @Sendable () -> Void) async {
        var wait = Duration.zero
        var seen = Seen()
        // Woken early means cancelled: the consumer ends.
        while (try? await Task.sleep(for: wait)) != nil {
            wait = max(wait, interval)
            do {
                try await lookAtCluster(&seen, startOver)
                guard seen.tellsReaders else { continue }
                switch try await lookAtReaders(&seen) {
                case .none: break
                case false?: wait = interval
                case true?:
                    joinAgain()
                    wait = min(wait * 2, Self.intervalMax)
                }
            } catch {
                // Whoever needs this broker for its work says that it is away.
                seen.unread = []
            }
        }
    }

    private func lookAtCluster(_ seen: inout Seen, _ startOver: @Sendable () -> Void) async throws {
        let id = try await admin.clusterID()
        if let before = seen.clusterID, before != id {
            logger.notice(
                "the cluster is another one: the consumer reads everything again", metadata: ["kafka.group": group])
            startOver()
        }
        seen.clusterID = id
    }

    /// True where a partition had no reader twice, false where all have one, nil where it is too early to say.
    private func lookAtReaders(_ seen: inout Seen) async throws -> Bool? {
        let unread: Set<ConsumerStatus.Partition>
        do {
            unread = try await admin.unreadPartitions(of: topics, by: group)
        } catch let error as KafkaError where !error.isRetryable {
            logger.info(
                "the broker does not tell who reads what", metadata: ["kafka.group": group, "error": error.shortLabel])
            seen.tellsReaders = false
            return nil
        }
        guard !unread.isEmpty else {
            seen.unread = []
            return false
        }
        guard !unread.isDisjoint(with: seen.unread) else {
            seen.unread = unread
            return nil
        }
        logger.notice(
            "partitions of the group have no reader: the consumer joins again",
            metadata: ["kafka.group": group, "kafka.partitions": "\(unread.count)"])
        seen.unread = []
        return true
    }
}
