import Telemetry
import TestSupport

/// One way for a worker that is alone in its group to come to its end.
enum Kill: Sendable {
    /// At a named point, the so manieth time it gets there.
    case at(CrashPoint, hit: Int)
    /// From outside, after so many milliseconds.
    case someTime(milliseconds: Int)
}

/// One way for one of two workers of a group to come to its end while the other lives.
enum PairKill: Sendable {
    /// The newcomer dies at a named point.
    case at(CrashPoint, hit: Int)
    /// The older one dies from outside, so many milliseconds after another has joined.
    case older(milliseconds: Int)
    /// The older one dies while its partitions are taken away in the middle of a batch, because another joins.
    case whenRevoked
    /// The older one is stopped, taken for dead, and woken again when the other has its partitions.
    case zombie
}

/// Which ends the workers of each lane come to, in an order that a seed decides.
struct KillPlan: Sendable {
    /// From the poll to the committed offset and from the claimed row to the deleted one.
    static let points: [CrashPoint] = [
        .polled, .txBegun, .inboxInserted, .businessWritten, .outboxInserted, .beforeCommit, .afterCommit,
        .offsetStored, .offsetCommitted, .rowClaimed, .produceEnqueued, .delivered, .beforeMark, .afterMark,
    ]

    /// Those of them that a newcomer gets to whose elder lives: the elder's relay has the outbox.
    static let consumerPoints: [CrashPoint] = points.filter {
        ![.rowClaimed, .produceEnqueued, .delivered, .beforeMark, .afterMark].contains($0)
    }

    /// How large it is.
    struct Size: Sendable {
        var soloLanes: Int
        var pairLanes: Int
        /// The so manieth times at which every point is armed.
        var hits: [Int]
        /// How often each point is armed at each of them.
        var rounds: Int
        var random: Int
        /// In the lanes of two.
        var pairHits: [Int]
        var older: Int
        var revokes: Int
        var zombies: Int
        /// Fewer deaths than this are a failure of the run.
        var killsMin: Int

        static let embedded = Size(
            soloLanes: 14, pairLanes: 2, hits: [1, 4, 12], rounds: 3, random: 44, pairHits: [1], older: 8, revokes: 4,
            zombies: 2, killsMin: 200)
        static let apacheKafka = Size(
            soloLanes: 5, pairLanes: 2, hits: [1, 4, 12], rounds: 1, random: 4, pairHits: [], older: 2, revokes: 2,
            zombies: 1, killsMin: 40)
    }

    let size: Size
    let solo: [[Kill]]
    let pairs: [[PairKill]]

    init(_ size: Size, seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        self.size = size
        var kills: [Kill] = []
        for _ in 0..<size.rounds {
            for point in Self.points { kills += size.hits.map { .at(point, hit: $0) } }
        }
        kills += (0..<size.random).map { _ in .someTime(milliseconds: Int.random(in: 100...6_000, using: &generator)) }
        kills.shuffle(using: &generator)
        solo = Self.deal(kills, to: size.soloLanes)

        var both: [PairKill] = size.pairHits.flatMap { hit in Self.consumerPoints.map { .at($0, hit: hit) } }
        both += (0..<size.older).map { _ in .older(milliseconds: Int.random(in: 100...8_000, using: &generator)) }
        both += (0..<size.revokes).map { _ in .whenRevoked }
        both += (0..<size.zombies).map { _ in .zombie }
        both.shuffle(using: &generator)
        pairs = Self.deal(both, to: size.pairLanes)
    }

    var laneCount: Int { solo.count + pairs.count }

    private static func deal<T>(_ cards: [T], to count: Int) -> [[T]] {
        (0..<count).map { hand in cards.indices.filter { $0 % count == hand }.map { cards[$0] } }
    }
}
