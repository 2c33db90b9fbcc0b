import FoundationEssentials
import Glibc
import Postgres
import Telemetry

/// Starts the workers of one lane again and again and sees them die as planned.
struct LaneDriver: Sendable {
    let scene: Scene
    let lane: Lane
    let journal: Journal
    /// How the workers behave apart from their end.
    var manner = Lane.Manner()

    /// An armed worker gets this long to join its group and to reach its point.
    static let fireLimit: Duration = .seconds(30)

    /// Each worker is alone in its group.
    func run(_ kills: [Kill]) async throws {
        for kill in kills {
            try await rest()
            switch kill {
            case .at(let point, let hit): try await awaitDeath(of: start(armedAt: point, hit), at: point, hit)
            case .someTime(let milliseconds):
                let worker = try lane.start(manner)
                try await Task.sleep(for: .milliseconds(milliseconds))
                try await self.kill(worker, as: "some time")
            }
        }
    }

    /// Of two workers one dies, the other lives on and another joins it.
    func run(_ kills: [PairKill]) async throws {
        var other = try lane.start(manner)
        for kill in kills {
            try await rest(with: other)
            switch kill {
            case .at(let point, let hit): try await awaitDeath(of: start(armedAt: point, hit), at: point, hit)
            case .older(let milliseconds):
                let newcomer = try lane.start(manner)
                try await Task.sleep(for: .milliseconds(milliseconds))
                try await self.kill(other, as: "older of two")
                other = newcomer
            case .whenRevoked: other = try await dieWhenRevoked(insteadOf: other)
            case .zombie: other = try await haunt(insteadOf: other)
            }
        }
        try await self.kill(other, as: "some time")
    }

    private func start(armedAt point: CrashPoint, _ hit: Int) throws -> Worker {
        var armed = manner
        armed.crashAt = (point, hit)
        return try lane.start(armed)
    }

    private func awaitDeath(of worker: Worker, at point: CrashPoint, _ hit: Int) async throws {
        let how = Journal.label(point, hit)
        if try await worker.dies(within: Self.fireLimit) {
            journal.died(lane, how)
        } else {
            journal.didNotFire(how)
            try await kill(worker, as: "some time")
        }
    }

    private func kill(_ worker: Worker, as how: String) async throws {
        try worker.requireAlive()
        try await worker.kill()
        journal.died(lane, how)
    }
}

// MARK: - Two workers

extension LaneDriver {
    /// The armed one has a batch in hand nearly all the time; then a second one joins. Returns the second.
    private func dieWhenRevoked(insteadOf other: Worker) async throws -> Worker {
        let armed = try await startSlow(insteadOf: other, armed: true)
        let second = try lane.start(manner)
        try await awaitDeath(of: armed, at: .revokedMidbatch, 1)
        return second
    }

    /// A worker that sleeps through its session with a batch in hand, wakes when another has its partitions, and goes on where
    /// it was. Returns the other.
    private func haunt(insteadOf other: Worker) async throws -> Worker {
        let zombie = try await startSlow(insteadOf: other, armed: false)
        zombie.signal(SIGSTOP)
        let heir = try lane.start(manner)
        try await Task.sleep(for: lane.session * 2)
        zombie.signal(SIGCONT)
        journal.woke()
        try await Task.sleep(for: .seconds(2))
        try heir.requireAlive()
        try await kill(zombie, as: "zombie")
        return heir
    }

    /// Kills `other` and returns a slow worker that has the whole group's partitions and is at work.
    private func startSlow(insteadOf other: Worker, armed: Bool) async throws -> Worker {
        try await kill(other, as: "some time")
        var slow = manner
        slow.batch = 5
        slow.pauseMilliseconds = 400
        if armed { slow.crashAt = (.revokedMidbatch, 1) }
        let before = try await scene.applied(by: lane)
        let worker = try lane.start(slow)
        try await Scene.eventually("\(lane.consumer) goes on") {
            if worker.hasEnded { return true }
            return try await scene.applied(by: lane) > before
        }
        return worker
    }
}

// MARK: - Crash loops

extension LaneDriver {
    /// A message that was begun three times and never finished is taken for one that kills, as it should be. Here the killer
    /// comes from outside: before a message gets that far, a worker is left in peace until it is done.
    private func rest() async throws {
        while try await begunTwice() {
            let worker = try lane.start(manner)
            try await rest(with: worker)
            try await kill(worker, as: "some time")
        }
    }

    private func rest(with worker: Worker) async throws {
        try await Scene.eventually("\(lane.consumer) finishes what was begun twice") {
            try worker.requireAlive()
            return try await !begunTwice()
        }
    }

    private func begunTwice() async throws -> Bool {
        try await scene.watch.query(
            "select exists (select from \(ident: lane.schema).consumer_attempt where attempts >= 2)"
        ).only().decode(Bool.self)
    }
}
