import Telemetry

/// Looks whether every partition of a group's topics has a member that reads it.
///
/// The group's leader hands out what its client knows of the topics. Those that are made in the very moment in which it asks,
/// as after a cluster was lost, can be missing, and librdkafka 2.0.2 then sees no change later that would make it hand out
/// anew: nobody would ever read them.
struct GroupWatch: Sendable {
    let admin: KafkaAdmin
    let group: String
    let topics: [String]
    /// Between two looks.
    let interval: Duration
    let logger: Logger

    /// The longest wait between two looks, after joining again did not help.
    private static let intervalMax: Duration = .seconds(300)

    /// Until it is cancelled, or the broker does not tell who reads what, as the embedded one.
    ///
    /// - Parameters:
    ///   - joinAgain: called when a partition had no reader twice in succession: librdkafka gets that long to notice by
    ///     itself.
    func run(joinAgain: @Sendable () -> Void) async {
        var wait = interval
        var unreadBefore: Set<ConsumerStatus.Partition> = []
        // Woken early means cancelled: the consumer ends.
        while (try? await Task.sleep(for: wait)) != nil {
            do {
                let unread = try await admin.unreadPartitions(of: topics, by: group)
                if unread.isEmpty { wait = interval }
                guard !unread.isDisjoint(with: unreadBefore) else {
                    unreadBefore = unread
                    continue
                }
                logger.notice(
                    "partitions of the group have no reader: the consumer joins again",
                    metadata: ["kafka.group": group, "kafka.partitions": "\(unread.count)"])
                joinAgain()
                unreadBefore = []
                wait = min(wait * 2, Self.intervalMax)
            } catch let error as KafkaError where !error.isRetryable {
                logger.info(
                    "the broker does not tell who reads what",
                    metadata: ["kafka.group": group, "error": error.shortLabel])
                return
            } catch {
                // Whoever needs this broker for its work says that it is away.
                unreadBefore = []
            }
        }
    }
}
