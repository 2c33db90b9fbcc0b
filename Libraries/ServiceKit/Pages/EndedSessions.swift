import Crypto
import FoundationEssentials
import Synchronization

/// Tokens of people who signed out while those would still have been believed, as hashes. A process remembers its own; after a
/// restart the token's few remaining minutes are all there is.
final class EndedSessions: Sendable {
    /// Those that are remembered at once; where more end, the ones that run out first are forgotten.
    static let tokensMax = 10_000

    private let ends = Mutex<[String: Date]>([:])

    /// From now on `token`, which runs out at `end`, is nobody's.
    func add(_ token: String, until end: Date, at now: Date) {
        ends.withLock { ends in
            if ends.count >= Self.tokensMax {
                ends = ends.filter { $0.value > now }
                let tooMany = ends.count + 1 - Self.tokensMax
                for (hash, _) in ends.sorted(by: { $0.value < $1.value }).prefix(max(0, tooMany)) { ends[hash] = nil }
            }
            ends[SHA256.hex(of: token)] = end
        }
    }

    /// Whether whoever held it signed out.
    func contains(_ token: String) -> Bool {
        ends.withLock { !$0.isEmpty && $0[SHA256.hex(of: token)] != nil }
    }
}
