/// Keys for people who are not known yet, stored and ready.
struct KeyReserve {
    /// Keys made at once, at most.
    static let countMax = 64

    private var keys: [PersonKey] = []
    private(set) var nextCount = 1

    mutating func take() -> PersonKey? { keys.popLast() }

    /// Twice as many the next time: one message alone makes one key, a thousand make few that nobody uses.
    mutating func refill(_ made: [PersonKey]) {
        keys += made
        nextCount = min(Self.countMax, nextCount * 2)
    }
}
