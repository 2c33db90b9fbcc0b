import Crypto
import Domain
import Events
import FoundationEssentials
import Postgres
import Safeguards
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

@Suite("Agreements on a real PostgreSQL")
struct AgreementTests {
    @Test("the text as it was shown is stored with its SHA-256, who signed it and when")
    func asShown() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.sent)
            let shown = try await desk.service.run(["agreement", "show", id.description], as: desk.team)
            let (text, hash) = (try shown.value("text"), try shown.value("textSHA256"))
            let signed = try await desk.service.run(
                ["agreement", "sign", id.description, "--name", "Zoë Ní Bhriain", "--text-sha256", hash ?? ""],
                as: desk.worker, at: Desk.time)
            #expect(signed.exitCode == .success, "\(signed.messages)")
            let stored = try await desk.newestText(id)
            let row = try await desk.pool.query("select text_sha256, signed_at, recorded_by from agreement_signature")
            let (kept, time, recorder) = try row.only().decode(String.self, Date.self, String.self)
            #expect(stored.body == text)
            #expect([SHA256.hex(of: stored.body), kept] == [hash, hash])
            let seal = try await desk.seal(of: id)
            let signer = try await desk.pool.transaction {
                try await AgreementStore.signer(of: stored, role: "adult", seal, in: $0)
            }
            #expect(signer?.reveal() == "Zoë Ní Bhriain")
            #expect(time == Desk.now)
            #expect(recorder == desk.worker.id.uuidString.lowercased())
        }
    }

    @Test("a signature for another text is refused by the case, and by the database")
    func otherText() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.sent)
            let other = try #require(TextSHA256(String(repeating: "0", count: 64)))
            await #expect(throws: CaseError.signedOtherText) { try await desk.sign(id, other) }
            let text = try await desk.newestText(id)
            let sealed = try await desk.seal(of: id).close(
                "A Person", SealedColumn("agreement_signature", "signer_name"), row: UUID())
            let forged: Query = """
                insert into agreement_signature
                    (agreement_id, version, signer_role, signer_name, text_sha256, signed_at, recorded_by)
                values (\(text.agreementID), 1, 'adult', \(sealed), \(other.description), \(Desk.now), 'x')
                """
            #expect(try await desk.service.refusal(of: forged) == "23514")
            #expect(try await desk.service.count("select count(*) from agreement_signature") == 0)
        }
    }

    @Test("a text that changed after the signatures starts no support until it is signed again")
    func changedText() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.countersigned)
            let changed = try await desk.draft(id)
            await #expect(throws: CaseError.cannotPay(.notSigned)) { try await desk.startSupport(id) }
            #expect(try await desk.told("agreement-redrafted") == 1)
            try await desk.sign(id, changed.sha256)
            await #expect(throws: CaseError.cannotPay(.notCountersigned)) { try await desk.startSupport(id) }
            try await desk.countersign(id)
            #expect(try await desk.startSupport(id).phase == .supported)
            #expect(try await desk.told("agreement-signed") == 2)
        }
    }

    @Test("a text that somebody changed in the database is noticed before anything is done with it")
    func tampered() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.countersigned)
            let refused = try await desk.service.refusal(of: "update agreement_text set body = body")
            #expect(refused == "42501")
            let clear = try await desk.service.refusal(
                of: """
                    insert into agreement_text (agreement_id, version, case_id, body, sha256, drafted_at, drafted_by)
                    select agreement_id, 2, case_id, 'in the clear', sha256, drafted_at, drafted_by from agreement_text
                    """)
            #expect(clear == "23514")
            // The sealed text of one version in the place of another, as a restore that went wrong could leave it.
            _ = try await desk.pool.query(
                """
                insert into agreement_text (agreement_id, version, case_id, body, sha256, drafted_at, drafted_by)
                select agreement_id, 2, case_id, body, sha256, drafted_at, drafted_by from agreement_text
                """)
            await #expect(throws: SafeguardsError.self) { try await desk.startSupport(id) }
        }
    }

    @Test("every condition of the section must hold, with its evidence, before an agreement is drafted")
    func conditions() async throws {
        try await Desk.with { desk in
            for section in CareActSection.allCases {
                let id = try await desk.openCase(.payeeKnown)
                let required = DirectPaymentCondition.required(under: section)
                #expect(required.count == (section == .adultWithCapacity ? 5 : 6))
                for condition in required {
                    var checklist = Desk.allMet(under: section)
                    checklist.findings[condition] = nil
                    try await desk.ask(id, .recordConditions(checklist))
                    await #expect(throws: CaseError.conditionsOpen([condition])) { try await desk.draft(id) }
                    checklist.findings[condition] = .init(isMet: true, evidence: " ")
                    try await desk.ask(id, .recordConditions(checklist))
                    await #expect(throws: CaseError.conditionsOpen([condition])) { try await desk.draft(id) }
                    checklist.findings[condition] = .init(isMet: false, evidence: "visit")
                    try await desk.ask(id, .recordConditions(checklist))
                    await #expect(throws: CaseError.conditionsNotMet([condition])) { try await desk.draft(id) }
                }
                try await desk.ask(id, .recordConditions(Desk.allMet(under: section)))
                try await desk.draft(id)
                try await desk.take(.sent, id)
                let text = try await desk.newestText(id)
                #expect(text.body.contains(section == .adultWithCapacity ? "section 31" : "section 32"))
                let wrong: SignerRole = section == .adultWithCapacity ? .authorisedPerson : .adult
                await #expect(throws: CaseError.signerNotUnderSection(wrong, section)) {
                    try await desk.sign(id, text.sha256, role: wrong)
                }
                let right: SignerRole = section == .adultWithCapacity ? .adult : .authorisedPerson
                try await desk.sign(id, text.sha256, role: right)
                try await desk.countersign(id)
                #expect(try await desk.startSupport(id).phase == .supported)
            }
        }
    }
}
