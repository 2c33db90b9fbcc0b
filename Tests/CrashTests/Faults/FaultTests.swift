import FoundationEssentials
import Kafka
import ServiceKit
import Telemetry
import TestSupport
import Testing

extension SuddenDeath {
    /// The suite is tested itself: where a fault is planted, it has to fail.
    @Suite(
        "Planted faults are found",
        .enabled(if: broker == .embedded, "planted faults are looked for on the embedded broker"))
    struct FaultTests {
        /// These need workers that die at the right place.
        static let ofDeaths = Campaign(
            plants: [
                Plant(
                    bug: .inboxSkipped, finding: .twice, kills: [.at(.afterCommit, hit: 1), .at(.afterCommit, hit: 3)]),
                // Offsets are committed every 250 ms, and the work takes longer.
                Plant(
                    bug: .offsetCommittedFirst, finding: .lost,
                    kills: [.at(.beforeCommit, hit: 1), .at(.beforeCommit, hit: 4)],
                    manner: .init(pauseMilliseconds: 900)),
                Plant(
                    bug: .inboxInOwnTransaction, finding: .lost,
                    kills: [.at(.businessWritten, hit: 1), .at(.beforeCommit, hit: 4)]),
                Plant(
                    bug: .outboxInOwnTransaction, finding: .invented,
                    kills: [.at(.beforeCommit, hit: 1), .at(.beforeCommit, hit: 3)]),
                Plant(
                    bug: .deleteBeforeReport, finding: .silent,
                    kills: [
                        .at(.produceEnqueued, hit: 1), .at(.produceEnqueued, hit: 2), .at(.produceEnqueued, hit: 3),
                    ]),
                Plant(bug: .keyDropped, finding: .scattered),
            ],
            kills: [.at(.afterCommit, hit: 2), .at(.beforeCommit, hit: 1), .at(.produceEnqueued, hit: 1)])

        /// These need two workers side by side that come and go in good order: so nothing may go out twice either.
        static let ofCompany = Campaign(
            plants: [
                Plant(bug: .relayWithoutLock, finding: .repeated),
                // A transaction that is open for long commits a lower number after a higher one has gone out.
                Plant(bug: .relayByCursor, finding: .silent, manner: .init(pauseMilliseconds: 200, pauseEvery: 3)),
                // Transactions side by side: some lower number commits between a claim and its delete.
                Plant(
                    bug: .deleteByRange, finding: .silent,
                    manner: .init(lingersAt: (.beforeMark, 200), batch: 1, pauseMilliseconds: 50)),
                Plant(bug: .drainSkippedOnRevoke, finding: .lost, manner: .init(batch: 5, pauseMilliseconds: 500)),
            ], allowsRepeats: false)

        /// These need a log in which events overtake each other.
        static let ofDisorder = Campaign(
            plants: [
                Plant(bug: .versionCheckOff, finding: .misplaced), Plant(bug: .parkedDropped, finding: .lost),
            ],
            kills: [.at(.beforeCommit, hit: 2), .at(.afterCommit, hit: 2)], cases: 20, relayed: false)

        static let deadlyKey = UUID()
        /// This needs an event that kills whoever handles it.
        static let ofDeadlyEvents = Campaign(
            plants: [Plant(bug: .attemptsNotCounted, finding: .lost, manner: .init(deadlyKey: deadlyKey))],
            manner: .init(deadlyKey: deadlyKey), deadKeys: [deadlyKey])

        /// This needs a broker that forgets everything.
        static let ofLoss = Campaign(plants: [Plant(bug: .lostBrokerIgnored, finding: .silent)])

        /// This needs a broker that refuses.
        static let ofRefusal = Campaign(plants: [Plant(bug: .failedReportIgnored, finding: .silent)])

        static let all = [ofDeaths, ofCompany, ofDisorder, ofDeadlyEvents, ofLoss, ofRefusal]

        @Test("every fault that can be planted is planted")
        func complete() {
            let planted = Self.all.flatMap { $0.plants.map(\.bug.rawValue) }
            #expect(planted.sorted() == SeededBug.allCases.map(\.rawValue).sorted())
        }

        @Test("faults that a death brings out are found")
        func deaths() async throws {
            try await Self.ofDeaths.run { scene, parts in
                try await running({ try await scene.load.run(perSecond: 20) }, stop: { scene.load.stop() }) {
                    try await sideBySide(parts.map { part in { try await part.driver.run(part.kills) } })
                }
                return try parts.map { try $0.start() }
            }
        }

        @Test("faults that two workers side by side bring out are found")
        func company() async throws {
            try await Self.ofCompany.run { scene, parts in
                try await scene.load.write(500)
                let older = try parts.map { try $0.start() }
                return try await running({ try await scene.load.run(perSecond: 40) }, stop: { scene.load.stop() }) {
                    for part in parts {
                        try await Scene.eventually("\(part.lane.consumer) goes on") {
                            try await scene.applied(by: part.lane) > 0
                        }
                    }
                    let newer = try parts.map { try $0.start() }
                    try await Task.sleep(for: .seconds(6))
                    for part in parts { try await haveComeTogether(part, in: scene) }
                    // In good order, with batches in hand.
                    try await sideBySide(older.map { worker in { try await worker.stop() } })
                    try await Task.sleep(for: .seconds(6))
                    return newer
                }
            }
        }

        @Test("faults that a strange log or a strange event brings out are found")
        func strangeThings() async throws {
            try await sideBySide([disorder, deadlyEvents, loss, refusal])
        }
    }
}

extension SuddenDeath.FaultTests {
    @Sendable private func disorder() async throws {
        try await Self.ofDisorder.run { scene, parts in
            try await scene.load.write(600)
            try await CarelessRelay(scene: scene, seed: 11).run()
            try await sideBySide(parts.map { part in { try await part.driver.run(part.kills) } })
            return try parts.map { try $0.start() }
        }
    }

    /// A group takes commits only when its members have come together.
    private func haveComeTogether(_ part: Campaign.Part, in scene: Scene) async throws {
        let before = try await scene.committed(by: part.lane)
        try await Scene.eventually("\(part.lane.consumer) has come together") {
            try await scene.committed(by: part.lane) > before
        }
    }

    /// A worker is started again whenever it dies, as a service manager would, but not for ever.
    @Sendable private func deadlyEvents() async throws {
        let deathsMax = 6
        try await Self.ofDeadlyEvents.run { scene, parts in
            try await scene.load.write(60)
            try await scene.load.say(Self.deadlyKey)
            try await scene.load.write(60)
            var workers = try parts.map { try $0.start() }
            var deaths = 0
            while deaths < deathsMax {
                try await Task.sleep(for: .milliseconds(50))
                for (index, part) in parts.enumerated() where workers[index].hasEnded {
                    workers[index] = try part.start()
                    if index > 0 { deaths += 1 }
                }
            }
            return workers
        }
    }

    @Sendable private func loss() async throws {
        try await Self.ofLoss.run { scene, parts in
            let workers = try parts.map { try $0.start() }
            try await scene.load.write(200)
            try await scene.settle()
            try await scene.broker.loseEverything(topics: Scene.topics)
            try await scene.load.write(50)
            try await Scene.eventually("everything is in the new log") {
                try await Auditor(scene: scene).audit([scene.lanes[0]]).isEmpty
            }
            return workers
        }
    }

    @Sendable private func refusal() async throws {
        // INVALID_PRODUCER_EPOCH: the session ends, and what was under way with it.
        let error: Int32 = 47
        try await Self.ofRefusal.run { scene, parts in
            let workers = try parts.map { try $0.start() }
            try await running({ try await scene.load.run(perSecond: 40) }, stop: { scene.load.stop() }) {
                for _ in 0..<40 {
                    try await Task.sleep(for: .milliseconds(400))
                    scene.broker.embedded?.refuseProduceRequests(2, error: error)
                }
            }
            return workers
        }
    }
}
