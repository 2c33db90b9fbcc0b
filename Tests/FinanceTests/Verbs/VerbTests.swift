import Domain
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import Finance

private let readers: Set<Role> = [.financeOfficer, .financeApprover, .financeReleaser, .auditor]
private let officers: Set<Role> = [.financeOfficer]

/// Runs that stand at every point, and what else a call needs.
private struct Place {
    let draft: PayRun
    let held: PayRun
    let locked: PayRun
    let approved: PayRun
    let released: PayRun
    let withoutPayee: Signed
    let details: String

    init(_ office: Office) async throws {
        func next() async throws -> PayRun {
            _ = try await office.sign()
            return try await office.draft()
        }
        draft = try await next()
        let open = try await next()
        let hold = PaymentHold(reason: .query, owner: StaffID(UUID()), reviewBy: Office.day(2026, 4, 1))
        let line = try #require(open.lines.first)
        held = try await office.ask(open, .hold(line.paymentID, hold, by: StaffID(office.preparer.id)))
        locked = try await office.lock(try await next())
        approved = try await office.approve(try await office.lock(try await next()))
        released = try await office.release(try await office.approve(try await office.lock(try await next())))
        withoutPayee = Signed()
        try await office.tell(withoutPayee, version: 1)
        details = try office.service.file("details.txt", "A PERSON\n00-00-00\n12345678\n".utf8)
    }

    func calls(_ folder: String) throws -> [(verb: [String], rest: [String], may: Set<Role>)] {
        let line = try #require(draft.lines.first).paymentID.description
        let heldLine = try #require(held.lines.first).paymentID.description
        return [
            (["agreements", "list"], [], readers), (["ledger", "balance"], [], readers),
            (["pay-runs", "list"], [], readers), (["pay-runs", "show"], [draft.id.description], readers),
            (["payees", "add"], [withoutPayee.agreementID.description, "--details", details, "--dry-run"], officers),
            (["pay-runs", "draft"], ["--payment-date", "2026-03-06", "--dry-run"], officers),
            (
                ["pay-runs", "hold"],
                [draft.id.description, line, "--reason", "query", "--review-by", "2026-04-01", "--dry-run"], officers
            ),
            (["pay-runs", "lift-hold"], [held.id.description, heldLine, "--dry-run"], officers),
            (["pay-runs", "lock"], [draft.id.description, "--dry-run"], officers),
            (["pay-runs", "unlock"], [locked.id.description, "--dry-run"], officers),
            (["pay-runs", "cancel"], [locked.id.description, "--dry-run"], officers),
            (["pay-runs", "redate"], [locked.id.description, "--payment-date", "2026-03-09", "--dry-run"], officers),
            (
                ["pay-runs", "approve"], [locked.id.description, "--lines", "1", "--total", "600", "--dry-run"],
                [.financeApprover]
            ),
            (["pay-runs", "release"], [approved.id.description, "--dry-run"], [.financeReleaser]),
            (["pay-runs", "settle"], [released.id.description, "--dry-run"], [.financeReleaser]),
            (["bank-file"], [released.id.description, "--out", folder + "/a.bacs"], [.financeReleaser]),
        ]
    }
}

@Suite("dp-finance's verbs")
struct VerbTests {
    @Test("every verb is for its roles alone, and a rehearsal of it changes nothing")
    func whoMay() async throws {
        try await Office.with { office in
            let place = try await Place(office)
            let calls = try place.calls(office.service.folder)
            #expect(office.service.ownVerbs == Set(calls.map(\.verb)))
            let before = try await office.service.everything()
            var access = AccessTable(rolesFor: "verbs of dp-finance", of: "verb")
            for call in calls {
                let endings = try await office.service.endings(
                    of: call.verb + call.rest + ["--set", "clock.time=\(Office.time)"])
                access.add(call.verb, endings)
                for (role, ending) in endings {
                    let isAllowed = role.map(call.may.contains) ?? false
                    #expect(
                        ending.exitCode == (isAllowed ? .success : .notAllowed),
                        "\(call.verb) as \(role?.rawValue ?? "nobody in particular"): \(ending.messages)")
                }
                #expect(try await office.service.everything() == before, "\(call.verb)")
                #expect(try await office.service.run(call.verb + call.rest).exitCode == .notAllowed)
            }
            try access.requireOnPage()
        }
    }

    @Test("JSON, CSV and the table say the same")
    func formats() async throws {
        try await Office.with { office in
            let place = try await Place(office)
            try await office.settle(place.released)
            for words in [
                ["agreements", "list"], ["pay-runs", "list"], ["pay-runs", "show", place.released.id.description],
                ["ledger", "balance", "--as-of", "2026-12-31"],
                ["pay-runs", "lock", place.draft.id.description, "--dry-run"],
            ] {
                #expect(try await office.service.disagreements(of: words, as: office.preparer) == [], "\(words)")
            }
        }
    }

    @Test("an account that no bank has, a payee that is there already and a run that is not are refused")
    func refused() async throws {
        try await Office.with { office in
            let signed = try await office.sign()
            func add(_ text: String, to agreement: AgreementID) async throws -> VerbResult {
                let path = try office.service.file("details-\(UUID())", text.utf8)
                return try await office.service.run(
                    ["payees", "add", agreement.description, "--details", path], as: office.preparer)
            }
            for text in [
                "", "A PERSON\n00-00-00", "A PERSON\n00-00-0\n12345678", "A PERSON\n000000\n1234567x", "\n\n\n",
            ] {
                #expect(try await add(text, to: signed.agreementID).exitCode == .badInput, "\(text)")
            }
            let twice = try await add("A PERSON\n000000\n12345678", to: signed.agreementID)
            #expect(twice.exitCode == .failed)
            #expect(twice.messages.contains("agreements list"))
            #expect(!twice.messages.contains("12345678"))
            for words in [
                ["pay-runs", "lock", UUID().uuidString], ["pay-runs", "show", UUID().uuidString],
                ["bank-file", UUID().uuidString, "--out", office.service.folder + "/x"],
            ] {
                let person = TestPerson(.financeOfficer, .financeReleaser)
                #expect(try await office.service.run(words, as: person).exitCode == .badInput, "\(words)")
            }
            for words in [["pay-runs", "list", "--limit", "0"], ["agreements", "list", "--limit", "-1"]] {
                #expect(try await office.service.run(words, as: office.preparer).exitCode == .badInput, "\(words)")
            }
            let weekend = try await office.service.run(
                ["pay-runs", "draft", "--payment-date", "2026-03-07"], as: office.preparer, at: Office.time)
            #expect(weekend.exitCode == .failed)
            #expect(weekend.messages.contains("working day"))
        }
    }
}
