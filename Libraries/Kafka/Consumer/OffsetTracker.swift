/// Which offsets of one partition may be committed: those before the first that is not done yet.
///
/// A tracker belongs to one assignment, named by its epoch. What is reported for another epoch is ignored: a partition
/// that came back, or was emptied, has a new life that an old handler knows nothing of.
struct OffsetTracker: Sendable, Equatable {
    private struct Span: Equatable {
        let first: Int64
        let last: Int64
        let count: Int
        var isDone = false
    }

    /// The assignment.
    let epoch: Int
    /// Handed out and not yet part of the contiguous beginning, in order of offset.
    private var spans: [Span] = []
    /// The offset after the contiguous beginning; nil while nothing is done.
    private(set) var position: Int64?
    /// What a commit was last acknowledged for.
    private(set) var committed: Int64?
    /// The offset after the last that was handed out.
    private(set) var handedOut: Int64?
    /// Messages in the contiguous beginning that no commit covers.
    private(set) var uncommittedCount = 0

    init(epoch: Int) {
        self.epoch = epoch
    }

    /// Messages `first` to `last` go to a handler. Offsets may have gaps, but only grow.
    mutating func handOut(first: Int64, last: Int64, count: Int) {
        precondition(first <= last && count > 0, "a span has messages")
        precondition(first >= handedOut ?? first, "offsets only grow within an epoch")
        spans.append(Span(first: first, last: last, count: count))
        handedOut = last + 1
    }

    /// The span that begins at `first` is done. Returns false, and changes nothing, where it is not this epoch's or not
    /// waited for.
    @discardableResult
    mutating func complete(first: Int64, epoch: Int) -> Bool {
        guard epoch == self.epoch, let index = spans.firstIndex(where: { $0.first == first && !$0.isDone }) else {
            return false
        }
        spans[index].isDone = true
        let done = spans.prefix { $0.isDone }
        guard let end = done.last else { return true }
        position = end.last + 1
        uncommittedCount += done.reduce(0) { $0 + $1.count }
        spans.removeFirst(done.count)
        return true
    }

    /// What to commit now: nil where nothing new is done.
    var commitable: Int64? {
        guard let position, position != committed else { return nil }
        return position
    }

    /// The broker has stored `position`.
    mutating func didCommit(_ position: Int64) {
        guard position > committed ?? -1 else { return }
        committed = position
        if position == self.position { uncommittedCount = 0 }
    }

    /// Whether everything that was handed out is done.
    var isSettled: Bool { spans.isEmpty }
}
