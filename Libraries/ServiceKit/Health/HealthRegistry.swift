import Synchronization
import Telemetry

/// What a check found.
package enum HealthFinding: Sendable, Equatable {
    case good
    /// Why not, safe to show: no data, no addresses with passwords.
    case bad(String)
}

/// The named checks of a process.
package final class HealthRegistry: Sendable {
    /// What a check stands for.
    package enum Kind: String, Sendable {
        /// The process works; if not, it should be restarted. Asks nothing outside.
        case live
        /// The process can do its work now; if not, send it none.
        case ready
    }

    private struct Check: Sendable {
        let name: String
        let kind: Kind
        let find: @Sendable () async -> HealthFinding
    }

    /// A check that takes longer counts as bad.
    package static let checkPeriod = Duration.seconds(5)

    private let checks = Mutex<[Check]>([])
    private let isStopping = Atomic<Bool>(false)
    private let checkPeriod: Duration

    /// A registry without checks.
    package init(checkPeriod: Duration = HealthRegistry.checkPeriod) {
        self.checkPeriod = checkPeriod
    }

    /// Adds a check; a thrown error is a bad finding with its label.
    package func add(_ name: String, _ kind: Kind, _ find: @escaping @Sendable () async throws -> HealthFinding) {
        let check = Check(name: name, kind: kind) {
            do { return try await find() } catch { return .bad(errorLabel(error)) }
        }
        checks.withLock { $0.append(check) }
    }

    /// From now on the process is not ready, whatever the checks say.
    package func beginStopping() { isStopping.store(true, ordering: .relaxed) }

    /// What all checks of a kind find, asked side by side, ordered by name.
    package func findings(_ kind: Kind) async -> [(name: String, finding: HealthFinding)] {
        let chosen = checks.withLock { $0 }.filter { $0.kind == kind }
        let period = checkPeriod
        var found = await withTaskGroup(of: (name: String, finding: HealthFinding).self) { group in
            for check in chosen { group.addTask { (check.name, await Self.bounded(check, period)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        if kind == .ready, isStopping.load(ordering: .relaxed) {
            found.append(("stopping", .bad("the process is stopping")))
        }
        return found.sorted { $0.name < $1.name }
    }

    private static func bounded(_ check: Check, _ period: Duration) async -> HealthFinding {
        await withTaskGroup(of: HealthFinding?.self) { group in
            group.addTask { await check.find() }
            group.addTask {
                // Cancelled when the check was faster.
                try? await Task.sleep(for: period)
                return nil
            }
            defer { group.cancelAll() }
            return (await group.next() ?? nil) ?? .bad("no answer in time")
        }
    }
}
