import Crypto
import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import Finance

@Suite("Bank files")
struct BankFileTests {
    @Test("the stored bank file hashes to what was approved, and its Bacs totals are the run's")
    func fileIsTheApprovedOne() async throws {
        try await Office.with { office in
            for budget in [Pence(200_00), Pence(123_45), Pence(99_99)] {
                _ = try await office.sign(budget, Pence(10_01))
            }
            let run = try await office.approve(try await office.lock(try await office.draft()))
            let body = try await office.storedFile(of: run)
            #expect(Hex.encode(SHA256.hash(body)) == run.fileSHA256?.description)
            let lines = String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
            // The user trailer: debits (13), credits (13), number of debits (7), number of credits (7), from column 5.
            let trailer = try #require(lines.first { $0.hasPrefix("UTL1") })
            let digits = Array(trailer.dropFirst(4))
            let (debits, credits) = (String(digits[0..<13]), String(digits[13..<26]))
            let total = try run.computeTotals()
            #expect(Int64(debits) == total.total.amount)
            #expect(Int64(credits) == total.total.amount)
            #expect(Int(String(digits[33..<40])) == total.lineCount)
            // Each credit, and the contra that balances them.
            for amount in run.lines.map({ String($0.amount.amount) }) {
                let padded = String(repeating: "0", count: 11 - amount.count) + amount
                #expect(lines.contains { $0.dropFirst(35).hasPrefix(padded) }, "\(padded)")
            }
        }
    }

    @Test("a bank file is written whole, and never over a file that is there")
    func wholeFile() throws {
        let path = try TemporaryFolder.make("bank-file").path + "/run.txt"
        try WholeFile.write(Array("first".utf8), to: path)
        #expect(throws: CommandFailure.self) { try WholeFile.write(Array("second".utf8), to: path) }
        #expect(FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } == "first")
        #expect(try FileManager.default.contentsOfDirectory(atPath: String(path.dropLast(8))) == ["run.txt"])
    }

    @Test("a run's file is written once, by a releaser, after the release, exactly as it was approved")
    func written() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let approved = try await office.approve(try await office.lock(try await office.draft()))
            let path = office.service.folder + "/run.bacs"
            let words = ["bank-file", approved.id.description, "--out", path]
            let early = try await office.service.run(words, as: office.releaser)
            #expect(early.exitCode == .failed)
            #expect(!FileManager.default.fileExists(atPath: path))
            _ = try await office.release(approved)
            let written = try await office.service.run(words, as: office.releaser)
            #expect(written.exitCode == .success, "\(written.messages)")
            let bytes = try #require(FileManager.default.contents(atPath: path))
            #expect(Hex.encode(SHA256.hash(Array(bytes))) == approved.fileSHA256?.description)
            #expect(try written.value("sha256") == approved.fileSHA256?.description)
            #expect(try await office.service.run(words, as: office.releaser).exitCode == .failed)
        }
    }

    @Test("a date that Bacs can no longer meet is refused, and the message names the way out")
    func tooLate() async throws {
        try await Office.with { office in
            _ = try await office.sign()
            let run = try await office.lock(try await office.draft(on: Office.day(2026, 3, 3)))
            let refused = try await office.service.run(
                ["pay-runs", "approve", run.id.description, "--lines", "1", "--total", "600"], as: office.approver,
                at: Office.time)
            #expect(refused.exitCode == .failed)
            #expect(refused.messages.contains("pay-runs redate"))
            let redated = try await office.service.run(
                ["pay-runs", "redate", run.id.description, "--payment-date", "2026-03-06"], as: office.preparer)
            #expect(redated.exitCode == .success)
            #expect(try await office.approve(run).status == .approved)
        }
    }
}
