import Foundation
import Kafka
import Messaging
import Postgres
import ServiceKit
import TestSupport

/// A broker, a database, a producer that publishes into the first topic, and lanes whose workers can be started.
struct Scene: Sendable {
    let database: CrashDatabase
    let broker: TestBroker
    let lanes: [Lane]
    let load: InputLoad
    /// The producer's own pool, for whoever asks its outbox for something.
    let producer: PostgresPool
    /// Looks into every schema, as the superuser.
    let watch: PostgresPool

    /// The embedded broker keeps 5 MiB a partition, so what many lanes say is spread.
    static let topics = [(name: "referrals", partitions: 4), (name: "cases", partitions: 32)]

    /// - Parameters:
    ///   - cases: how many keys the events are spread over.
    ///   - relayed: false where the test itself publishes what the producer says.
    static func with<T: Sendable>(
        _ kind: BrokerKind = .embedded, lanes: Int, seed: UInt64, cases: Int = 120, eventsMax: Int = 6_000,
        relayed: Bool = true,
        _ body: @Sendable (Scene) async throws -> T
    ) async throws -> T {
        precondition(lanes <= CrashDatabase.lanesMax)
        let folder = try TemporaryFolder.make("crash")
        let broker = try await TestBroker.start(kind)
        return try await ending({ await broker.stop() }) {
            for topic in topics { try await broker.makeTopic(named: topic.name, partitions: topic.partitions) }
            return try await CrashDatabase.with { database in
                let producer = try database.pool(CrashDatabase.producer, .app)
                let watch = PostgresPool(
                    try PostgresConfiguration(url: database.url), maximumConnections: 6, logger: quiet)
                let scene = Scene(
                    database: database, broker: broker,
                    lanes: (0..<lanes).map { Lane(number: $0, database: database, broker: broker, folder: folder) },
                    load: InputLoad(pool: producer, seed: seed, cases: cases, eventsMax: eventsMax), producer: producer,
                    watch: watch)
                return try await running({ try await producer.run() }, stop: { await producer.stop() }) {
                    try await running({ try await watch.run() }, stop: { await watch.stop() }) {
                        relayed ? try await scene.relaying { try await body(scene) } : try await body(scene)
                    }
                }
            }
        }
    }

    private func relaying<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        var options = RelayOptions()
        options.logCheckInterval = .seconds(1)
        let relay = Relay(
            configuration: try database.configuration(CrashDatabase.producer, .relay),
            bus: try KafkaBus(broker.configuration, logger: quiet), options: options, logger: quiet)
        return try await running({ try await relay.run() }, stop: { await relay.stop() }, body)
    }

    /// Waits until the lanes have nothing left to do. Gives up, and leaves the rest to the auditor, when nothing has changed
    /// for `stall`. `missing` events are expected to leave no effect.
    func settle(_ lanes: [Lane]? = nil, stall: Duration = .seconds(30), missing: Int = 0) async throws {
        let lanes = lanes ?? self.lanes
        let goal = load.promised.count - missing
        var last: [Int64] = []
        var changed = ContinuousClock.now
        while ContinuousClock.now - changed < stall {
            var now: [Int64] = []
            var isDone = true
            for lane in lanes {
                let (effects, left) = try await progress(of: lane)
                now += [effects, left]
                if effects < goal || left > 0 { isDone = false }
            }
            if isDone { return }
            if now != last {
                last = now
                changed = .now
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func progress(of lane: Lane) async throws -> (Int64, Int64) {
        try await watch.query(
            """
            select (select count(*) from \(ident: lane.schema).effect),
                (select count(*) from \(ident: lane.schema).outbox_pending)
                    + (select count(*) from \(ident: lane.schema).parked_event)
            """
        ).only().decode(Int64.self, Int64.self)
    }

    /// How many events the lane has applied.
    func applied(by lane: Lane) async throws -> Int64 {
        try await watch.query("select count(*) from \(ident: lane.schema).effect").only().decode(Int64.self)
    }

    /// What the lane's group has committed, over all partitions.
    func committed(by lane: Lane) async throws -> Int64 {
        let admin = try KafkaAdmin(broker.configuration, logger: quiet)
        return try await admin.committedOffsets(group: lane.consumer, topic: Self.topics[0].name).values.reduce(0, +)
    }

    /// Waits until `condition` holds. Gives up with an error that names it.
    static func eventually(
        _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SceneError("never happened: \(what)")
    }
}
