import Domain
import Formats
import FoundationEssentials
import Postgres
import Safeguards
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("Submissions on a real PostgreSQL")
struct SubmissionTests {
    @Test("the same message again gives the same receipt and does nothing")
    func again() async throws {
        try await Gateway.with { gateway in
            let message = Gateway.notice().write()
            let first = try await gateway.send(message)
            let again = try await gateway.send(message)
            #expect(first.outcome == .accepted)
            #expect(again.outcome == .duplicate)
            #expect([again.id.uuid, again.referralID?.uuid] == [first.id.uuid, first.referralID?.uuid])
            #expect(try await gateway.told().map(\.event) == ["received"])
            #expect(try await gateway.service.count("select count(*) from repeated_submission") == 1)
        }
    }

    @Test("another message under the same id is refused, names the first receipt, and nothing of it is kept")
    func otherContent() async throws {
        try await Gateway.with { gateway in
            let message = Gateway.notice().write()
            let first = try await gateway.send(message)
            let before = try await gateway.service.everything()
            let other = message.replacing("washing", with: "cooking")
            await #expect(throws: SubmissionRefusal.otherContent(receipt: first.id)) { try await gateway.send(other) }
            #expect(try await gateway.service.everything() == before)
            // The id is the sender's alone: from somebody else it is another message.
            #expect(try await gateway.send(other, from: "RAE").outcome == .accepted)
        }
    }

    @Test("a message that comes twice at the same moment is taken once", arguments: 1...5)
    func race(_ round: Int) async throws {
        try await Gateway.with { gateway in
            let message = Gateway.notice().write()
            let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
                for _ in 0..<4 { group.addTask { try await gateway.send(message) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(receipts.map(\.id)).count == 1)
            #expect(receipts.count { $0.outcome == .accepted } == 1)
            #expect(receipts.count { $0.outcome == .duplicate } == 3)
            #expect(try await gateway.told().map(\.event) == ["received"])
        }
    }

    @Test("a message that cannot be read is kept in quarantine with its findings, and a repeat gets its receipt")
    func quarantine() async throws {
        try await Gateway.with { gateway in
            let first = try await gateway.send(Array("<Bundle".utf8))
            #expect(first.outcome == .quarantined)
            #expect(!first.findings.isEmpty)
            let again = try await gateway.send(Array("<Bundle".utf8))
            #expect(again.outcome == .duplicate)
            #expect(again.id == first.id)
            let kept = try await gateway.pool.transaction {
                try await SubmissionStore.input(of: first.id, gateway.service.vault, in: $0)
            }
            #expect(kept?.reveal() == Array("<Bundle".utf8))
        }
    }

    @Test("an empty message is refused and nothing of it is kept")
    func empty() async throws {
        try await Gateway.with { gateway in
            await #expect(throws: SubmissionRefusal.empty) { try await gateway.send([]) }
            let kept = try await gateway.service.count("select count(*) from submission")
            #expect(kept == 0)
        }
    }

    @Test("what was received is what was accepted, repeated and quarantined (random batch, seed printed)")
    func nothingLost() async throws {
        var random = SeededRandom("submissions")
        try await Gateway.with { gateway in
            var sent: [[UInt8]] = []
            var counts: [Receipt.Outcome: Int] = [:]
            for index in 0..<60 {
                let message: [UInt8]
                switch Int.random(in: 0..<4, using: &random) {
                case 0: message = sent.randomElement(using: &random) ?? Gateway.notice("ref-\(index)").write()
                case 1: message = Gateway.notice("ref-\(index)").write().replacing("1950-02-28", with: "1950-02-30")
                case 2: message = Array("<Bundle id=\"\(index)\"".utf8)
                default: message = Gateway.notice("ref-\(index)").write()
                }
                sent.append(message)
                counts[try await gateway.send(message).outcome, default: 0] += 1
            }
            #expect(counts.values.reduce(0, +) == 60, "seed \(random.seed)")
            for (outcome, table) in [
                (Receipt.Outcome.accepted, "submission where outcome = 'accepted'"),
                (.quarantined, "submission where outcome = 'quarantined'"), (.duplicate, "repeated_submission"),
            ] {
                let stored = try await gateway.service.count(Query(unescaped: "select count(*) from \(table)"))
                #expect(stored == counts[outcome, default: 0], "\(table), seed \(random.seed)")
            }
            #expect(try await gateway.told().count == counts[.accepted, default: 0])
        }
    }

    @Test("what was sent is never changed or deleted, and the database takes no repeat, and nothing in the clear")
    func onlyAddedTo() async throws {
        try await Gateway.with { gateway in
            _ = try await gateway.send(Gateway.notice())
            for sql in [
                "update submission set outcome = outcome", "delete from submission", "delete from repeated_submission",
                "delete from person", "delete from referral",
            ] {
                #expect(try await gateway.service.refusal(of: Query(unescaped: sql)) == "42501", "\(sql)")
            }
            let second: Query = """
                insert into submission select \(UUID()), sender, message_id, channel, format, received_at, submitted_by,
                    outcome, findings, referral_id, input_sha256, input, sealed_for from submission
                """
            #expect(try await gateway.service.refusal(of: second) == "23505")
            let forged: Query = """
                insert into submission select \(UUID()), sender, 'other', channel, format, received_at, submitted_by,
                    outcome, findings, referral_id, input_sha256, 'in the clear', sealed_for from submission
                """
            #expect(try await gateway.service.refusal(of: forged) == "23514")
        }
    }
}
