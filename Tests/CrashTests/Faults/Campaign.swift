import FoundationEssentials
import Telemetry
import TestSupport
import Testing

/// A planted fault, and what the auditor has to say of it.
struct Plant: Sendable {
    let bug: SeededBug
    let finding: Finding.Kind
    /// The deaths that bring it out.
    var kills: [Kill] = []
    /// The behaviour that does.
    var manner = Lane.Manner()
}

/// A short run in which every lane but the first has a fault planted in its workers. The auditor must find each, and nothing
/// in the first lane, to which the same things happen.
struct Campaign: Sendable {
    let plants: [Plant]
    /// What happens to the lane without a fault.
    var kills: [Kill] = []
    var manner = Lane.Manner()
    var cases = 120
    var relayed = true
    var allowsRepeats = true
    var deadKeys: [UUID] = []

    /// One lane of it.
    struct Part: Sendable {
        let driver: LaneDriver
        let kills: [Kill]
        var lane: Lane { driver.lane }
        func start() throws -> Worker { try lane.start(driver.manner) }
    }

    /// `act` returns the workers that live on while what is left is worked off.
    func run(
        _ act: @Sendable (Scene, [Part]) async throws -> [Worker]
    ) async throws {
        let seed = SeededRandom("faults \(plants.map(\.bug.rawValue).joined(separator: " "))").seed
        let findings = try await Scene.with(
            lanes: plants.count + 1, seed: seed, cases: cases, relayed: relayed
        ) { scene in
            let survivors = try await act(scene, parts(scene))
            defer { withExtendedLifetime(survivors) {} }
            try await scene.settle([scene.lanes[0]], missing: deadKeys.count)
            try await scene.settle(stall: .seconds(4))
            var auditor = Auditor(scene: scene)
            auditor.allowsRepeats = allowsRepeats
            auditor.deadKeys = deadKeys
            return try await auditor.audit()
        }
        judge(findings)
    }

    private func parts(_ scene: Scene) -> [Part] {
        let journal = Journal()
        var parts = [
            Part(driver: LaneDriver(scene: scene, lane: scene.lanes[0], journal: journal, manner: manner), kills: kills)
        ]
        for (lane, plant) in zip(scene.lanes.dropFirst(), plants) {
            var manner = plant.manner
            manner.bug = plant.bug
            let driver = LaneDriver(scene: scene, lane: lane, journal: journal, manner: manner)
            parts.append(Part(driver: driver, kills: plant.kills))
        }
        return parts
    }

    private func judge(_ findings: [Finding]) {
        let innocent = findings.filter { $0.lane == 0 }
        #expect(innocent.isEmpty, "found where no fault is: \(innocent)")
        for (index, plant) in plants.enumerated() {
            let found = findings.filter { $0.lane == index + 1 }
            #expect(found.contains { $0.kind == plant.finding }, "\(plant.bug.rawValue) was not found: \(found)")
            let said = found.map { "\($0.count) \($0.kind.rawValue)" }.joined(separator: "; ")
            print("scoreboard fault \(plant.bug.rawValue): \(said.isEmpty ? "not found" : said)")
        }
    }
}
