import TestSupport
import Testing

@testable import Kafka

@Suite("Lane machine")
struct LaneMachineTests {
    private func limits(_ change: (inout LaneLimits) -> Void = { _ in }) -> LaneLimits {
        var limits = LaneLimits()
        limits.countHigh = 10
        limits.countLow = 3
        limits.bytesHigh = 1_000
        limits.bytesLow = 300
        limits.batchCount = 4
        limits.batchBytes = 400
        change(&limits)
        return limits
    }

    @Test("the partition is paused at the high mark of messages, not below it")
    func countMark() {
        let lane = LaneUnderTest(limits())
        for number in 0..<9 { #expect(lane.receive(number, bytes: 1, epoch: 1) == .none) }
        #expect(lane.receive(9, bytes: 1, epoch: 1) == .pause)
        #expect(lane.receive(10, bytes: 1, epoch: 1) == .none)
        #expect(lane.isPaused)
    }

    @Test("the partition is paused at the high mark of bytes, not below it")
    func byteMark() {
        let lane = LaneUnderTest(limits())
        #expect(lane.receive(0, bytes: 999, epoch: 1) == .none)
        #expect(lane.receive(1, bytes: 1, epoch: 1) == .pause)
    }

    @Test("it is read again at the low mark, counting the batch in hand")
    func resume() {
        let lane = LaneUnderTest(limits())
        for number in 0..<10 { _ = lane.receive(number, bytes: 1, epoch: 1) }
        #expect(lane.takeBatch()?.elements == [0, 1, 2, 3])
        #expect(lane.heldCount == 10)
        #expect(lane.finish() == .none)
        #expect(lane.takeBatch()?.elements == [4, 5, 6, 7])
        #expect(lane.isPaused)
        #expect(lane.finish() == .resume)
        #expect(lane.heldCount == 2)
    }

    @Test("a batch ends at its number of messages and at its bytes; a message above that goes alone")
    func batches() {
        let lane = LaneUnderTest(limits())
        for (number, bytes) in [(0, 200), (1, 200), (2, 1), (3, 401), (4, 1)] {
            _ = lane.receive(number, bytes: bytes, epoch: 1)
        }
        var batches: [[Int]] = []
        while let batch = lane.takeBatch() {
            batches.append(batch.elements)
            _ = lane.finish()
        }
        #expect(batches == [[0, 1], [2], [3], [4]])
    }

    @Test("a batch is of one epoch: what came before the log began anew goes first and alone")
    func epochs() {
        let lane = LaneUnderTest(limits())
        _ = lane.receive(7, bytes: 1, epoch: 1)
        _ = lane.receive(8, bytes: 1, epoch: 1)
        _ = lane.receive(0, bytes: 1, epoch: 2)
        let old = lane.takeBatch()
        #expect(old?.elements == [7, 8])
        #expect(old?.epoch == 1)
        _ = lane.finish()
        let new = lane.takeBatch()
        #expect(new?.elements == [0])
        #expect(new?.epoch == 2)
    }

    @Test("there is one batch at a time")
    func serial() {
        let lane = LaneUnderTest(limits())
        for number in 0..<6 { _ = lane.receive(number, bytes: 1, epoch: 1) }
        #expect(lane.takeBatch() != nil)
        #expect(lane.takeBatch() == nil)
        _ = lane.finish()
        #expect(lane.takeBatch() != nil)
    }

    @Test("a failed batch pauses the partition until it is tried again and done")
    func backOff() {
        let lane = LaneUnderTest(limits())
        _ = lane.receive(0, bytes: 1, epoch: 1)
        _ = lane.takeBatch()
        #expect(lane.backOff() == .pause)
        #expect(lane.takeBatch() == nil)
        #expect(lane.tryAgain())
        #expect(lane.isPaused)
        #expect(lane.finish() == .resume)
    }

    @Test("a closed lane gives up what is queued, takes nothing more and lets the batch in hand finish")
    func close() {
        let lane = LaneUnderTest(limits())
        for number in 0..<6 { _ = lane.receive(number, bytes: 10, epoch: 1) }
        _ = lane.takeBatch()
        lane.close()
        #expect(lane.heldCount == 4)
        _ = lane.receive(9, bytes: 1, epoch: 1)
        #expect(lane.heldCount == 4)
        #expect(lane.finish() == .none)
        #expect(lane.heldCount == 0)
        #expect(lane.heldBytes == 0)
        #expect(lane.takeBatch() == nil)
    }

    @Test("a failed batch of a closed lane is not tried again")
    func closedWhileBackingOff() {
        let lane = LaneUnderTest(limits())
        _ = lane.receive(0, bytes: 1, epoch: 1)
        _ = lane.takeBatch()
        _ = lane.backOff()
        lane.close()
        #expect(!lane.tryAgain())
    }

    @Test("whatever happens, messages come out in order, once each, within the limits")
    func anything() {
        var random = SeededRandom("lane machine")
        for _ in 0..<300 {
            let lane = LaneUnderTest(limits())
            var next = 0
            var done: [Int] = []
            var inHand: [Int] = []
            var isPaused = false
            func follow(_ action: LaneMachine<Int>.Action) {
                if action != .none { isPaused = action == .pause }
            }
            for _ in 0..<200 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1:
                    guard !isPaused else { continue }
                    follow(lane.receive(next, bytes: Int.random(in: 0...450, using: &random), epoch: next / 40))
                    next += 1
                case 2:
                    if let batch = lane.takeBatch() {
                        #expect(batch.elements.count <= 4)
                        #expect(Set(batch.elements.map { $0 / 40 }) == [batch.epoch])
                        inHand = batch.elements
                    }
                case 3 where lane.work == .running:
                    follow(lane.finish())
                    done += inHand
                    inHand = []
                case 4 where lane.work == .running:
                    follow(lane.backOff())
                case 4 where lane.work == .backingOff:
                    #expect(lane.tryAgain())
                default: break
                }
                #expect(lane.isPaused == isPaused)
                // One message may go over the marks: the one that made them known.
                #expect(lane.heldCount <= 10)
                #expect(lane.heldBytes < 1_000 + 450)
            }
            #expect(done == Array(0..<done.count))
            #expect(lane.heldCount == next - done.count)
        }
    }
}

/// A machine behind a reference, for expectations cannot change a value.
private final class LaneUnderTest {
    private var machine: LaneMachine<Int>

    init(_ limits: LaneLimits) {
        machine = LaneMachine(limits: limits)
    }

    var heldCount: Int { machine.heldCount }
    var heldBytes: Int { machine.heldBytes }
    var work: LaneMachine<Int>.Work { machine.work }
    var isPaused: Bool { machine.isPaused }

    func receive(_ element: Int, bytes: Int, epoch: Int) -> LaneMachine<Int>.Action {
        machine.receive(element, bytes: bytes, epoch: epoch)
    }

    func takeBatch() -> (elements: [Int], epoch: Int)? { machine.takeBatch() }
    func finish() -> LaneMachine<Int>.Action { machine.finish() }
    func backOff() -> LaneMachine<Int>.Action { machine.backOff() }
    func tryAgain() -> Bool { machine.tryAgain() }
    func close() { machine.close() }
}
