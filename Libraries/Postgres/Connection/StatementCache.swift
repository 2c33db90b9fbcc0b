/// The prepared statements of one connection, least recently used out first.
struct StatementCache {
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    private struct Entry {
        var name: String
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var namesGiven: UInt64 = 0
    /// Names the server still holds and nobody uses; dropped when no transaction is open.
    private(set) var discarded: [String] = []

    init(capacity: Int = PostgresLimits.preparedStatementsMax) {
        precondition(capacity >= 1)
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// The name under which the server knows this statement.
    mutating func name(for key: Key) -> String? {
        guard let index = entries.index(forKey: key) else { return nil }
        uses += 1
        entries.values[index].lastUse = uses
        return entries.values[index].name
    }

    /// A name that was never used on this connection.
    mutating func newName() -> String {
        namesGiven += 1
        return "s\(namesGiven)"
    }

    /// Records that the server has prepared this statement, and discards the least recently used one if there are too many.
    mutating func insert(_ key: Key, name: String) {
        uses += 1
        if let old = entries.updateValue(Entry(name: name, lastUse: uses), forKey: key) { discarded.append(old.name) }
        guard entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return
        }
        entries[oldest.key] = nil
        discarded.append(oldest.value.name)
    }

    /// Forgets a statement that no longer works; its name is dropped later.
    mutating func remove(_ key: Key) {
        if let old = entries.removeValue(forKey: key) { discarded.append(old.name) }
    }

    /// Forgets everything, because the server did.
    mutating func removeAll() {
        entries.removeAll()
        discarded.removeAll()
    }

    mutating func takeDiscarded() -> [String] {
        defer { discarded.removeAll() }
        return discarded
    }
}
