import TestSupport
import Testing

@testable import Messaging

@Suite("What a batch of delivery reports allows")
struct RelayPlanTests {
    private typealias Place = RelayPlan.TopicPartition

    private func settle(
        streams: [Int], _ reports: [RelayPlan.Report], floor: [RelayPlan.TopicPartition: Int64] = [:]
    ) -> RelayPlan.Verdict {
        RelayPlan.settle(
            topics: Array(repeating: 0, count: reports.count), streams: { streams }, reports: reports, floor: floor)
    }

    @Test("everything that was acknowledged goes")
    func allDelivered() {
        let verdict = settle(
            streams: [1, 2, 1],
            [
                .persisted(partition: 0, offset: 5), .persisted(partition: 1, offset: 9),
                .persisted(partition: 0, offset: 6),
            ])
        #expect(verdict.delivered == [0, 1, 2])
        #expect(verdict.highest == [Place(topic: 0, partition: 0): 6, Place(topic: 0, partition: 1): 9])
        #expect(verdict.lostTopics.isEmpty)
    }

    @Test("after a failure the rest of that stream stays, other streams go")
    func prefixPerStream() {
        let verdict = settle(
            streams: [1, 2, 1, 2, 1],
            [
                .persisted(partition: 0, offset: 1), .persisted(partition: 0, offset: 2), .notPersisted,
                .persisted(partition: 0, offset: 3), .persisted(partition: 0, offset: 4),
            ])
        #expect(verdict.delivered == [0, 1, 3])
    }

    @Test("an offset that had been acknowledged before says that the log began again")
    func lostLog() {
        let place = Place(topic: 0, partition: 0)
        #expect(settle(streams: [1], [.persisted(partition: 0, offset: 7)], floor: [place: 7]).lostTopics == [0])
        #expect(settle(streams: [1], [.persisted(partition: 0, offset: 8)], floor: [place: 7]).lostTopics.isEmpty)
        #expect(settle(streams: [1], [.persisted(partition: 1, offset: 0)], floor: [place: 7]).lostTopics.isEmpty)
    }

    @Test("a report without an offset counts as delivered and says nothing about the log")
    func withoutOffset() {
        let verdict = settle(
            streams: [1], [.persisted(partition: 0, offset: nil)], floor: [Place(topic: 0, partition: 0): 7])
        #expect(verdict.delivered == [0])
        #expect(verdict.highest.isEmpty)
        #expect(verdict.lostTopics.isEmpty)
    }

    @Test("whatever fails, what goes is a prefix of each stream (random, seed printed)")
    func prefixProperty() {
        var random = SeededRandom("messaging")
        for _ in 0..<500 {
            let streams = (0..<40).map { _ in Int.random(in: 0..<5, using: &random) }
            let reports = (0..<40).map { index in
                Int.random(in: 0..<6, using: &random) == 0
                    ? RelayPlan.Report.notPersisted : .persisted(partition: 0, offset: Int64(index))
            }
            let delivered = Set(settle(streams: streams, reports).delivered)
            for stream in 0..<5 {
                let rows = streams.indices.filter { streams[$0] == stream }
                let firstFailure = rows.first { reports[$0] == .notPersisted } ?? Int.max
                #expect(rows.allSatisfy { delivered.contains($0) == ($0 < firstFailure) }, "seed \(random.seed)")
            }
        }
    }

    @Test("an idle relay's pause goes from 20 ms to a second and back")
    func idlePause() {
        var pause = IdlePause()
        #expect(pause.milliseconds == 20)
        for _ in 0..<10 { pause.didNothing() }
        #expect(pause.milliseconds == 1_000)
        pause.didWork()
        #expect(pause.milliseconds == 20)
    }
}
