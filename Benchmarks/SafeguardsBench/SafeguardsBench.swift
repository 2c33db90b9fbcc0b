import FoundationEssentials
import Glibc
import ServiceKit

/// What sealing and audit cost on the way in. Usage: SafeguardsBench. Environment: ROUNDS, NOTICES (of a round with one notice a
/// transaction; ten times as many with a hundred).
@main
enum SafeguardsBench {
    static func main() async {
        // As every service begins.
        MemoryAllocator.returnWhatIsIdle()
        do {
            try await Ground.with { ground in
                try await measure(
                    ground, "one notice a transaction", batch: 1, notices: setting("NOTICES", 4_000), aim: "0.70")
                try await measure(
                    ground, "a hundred a transaction", batch: 100, notices: setting("NOTICES", 4_000) * 10, aim: "0.60")
            }
        } catch {
            note("\(error)")
            exit(1)
        }
    }

    /// The same rows in turn, in the clear and guarded.
    private static func measure(
        _ ground: Ground, _ what: String, batch: Int, notices: Int, aim: String
    ) async throws {
        var (guarded, plain): ([Double], [Double]) = ([], [])
        for round in 1...setting("ROUNDS", 5) {
            plain.append(try await ground.take(notices, batch: batch, guarded: false))
            guarded.append(try await ground.take(notices, batch: batch, guarded: true))
            note(
                "round \(round), \(what): \(Int(guarded[round - 1]))/s guarded, \(Int(plain[round - 1]))/s in the clear"
            )
        }
        let ratio = (median(guarded) / median(plain) * 100).rounded() / 100
        print(
            "\(what): \(Int(median(guarded)))/s sealed, guarded and audited, \(Int(median(plain)))/s without: "
                + "ratio \(ratio) (aim \(aim))")
    }
}

private func median(_ values: [Double]) -> Double { values.sorted()[(values.count - 1) / 2] }

private func setting(_ name: String, _ otherwise: Int) -> Int {
    Environment.process[name].flatMap { Int($0) } ?? otherwise
}

/// Progress, which is no result.
private func note(_ text: String) {
    let line = text + "\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
}
