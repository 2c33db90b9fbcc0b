import FoundationEssentials
import ServiceKit
import Telemetry
import TestSupport
import Testing

/// Tests that kill processes, one after the other: together they would only be slower.
@Suite("Sudden death", .serialized)
enum SuddenDeath {
    /// The broker of this process: Apache Kafka where KAFKA_HOME names it, else the embedded one. `tools/test` runs both.
    static let broker: BrokerKind = BrokerKind.available.contains(.apacheKafka) ? .apacheKafka : .embedded
}

extension SuddenDeath {
    /// Workers die at every step there is, and nobody can tell afterwards.
    @Suite("kill -9")
    struct KillTests {
        @Test("workers die at every step of their work: nothing lost, nothing twice, every case in order")
        func deaths() async throws {
            var soak = try Soak()
            repeat {
                let seed = soak.nextSeed()
                let size: KillPlan.Size = broker == .embedded ? .embedded : .apacheKafka
                soak.count(try await run(KillPlan(size, seed: seed), seed: seed))
            } while soak.goesOn
        }

        /// Returns how many died.
        private func run(_ plan: KillPlan, seed: UInt64) async throws -> Int {
            let began = ContinuousClock.now
            let journal = Journal()
            let (findings, facts) = try await Scene.with(broker, lanes: plan.laneCount, seed: seed) { scene in
                try await running({ try await scene.load.run(perSecond: 20) }, stop: { scene.load.stop() }) {
                    try await killAll(scene, plan, journal)
                }
                let survivors = try scene.lanes.map { try $0.start() }
                try await scene.settle()
                for survivor in survivors { try survivor.requireAlive() }
                let findings = try await Auditor(scene: scene).audit()
                let recovery = try await journal.longestRecovery(scene)
                return (
                    findings,
                    [
                        "\(scene.load.promised.count) events to \(plan.laneCount) groups", "seed \(seed)",
                        "longest recovery \(Int(recovery.rounded(.up))) s",
                    ]
                )
            }
            let took = "took \((ContinuousClock.now - began).components.seconds) s"
            print(journal.scoreboard("\(broker)", findings, facts: facts + [took]))

            #expect(findings.isEmpty, "\(findings)")
            #expect(journal.deaths.count >= plan.size.killsMin)
            for point in KillPlan.points {
                for hit in plan.size.hits {
                    #expect(journal.deaths(at: point, hit: hit) > 0, "\(Journal.label(point, hit)) never fired")
                }
            }
            #expect(journal.deaths(at: .revokedMidbatch) > 0, "nobody died while partitions were taken away")
            return journal.deaths.count
        }

        private func killAll(_ scene: Scene, _ plan: KillPlan, _ journal: Journal) async throws {
            let drivers = scene.lanes.map { LaneDriver(scene: scene, lane: $0, journal: journal) }
            var works: [@Sendable () async throws -> Void] = []
            for (driver, kills) in zip(drivers, plan.solo) { works.append { try await driver.run(kills) } }
            for (driver, kills) in zip(drivers.suffix(plan.pairs.count), plan.pairs) {
                works.append { try await driver.run(kills) }
            }
            try await sideBySide(works)
        }
    }
}

/// How long the suite goes on: one plan, or as many as `SOAK_KILLS` or `SOAK_MINUTES` ask for.
private struct Soak {
    private let kills: Int
    private let end: ContinuousClock.Instant
    private var random = SeededRandom("which workers die where")
    private var killed = 0

    init() throws {
        kills = try Self.number("SOAK_KILLS")
        end = .now + .seconds(60 * (try Self.number("SOAK_MINUTES")))
    }

    var goesOn: Bool { killed < kills || ContinuousClock.now < end }

    mutating func nextSeed() -> UInt64 { killed == 0 ? random.seed : random.next() }

    mutating func count(_ deaths: Int) { killed += deaths }

    private static func number(_ name: String) throws -> Int {
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return 0 }
        guard let number = Int(text), number >= 0 else { throw SceneError("\(name) is no number: \(text)") }
        return number
    }
}
