import Domain
import Formats
import Foundation
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("Messages in quarantine are settled")
struct QuarantineTests {
    /// A notice in which a birthday is wrong, and its receipt.
    private func quarantined(_ gateway: Gateway, _ message: [UInt8]) async throws -> SubmissionID {
        let receipt = try await gateway.send(message)
        #expect(receipt.outcome == .quarantined)
        return receipt.id
    }

    private func wrong() -> [UInt8] { Gateway.notice().write().replacing("1950-02-28", with: "1950-02-30") }

    private func run(_ gateway: Gateway, _ words: String...) async throws -> VerbResult {
        try await gateway.service.run(["quarantine"] + words, as: gateway.team)
    }

    private func tally(_ gateway: Gateway) async throws -> [String: Int] {
        let rows = try await gateway.service.run(["tally"], as: gateway.team).rows()
        let counts = rows.compactMap { row in row["property"].map { ($0, Int(row["value"] ?? "") ?? -1) } }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    @Test("a message is exported as it came, corrected, and taken in under its first receipt")
    func corrected() async throws {
        try await Gateway.with { gateway in
            let message = wrong()
            let receipt = try await quarantined(gateway, message).description
            let path = gateway.service.folder + "/exported.xml"
            #expect(try await run(gateway, "export", receipt, "--out", path).exitCode == .success)
            #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == message)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(
                try await run(gateway, "export", receipt, "--out", path).exitCode == .failed, "a file is left alone")

            let right = try gateway.service.file("right.xml", message.replacing("1950-02-30", with: "1950-02-28"))
            let rehearsed = try await run(
                gateway, "fix", receipt, "--message", right, "--why", "asked the ward", "--dry-run")
            #expect(rehearsed.exitCode == .success, "\(rehearsed.messages)")
            #expect(try await gateway.told().isEmpty)
            let fixed = try await run(gateway, "fix", receipt, "--message", right, "--why", "asked the ward")
            #expect(fixed.exitCode == .success, "\(fixed.messages)")
            #expect(try fixed.value("outcome") == "accepted" && fixed.value("receipt") == receipt)
            #expect(try await gateway.told().map(\.event) == ["received"])

            let status = try await gateway.service.run(["status", receipt], as: gateway.team)
            #expect(try status.value("outcome") == "accepted" && status.value("findings") == "0")
            #expect(try await run(gateway, "list").rows().isEmpty)
            for words in [["fix", receipt, "--message", right, "--why", "again"], ["discard", receipt, "--why", "x"]] {
                let again = try await gateway.service.run(["quarantine"] + words, as: gateway.team)
                #expect(again.exitCode == .badInput && again.messages.contains("does not wait"), "\(again.messages)")
            }
            #expect(try await gateway.told().count == 1)
        }
    }

    @Test("the sender who sends the first or the corrected text again gets the receipt; any other text is refused")
    func sentAgain() async throws {
        try await Gateway.with { gateway in
            let message = wrong()
            let id = try await quarantined(gateway, message)
            let right = message.replacing("1950-02-30", with: "1950-02-28")
            let file = try gateway.service.file("right.xml", right)
            #expect(
                try await run(gateway, "fix", id.description, "--message", file, "--why", "a typing error").exitCode
                    == .success)
            for text in [message, right] {
                let again = try await gateway.send(text)
                #expect(again.id == id && again.outcome == .duplicate && again.referralID != nil)
            }
            await #expect(throws: SubmissionRefusal.otherContent(receipt: id)) {
                try await gateway.send(message.replacing("1950-02-30", with: "1950-02-27"))
            }
        }
    }

    @Test("a withdrawal that overtook its notice is replayed once the notice is there, and not before")
    func replayed() async throws {
        try await Gateway.with { gateway in
            let early = Gateway.notice("ref-5", kind: .withdrawal(.allNotices), issuedMinutesLater: 60)
            let receipt = try await quarantined(gateway, early.write()).description
            let tooSoon = try await run(gateway, "replay", receipt, "--why", "the notice came")
            #expect(tooSoon.exitCode == .badInput)
            #expect(try tooSoon.value("outcome") == "quarantined")
            #expect((tooSoon.output + tooSoon.messages).contains("no notice of this referral"))
            #expect(try await gateway.send(Gateway.notice("ref-5")).outcome == .accepted)
            #expect(try await run(gateway, "replay", receipt, "--why", "the notice came").exitCode == .success)
            #expect(try await gateway.told().map(\.event) == ["received", "withdrawn"])
        }
    }

    @Test("a message is discarded with a reason, and its sender sees it")
    func discarded() async throws {
        try await Gateway.with { gateway in
            let id = try await quarantined(gateway, wrong())
            for why in ["", String(repeating: "x", count: 501)] {
                #expect(try await run(gateway, "discard", id.description, "--why", why).exitCode == .badInput)
            }
            #expect(
                try await run(gateway, "discard", id.description, "--why", "sent to the wrong council").exitCode
                    == .success)
            let status = try await gateway.service.run(["status", id.description], as: gateway.team)
            #expect(try status.value("outcome") == "discarded")
            #expect(try await run(gateway, "replay", id.description, "--why", "x").exitCode == .badInput)
        }
    }

    @Test("a correction that is still wrong stores nothing and says everything; one of another message is refused")
    func stillWrong() async throws {
        try await Gateway.with { gateway in
            let message = wrong()
            let receipt = try await quarantined(gateway, message).description
            let before = try await gateway.service.everything()
            let worse = try gateway.service.file("worse.xml", message.replacing("Hussain", with: ""))
            let refused = try await run(gateway, "fix", receipt, "--message", worse, "--why", "tried")
            #expect(refused.exitCode == .badInput)
            for word in ["birthDate", "name"] { #expect((refused.output + refused.messages).contains(word)) }
            let other = try gateway.service.file("other.xml", Gateway.notice("ref-8").write())
            let another = try await run(gateway, "fix", receipt, "--message", other, "--why", "tried")
            #expect(another.exitCode == .badInput && another.messages.contains("another message id"))
            #expect(try await gateway.service.everything() == before)
        }
    }

    @Test("a message that was no document at all can be corrected to one")
    func unreadable() async throws {
        try await Gateway.with { gateway in
            let whole = Gateway.notice().write()
            let receipt = try await quarantined(gateway, Array(whole.prefix(500))).description
            let right = try gateway.service.file("whole.xml", whole)
            #expect(
                try await run(gateway, "fix", receipt, "--message", right, "--why", "it was cut off").exitCode
                    == .success)
            #expect(try await gateway.told().count == 1)
        }
    }

    @Test("two who settle one message at once settle it once")
    func atOnce() async throws {
        try await Gateway.with { gateway in
            let message = wrong()
            let receipt = try await quarantined(gateway, message).description
            let right = try gateway.service.file("right.xml", message.replacing("1950-02-30", with: "1950-02-28"))
            let words = ["quarantine", "fix", receipt, "--message", right, "--why", "a typing error"]
            async let first = gateway.service.run(words, as: gateway.team)
            async let second = gateway.service.run(words, as: TestPerson(.teamManager))
            let codes = try await [first.exitCode, second.exitCode]
            #expect(codes.count { $0 == .success } == 1, "\(codes)")
            #expect(try await gateway.told().count == 1)
        }
    }

    @Test("accepted, duplicate and quarantined are always all that was received")
    func counts() async throws {
        try await Gateway.with { gateway in
            var received = 0
            func expectAll() async throws {
                let counts = try await tally(gateway)
                #expect(counts["received"] == received)
                #expect(
                    (counts["accepted"] ?? 0) + (counts["duplicate"] ?? 0) + (counts["quarantined"] ?? 0) == received)
            }
            for message in [wrong(), Gateway.notice("ref-2").write(), Array("x".utf8), PartnerMessages.hl7] {
                _ = try await gateway.send(message)
                received += 1
                try await expectAll()
                _ = try await gateway.send(message)
                received += 1
                try await expectAll()
            }
            for row in try await run(gateway, "list").rows() {
                #expect(try await run(gateway, "discard", row["receipt"] ?? "", "--why", "a test").exitCode == .success)
            }
            try await expectAll()
            #expect(
                try await tally(gateway) == [
                    "received": 8, "accepted": 2, "duplicate": 4, "quarantined": 2, "fixed": 0, "replayed": 0,
                    "discarded": 2, "waiting": 0,
                ])
        }
    }

    @Test("the database takes a settlement of a quarantined message alone, whole, once, and for good")
    func database() async throws {
        try await Gateway.with { gateway in
            let waiting = try await quarantined(gateway, wrong())
            let taken = try await gateway.send(Gateway.notice("ref-2")).id
            func refusal(_ receipt: SubmissionID, _ how: String) async throws -> String? {
                try await gateway.service.refusal(
                    of: """
                        with acting as (select set_config('takeup.actor', 'a test', true))
                        insert into quarantine_settlement (receipt, how, settled_at, settled_by, reason, findings)
                        select \(receipt), \(how), now(), 'a test', 'a test', '[]' from acting
                        """)
            }
            #expect(try await refusal(taken, "discarded") == "23514")
            #expect(try await refusal(waiting, "fixed") == "23514")
            #expect(try await refusal(waiting, "replayed") == "23514")
            #expect(try await refusal(waiting, "discarded") == nil)
            #expect(try await refusal(waiting, "discarded") == "23505")
            #expect(try await gateway.service.refusal(of: "delete from quarantine_settlement") == "42501")
            #expect(try await gateway.service.refusal(of: "update quarantine_settlement set reason = 'x'") == "42501")
        }
    }
}
