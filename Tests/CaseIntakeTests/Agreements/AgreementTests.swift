import Domain
import Events
import FoundationEssentials
import Postgres
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
            let row = try await desk.pool.query(
                """
                select body, encode(sha256(convert_to(body, 'UTF8')), 'hex'), text_sha256, signer_name, signed_at, recorded_by
                from agreement_text join agreement_signature using (agreement_id, version)
                """
            ).only()
            let (body, computed, kept, signer, time, recorder) = try row.decode(
                String.self, String.self, String.self, String.self, Date.self, String.self)
            #expect(body == text)
            #expect([computed, kept] == [hash, hash])
            #expect(signer == "Zoë Ní Bhriain")
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
            let forged: Query = """
                insert into agreement_signature
                    (agreement_id, version, signer_role, signer_name, text_sha256, signed_at, recorded_by)
                values (\(text.agreementID), 1, 'adult', 'A Person', \(other.description), \(Desk.now), 'x')
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
            let refused = try await desk.service.refusal(of: "update agreement_text set body = body || ' '")
            #expect(refused == "42501")
            // Another hash beside the text, as a restore that went wrong could leave it.
            let hash = String(repeating: "a", count: 64)
            let inserted = try await desk.service.refusal(
                of: """
                    insert into agreement_text (agreement_id, version, case_id, body, sha256, drafted_at, drafted_by)
                    select agreement_id, 2, case_id, body, \(hash), drafted_at, drafted_by from agreement_text
                    """)
            #expect(inserted == "23514")
            #expect(try await desk.startSupport(id).phase == .supported)
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
