import TestSupport
import Testing

@testable import Kafka

@Suite("Offset tracker")
struct OffsetTrackerTests {
    @Test("nothing is committable before anything is done")
    func nothing() {
        var tracker = OffsetTracker(epoch: 1)
        #expect(tracker.commitable == nil)
        #expect(tracker.isSettled)
        tracker.handOut(first: 0, last: 9, count: 10)
        #expect(tracker.commitable == nil)
        #expect(!tracker.isSettled)
    }

    @Test("what is done behind something unfinished waits for it")
    func contiguous() {
        var tracker = OffsetTracker(epoch: 1)
        tracker.handOut(first: 0, last: 9, count: 10)
        tracker.handOut(first: 10, last: 19, count: 10)
        tracker.handOut(first: 25, last: 30, count: 3)
        tracker.complete(first: 10, epoch: 1)
        #expect(tracker.commitable == nil)
        tracker.complete(first: 0, epoch: 1)
        #expect(tracker.commitable == 20)
        #expect(tracker.uncommittedCount == 20)
        tracker.complete(first: 25, epoch: 1)
        #expect(tracker.commitable == 31)
        #expect(tracker.isSettled)
    }

    @Test("a commit is not asked for twice, and an older answer does not undo a newer")
    func committed() {
        var tracker = OffsetTracker(epoch: 1)
        tracker.handOut(first: 0, last: 9, count: 10)
        tracker.complete(first: 0, epoch: 1)
        tracker.didCommit(10)
        #expect(tracker.commitable == nil)
        #expect(tracker.uncommittedCount == 0)
        tracker.didCommit(4)
        #expect(tracker.committed == 10)
    }

    @Test("what belongs to another epoch, or was done already, changes nothing")
    func epochs() {
        var tracker = OffsetTracker(epoch: 2)
        tracker.handOut(first: 0, last: 9, count: 10)
        let before = tracker
        let old = tracker.complete(first: 0, epoch: 1)
        let inside = tracker.complete(first: 5, epoch: 2)
        #expect(!old && !inside)
        #expect(tracker == before)
        let once = tracker.complete(first: 0, epoch: 2)
        let twice = tracker.complete(first: 0, epoch: 2)
        #expect(once && !twice)
    }

    @Test("whatever order spans are done in, the position is the end of the contiguous beginning")
    func anyOrder() {
        var random = SeededRandom("offset tracker")
        for _ in 0..<300 {
            var tracker = OffsetTracker(epoch: 7)
            var spans: [(first: Int64, last: Int64, isDone: Bool)] = []
            var next: Int64 = Int64.random(in: 0...1_000, using: &random)
            var committed: Int64 = -1
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                if Bool.random(using: &random) || spans.allSatisfy(\.isDone) {
                    let first = next + Int64.random(in: 0...3, using: &random)
                    let last = first + Int64.random(in: 0...9, using: &random)
                    tracker.handOut(first: first, last: last, count: 1)
                    spans.append((first, last, false))
                    next = last + 1
                } else if let index = spans.indices.filter({ !spans[$0].isDone }).randomElement(using: &random) {
                    spans[index].isDone = true
                    tracker.complete(first: spans[index].first, epoch: 7)
                }
                let expected = spans.prefix { $0.isDone }.last.map { $0.last + 1 }
                #expect(tracker.position == expected)
                if Bool.random(using: &random), let position = tracker.commitable {
                    #expect(position > committed)
                    committed = position
                    tracker.didCommit(position)
                }
                #expect(tracker.isSettled == spans.allSatisfy(\.isDone))
            }
        }
    }
}
