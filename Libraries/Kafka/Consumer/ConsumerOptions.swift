/// What a consumer may hold and how long it waits.
package struct ConsumerOptions: Sendable, Equatable {
    /// Memory and batches of each partition.
    package var lanes = LaneLimits()
    /// Finished messages are committed this often ...
    package var commitInterval: Duration = .milliseconds(250)
    /// ... or as soon as there are this many.
    package var commitCount = 500
    /// How long a handler may finish when its partition is taken away or the consumer stops.
    package var drainTimeout: Duration = .seconds(5)
    /// How long the last commit of an assignment may take.
    package var commitTimeout: Duration = .seconds(5)
    /// How long the whole of `stop` may take. After that the thread is left behind, to end with the process.
    package var closeTimeout: Duration = .seconds(20)
    /// The first wait after a handler threw; each further one is twice as long.
    package var backoffMin: Duration = .milliseconds(100)
    /// The longest wait between two tries.
    package var backoffMax: Duration = .seconds(5)
    /// A handler that holds one batch longer than this, in one try, has hung: the consumer ends with an error.
    package var starvationLimit: Duration = .seconds(120)
    /// Without a heartbeat for this long the brokers give our partitions to others. Brokers allow 6 s to 30 min.
    package var sessionTimeout: Duration = .seconds(10)
    /// Polls further apart than this cost us our partitions; draining and committing fits in.
    package var maxPollInterval: Duration = .seconds(60)
    /// Between two looks whether every partition has a member that reads it.
    package var watchInterval: Duration = .seconds(5)

    package init() {}

    /// - Throws: `KafkaError.configuration` naming the options that do not fit together.
    func check() throws {
        guard lanes.countLow < lanes.countHigh, lanes.bytesLow < lanes.bytesHigh, lanes.countLow >= 0,
            lanes.batchCount > 0, lanes.batchBytes > 0
        else { throw KafkaError(.configuration, message: "a lane's low marks are below its high ones") }
        guard drainTimeout + commitTimeout < maxPollInterval else {
            throw KafkaError(
                .configuration, message: "draining and committing must fit into the longest time between polls")
        }
        guard commitCount > 0, backoffMin > .zero, backoffMin <= backoffMax else {
            throw KafkaError(.configuration, message: "commitCount and the back-off must be positive")
        }
    }

    /// The wait before try `attempt`, which counts from 1.
    func backoff(afterFailures failures: Int) -> Duration {
        let factor = 1 << min(max(failures - 1, 0), 20)
        return min(backoffMin * factor, backoffMax)
    }
}
