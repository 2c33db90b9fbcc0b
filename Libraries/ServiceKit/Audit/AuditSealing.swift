import Crypto
import FoundationEssentials
import Postgres
import Safeguards
import Telemetry

/// Puts a seal on the audit whenever a while has passed and something went on.
///
/// Number and hash of each seal go to the log, which is kept elsewhere: `audit verify --seal` then shows that nothing was cut.
final class AuditSealing: LongRunning {
    /// How long an entry may wait for its seal.
    static let period = Duration.seconds(300)

    private let sealer: AuditSealer
    private let pool: PostgresPool
    private let logger: Logger
    private let gate = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(_ sealer: AuditSealer, pool: PostgresPool, logger: Logger) {
        self.sealer = sealer
        self.pool = pool
        self.logger = logger
    }

    /// Seals until stopped, and once more then. A database that is away is waited for.
    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [gate] in
                while !Task.isCancelled {
                    gate.continuation.yield()
                    // Cancelled at the end, when nothing has to be waited for.
                    try? await Task.sleep(for: Self.period)
                }
            }
            for await _ in gate.stream { await seal() }
            group.cancelAll()
        }
        await seal()
    }

    func stop() async { gate.continuation.finish() }

    private func seal() async {
        do {
            for seal in try await sealer.sealAll(at: Date(), pool) {
                logger.notice("audit sealed", metadata: ["audit.seal": seal.text, "audit.heads": String(seal.heads)])
            }
        } catch {
            logger.warning("audit not sealed", metadata: ["error.label": errorLabel(error)])
        }
    }
}

extension AuditSealer {
    /// Seals until nothing is left to seal, a transaction for each.
    func sealAll(at now: Date, _ pool: PostgresPool) async throws -> [AuditSeal] {
        var seals: [AuditSeal] = []
        while true {
            let next = try await pool.transaction { transaction in try await seal(at: now, in: transaction) }
            guard let next else { return seals }
            seals.append(next)
        }
    }
}

extension AuditSeal {
    /// `7:` and the hash in hexadecimal, as it is kept elsewhere and given to a check.
    var text: String { "\(number):\(Hex.encode(hash))" }
}
