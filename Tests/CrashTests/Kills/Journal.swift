import FoundationEssentials
import Postgres
import Synchronization
import Telemetry

/// What the driver of a run did and saw, for the scoreboard and for the run's own claims.
final class Journal: Sendable {
    struct Death: Sendable {
        let lane: Int
        let how: String
        let at: Date
    }

    private struct State {
        var deaths: [Death] = []
        var silent: [String: Int] = [:]
        var zombies = 0
    }

    private let state = Mutex(State())

    static func label(_ point: CrashPoint, _ hit: Int) -> String { "\(point.rawValue):\(hit)" }

    /// A worker is dead.
    func died(_ lane: Lane, _ how: String) {
        let now = Date()
        state.withLock { $0.deaths.append(Death(lane: lane.number, how: how, at: now)) }
    }
    /// A worker was armed and did not get there in time.
    func didNotFire(_ how: String) { state.withLock { $0.silent[how, default: 0] += 1 } }
    /// A worker was stopped and woken again.
    func woke() { state.withLock { $0.zombies += 1 } }

    var deaths: [Death] { state.withLock { $0.deaths } }

    func deaths(at point: CrashPoint, hit: Int? = nil) -> Int {
        let prefix = hit.map { Self.label(point, $0) } ?? point.rawValue + ":"
        return deaths.count { hit == nil ? $0.how.hasPrefix(prefix) : $0.how == prefix }
    }

    /// The longest that a lane took from a death to its next effect, in seconds, where nobody died in between.
    func longestRecovery(_ scene: Scene) async throws -> Double {
        var longest = 0.0
        for lane in scene.lanes {
            let times = deaths.filter { $0.lane == lane.number }.map(\.at)
            let seconds = try await scene.watch.query(
                """
                select coalesce(max(extract(epoch from next.made_at - death.at)), 0)::double precision
                from (select at, lead(at) over (order by at) as following from unnest(\(times)::timestamptz[]) as t (at)) as death
                cross join lateral (
                    select min(made_at) as made_at from \(ident: lane.schema).effect where made_at > death.at) as next
                where next.made_at < coalesce(death.following, 'infinity')
                """
            ).only().decode(Double.self)
            longest = max(longest, seconds)
        }
        return longest
    }

    /// Lines for people; each begins with the word that makes `tools/test` show it.
    func scoreboard(_ title: String, _ findings: [Finding], facts: [String]) -> String {
        let state = state.withLock { $0 }
        let counts = Dictionary(grouping: state.deaths, by: \.how).mapValues(\.count)
        func count(_ kinds: Finding.Kind...) -> Int64 {
            findings.filter { kinds.contains($0.kind) }.reduce(0) { $0 + $1.count }
        }
        var lines = [
            "\(title): \(state.deaths.count) kills, \(state.zombies) zombies, " + facts.joined(separator: ", ")
        ]
        lines.append(
            "\(title): \(count(.lost, .silent, .unpublished, .broken)) lost, \(count(.twice, .invented, .foreign)) twice, "
                + "\(count(.misplaced, .disordered, .scattered)) out of order, \(count(.pending, .parked, .dead)) left over"
        )
        for start in stride(from: 0, to: KillPlan.points.count, by: 5) {
            let points = KillPlan.points[start..<min(start + 5, KillPlan.points.count)]
            lines.append(points.map { "\($0.rawValue) \(Self.line(counts, $0))" }.joined(separator: " · "))
        }
        let others = counts.filter { how, _ in !KillPlan.points.contains { how.hasPrefix($0.rawValue + ":") } }
        lines.append(others.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: " · "))
        if !state.silent.isEmpty {
            lines.append(
                "not reached in time: \(state.silent.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
        }
        return lines.map { "scoreboard \($0)" }.joined(separator: "\n")
    }

    /// `9 (hit 1: 3, hit 4: 4, hit 12: 2)`
    private static func line(_ counts: [String: Int], _ point: CrashPoint) -> String {
        let hits = counts.compactMap { how, count -> (Int, Int)? in
            guard how.hasPrefix(point.rawValue + ":") else { return nil }
            return Int(how.dropFirst(point.rawValue.count + 1)).map { ($0, count) }
        }
        let parts = hits.sorted { $0.0 < $1.0 }.map { "hit \($0.0): \($0.1)" }
        return "\(hits.reduce(0) { $0 + $1.1 }) (\(parts.joined(separator: ", ")))"
    }
}
