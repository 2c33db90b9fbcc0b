/// How much one partition may have in memory, and how it is cut into batches.
package struct LaneLimits: Sendable, Equatable {
    /// At this many messages the partition is paused ...
    package var countHigh = 6_000
    /// ... and at this many it is read again.
    package var countLow = 4_000
    /// At this many bytes the partition is paused ...
    package var bytesHigh = 4 * 1_048_576
    /// ... and at this many it is read again.
    package var bytesLow = 3 * 1_048_576
    /// Messages of one batch.
    package var batchCount = 1_000
    /// Bytes of one batch; a message above this is a batch of its own.
    package var batchBytes = 1_048_576

    package init() {}
}

/// One partition's messages between the poll and the handler: a queue that is bounded by count and by bytes, served one
/// batch at a time.
struct LaneMachine<Element> {
    enum Work: Equatable {
        /// Nothing is being done.
        case idle
        /// A handler has a batch.
        case running
        /// A batch failed and waits for its next try.
        case backingOff
    }

    enum Action: Equatable {
        case none
        /// Ask the broker for no more of this partition.
        case pause
        /// Read it again.
        case resume
    }

    let limits: LaneLimits
    private var queue: [(element: Element, bytes: Int, epoch: Int)] = []
    /// Elements before this one were taken.
    private var head = 0
    private var queuedBytes = 0
    private var batchCount = 0
    private var batchBytes = 0
    private(set) var work = Work.idle
    private(set) var isPaused = false
    private(set) var isClosed = false

    init(limits: LaneLimits) {
        precondition(limits.countLow < limits.countHigh && limits.bytesLow < limits.bytesHigh, "low is below high")
        precondition(limits.batchCount > 0 && limits.batchBytes > 0, "a batch holds something")
        self.limits = limits
    }

    /// Messages in memory, with those of the batch in hand.
    var heldCount: Int { queue.count - head + batchCount }
    /// Their bytes.
    var heldBytes: Int { queuedBytes + batchBytes }

    /// A message of `epoch` was read. A closed lane takes none: it will be read again by whoever has the partition then.
    mutating func receive(_ element: Element, bytes: Int, epoch: Int) -> Action {
        guard !isClosed else { return .none }
        queue.append((element, bytes, epoch))
        queuedBytes += bytes
        return settlePause()
    }

    /// The next batch, of one epoch, or nil where there is none or another is in hand.
    mutating func takeBatch() -> (elements: [Element], epoch: Int)? {
        guard work == .idle, !isClosed, head < queue.count else { return nil }
        let epoch = queue[head].epoch
        var end = head
        var bytes = 0
        while end < queue.count, end - head < limits.batchCount, queue[end].epoch == epoch {
            guard end == head || bytes + queue[end].bytes <= limits.batchBytes else { break }
            bytes += queue[end].bytes
            end += 1
        }
        let batch = queue[head..<end].map(\.element)
        head = end
        // Moving the rest down each time would make a long queue slow.
        if head * 2 >= queue.count {
            queue.removeFirst(head)
            head = 0
        }
        queuedBytes -= bytes
        batchCount = batch.count
        batchBytes = bytes
        work = .running
        return (batch, epoch)
    }

    /// The batch in hand is done.
    mutating func finish() -> Action {
        precondition(work == .running, "a batch that is done was in hand")
        batchCount = 0
        batchBytes = 0
        work = .idle
        return settlePause()
    }

    /// The batch in hand failed and will be tried again; until then nothing more is read.
    mutating func backOff() -> Action {
        precondition(work == .running, "a batch that failed was in hand")
        work = .backingOff
        return settlePause()
    }

    /// The same batch is tried again; false where the lane was closed meanwhile.
    mutating func tryAgain() -> Bool {
        precondition(work == .backingOff, "a batch that is tried again had failed")
        guard !isClosed else { return false }
        work = .running
        return true
    }

    /// Gives up what is queued and takes nothing more. A batch in hand goes on.
    mutating func close() {
        isClosed = true
        queue = []
        head = 0
        queuedBytes = 0
    }

    private mutating func settlePause() -> Action {
        guard !isClosed else { return .none }
        let isHigh = heldCount >= limits.countHigh || heldBytes >= limits.bytesHigh || work == .backingOff
        if !isPaused, isHigh {
            isPaused = true
            return .pause
        }
        let isLow = heldCount <= limits.countLow && heldBytes <= limits.bytesLow && work != .backingOff
        if isPaused, isLow {
            isPaused = false
            return .resume
        }
        return .none
    }
}
