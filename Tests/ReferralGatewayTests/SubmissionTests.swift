import Domain
import Formats
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import ReferralGateway

private let now = Date(timeIntervalSince1970: 1_764_000_000)

private func message(_ text: String, to pool: PostgresPool) async throws -> Receipt {
    try await pool.transaction {
        try await SubmissionHandler(referrals: ReferralHandler()).take(
            Submission(sender: "RR8", channel: .commandLine, input: Array(text.utf8)), by: "a clerk", at: now, in: $0)
    }
}

@Suite("Submissions on a real PostgreSQL")
struct SubmissionTests {
    @Test("a message that cannot be read is kept in quarantine with its findings, and a repeat gets its receipt")
    func quarantine() async throws {
        try await ServiceDatabase.with(ReferralGateway.Main.service) { pool in
            let first = try await message("<Bundle", to: pool)
            #expect(first.outcome == .quarantined)
            #expect(!first.findings.isEmpty)
            let again = try await message("<Bundle", to: pool)
            #expect(again.outcome == .duplicate)
            #expect(again.id == first.id)
            let kept = try await pool.query("select input from submission").only().decode([UInt8].self)
            #expect(kept == Array("<Bundle".utf8))
        }
    }

    @Test("an empty message is refused and nothing of it is kept")
    func empty() async throws {
        try await ServiceDatabase.with(ReferralGateway.Main.service) { pool in
            await #expect(throws: SubmissionRefusal.empty) { try await message("", to: pool) }
            let kept = try await pool.query("select count(*) from submission").only().decode(Int64.self)
            #expect(kept == 0)
        }
    }
}
