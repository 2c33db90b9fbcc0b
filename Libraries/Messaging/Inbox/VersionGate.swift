package import FoundationEssentials

/// One thing's history as one service tells it: versions 1, 2, 3 ... without gaps.
package struct EventStream: Hashable, Sendable {
    package let source: String
    package let topic: String
    package let key: UUID

    package init(source: String, topic: String, key: UUID) {
        self.source = source
        self.topic = topic
        self.key = key
    }

    /// The key says nearly all; hashing the names too would only take longer.
    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

/// Decides for each event whether it is next, a repeat, or too early. Pure: knows positions, does nothing.
struct VersionGate {
    /// What to do with an event.
    enum Verdict: Equatable {
        /// It is the next one.
        case apply
        /// Its version was applied before, or the same version waits already.
        case stale
        /// An earlier one is missing.
        case park
    }

    /// The last version applied, by stream.
    private(set) var positions: [EventStream: Int64]
    private var waiting: [EventStream: Set<Int64>] = [:]
    /// Streams of which a position has to be written down: moved, or relied upon by a parked event.
    private(set) var touched: Set<EventStream> = []

    init(positions: [EventStream: Int64]) { self.positions = positions }

    mutating func admit(_ stream: EventStream, version: Int64) -> Verdict {
        let last = positions[stream] ?? 0
        if version <= last { return .stale }
        touched.insert(stream)
        if version == last + 1 {
            positions[stream] = version
            return .apply
        }
        return waiting[stream, default: []].insert(version).inserted ? .park : .stale
    }

    /// The version that would come next.
    func next(of stream: EventStream) -> Int64 { (positions[stream] ?? 0) + 1 }
}
