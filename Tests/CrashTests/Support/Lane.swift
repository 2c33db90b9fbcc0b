import Foundation
import Kafka
import Messaging
import ServiceKit
import Telemetry
import TestSupport

/// One consumer group with its schema: workers of a lane are instances of the same service.
struct Lane: Sendable {
    let number: Int
    let database: CrashDatabase
    let broker: TestBroker
    let folder: URL

    var schema: String { CrashDatabase.laneSchema(number) }
    var consumer: String { "crash-lane-\(number)" }
    var source: String { "/crash-lane-\(number)" }

    /// How a worker behaves.
    struct Manner: Sendable {
        var crashAt: (point: CrashPoint, hit: Int)?
        /// Where a worker waits for a while each time it comes by.
        var lingersAt: (point: CrashPoint, milliseconds: Int)?
        var bug: SeededBug?
        var batch = 20
        /// How long a transaction stays open after it has written everything ...
        var pauseMilliseconds = 0
        /// ... and for every how manieth event.
        var pauseEvery = 1
        var deadlyKey: UUID?
    }

    /// A member that was killed stays in its group for this long, so it is short: no shorter than the broker can bear.
    var session: Duration { broker.kind == .embedded ? broker.kind.sessionTimeout : .seconds(3) }

    func start(_ manner: Manner = Manner()) throws -> Worker {
        var arguments = [
            "--consumer", consumer, "--source", source, "--schema", schema,
            "--brokers", broker.configuration.bootstrapServers,
            "--app-url", try database.url(schema, .app), "--relay-url", try database.url(schema, .relay),
            "--session-ms", "\(session.components.seconds * 1_000)", "--batch", "\(manner.batch)",
            "--pause-ms", "\(manner.pauseMilliseconds)", "--pause-every", "\(manner.pauseEvery)",
        ]
        if let key = manner.deadlyKey { arguments += ["--deadly", key.uuidString] }
        var environment = ProcessInfo.processInfo.environment
        environment["TAKEUP_CRASH_AT"] = manner.crashAt.map { "\($0.point.rawValue):\($0.hit)" }
        environment["TAKEUP_LINGER_AT"] = manner.lingersAt.map { "\($0.point.rawValue):\($0.milliseconds)" }
        environment["TAKEUP_SEEDED_BUG"] = manner.bug?.rawValue
        return try Worker(
            .init(Worker.program, arguments, environment: environment),
            log: folder.appending(path: "\(schema).log").path)
    }
}
