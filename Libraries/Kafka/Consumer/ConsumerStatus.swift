/// How a consumer is, for health checks and gauges.
package struct ConsumerStatus: Sendable, Equatable {
    /// A partition of a topic.
    package struct Partition: Sendable, Hashable {
        /// The topic's name.
        package let topic: String
        /// From 0.
        package let number: Int32
    }

    /// Whether `run` is at work.
    package var isRunning = false
    /// What this member reads now. Empty while the group is rearranged, and where it has more members than partitions.
    package var assigned: [Partition] = []
    /// Age of the oldest try of a handler that has not returned.
    package var oldestInFlight: Duration?
    /// Messages in memory.
    package var heldCount = 0
    /// Their bytes.
    package var heldBytes = 0
    /// Partitions that are not read at the moment because enough of them is in memory.
    package var pausedCount = 0
    /// Messages of the assigned partitions after what was committed, as last heard; nil before that.
    package var lag: Int64?
    /// Since the loop last went round. It does so ten times a second, except while it drains.
    package var sinceLastTurn: Duration?
    /// False when a handler hangs, the loop stands still or the consumer has failed.
    package var isHealthy = true
}
