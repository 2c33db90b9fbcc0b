/// How a relay works. The defaults are what a real cluster wants.
package struct RelayOptions: Sendable {
    /// Loops side by side, each with a connection, a producer and its own part of the shards: one claims while the other produces.
    package var loops = 2
    /// Rows of one batch, 1 to 20,000.
    package var batchRows = 20_000
    /// Payload bytes of one batch, unless a single event is larger.
    package var batchBytes = 16 * 1024 * 1024
    /// Set for a broker that keeps little; see `RetentionGuard`.
    package var retention: RelayRetention?
    /// How often the log is compared with what it acknowledged, besides at the start and after every failure.
    package var logCheckInterval: Duration = .seconds(30)
    /// How often the gauges are measured.
    package var gaugeInterval: Duration = .seconds(5)
    /// A batch in flight gets this long to be acknowledged once the relay has been told to stop.
    package var stopGrace: Duration = .seconds(10)

    package init() {}

    /// For the broker inside `takeup broker`, which drops messages beyond 5 MiB a partition: `groups` says who reads each topic.
    package static func embedded(groups: [String: [String]]) -> RelayOptions {
        var options = RelayOptions()
        options.batchRows = 2_000
        options.batchBytes = 512 * 1024
        options.retention = RelayRetention(groups: groups)
        return options
    }
}

/// The broker keeps little: publish no further than so many bytes beyond what its readers have committed.
package struct RelayRetention: Sendable {
    /// Consumer groups that have to keep up, by topic. A topic without any is not held back.
    package var groups: [String: [String]]
    /// Unread bytes of one partition at which the relay waits. A batch may pass it by its own size.
    package var unreadBytesMax = 2 * 1024 * 1024

    package init(groups: [String: [String]]) { self.groups = groups }
}
