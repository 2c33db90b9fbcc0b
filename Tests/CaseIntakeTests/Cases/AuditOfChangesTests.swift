import Domain
import Events
import FoundationEssentials
import Kafka
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import CaseIntake

@Suite("What the audit keeps of a changed case")
struct AuditOfChangesTests {
    private let auditor = TestPerson(.auditor)

    private func changes(of person: PersonID, _ desk: Desk) async throws -> [[String: String]] {
        let shown = try await desk.service.run(["audit", "changes", person.description], as: auditor)
        try #require(shown.exitCode == .success, "\(shown.messages)")
        return try shown.rows()
    }

    private func person(of id: CaseID, _ desk: Desk) async throws -> PersonID {
        try await desk.pool.query("select person_id from care_case where case_id = \(id)").only().decode(PersonID.self)
    }

    @Test("a change is kept with what stood there before and after; a rehearsal, a refusal and a look keep neither")
    func beforeAndAfter() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.opened)
            let assess = ["assess", id.description, "--support-reason", "physical-support"]
            #expect(try await desk.service.run(assess + ["--dry-run"], as: desk.worker).exitCode == .success)
            #expect(
                try await desk.service.run(["answer", id.description, "accepted"], as: desk.worker).exitCode == .failed)
            #expect(
                try await desk.service.run(["cases", "show", id.description], as: desk.worker).exitCode == .success)
            let person = try await person(of: id, desk)
            #expect(try await changes(of: person, desk).isEmpty)

            #expect(try await desk.service.run(assess, as: desk.worker).exitCode == .success)
            #expect(try await desk.service.run(["offer", id.description], as: desk.worker).exitCode == .success)
            let changes = try await changes(of: person, desk)
            try #require(changes.count == 2)
            let (offer, assessment) = (changes[0], changes[1])
            #expect(offer["action"] == "cases.offer" && assessment["action"] == "cases.assess")
            #expect(assessment["record"] == "case \(id)")
            #expect(assessment["actor"] == desk.worker.id.uuidString.lowercased())
            #expect(assessment["before"]?.contains("physical-support") == false)
            #expect(assessment["after"]?.contains("physical-support") == true)
            #expect(offer["before"] == assessment["after"])
            #expect(offer["after"] != offer["before"])
        }
    }

    @Test("it is sealed: no table says it in the clear, and after an erasure nobody can read it")
    func sealed() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.payeeKnown)
            let evidence = DirectPaymentCondition.required(under: .adultWithCapacity).flatMap {
                ["--met", "\($0.rawValue)=talk by the canal"]
            }
            let recorded = try await desk.service.run(["conditions", id.description] + evidence, as: desk.worker)
            #expect(recorded.exitCode == .success, "\(recorded.messages)")
            let person = try await person(of: id, desk)
            #expect(try await changes(of: person, desk).first?["after"]?.contains("talk by the canal") == true)

            let stored = try await desk.pool.query("select e::text from audit_entry e").map {
                try $0.decode(String.self)
            }
            let dump = stored.joined(separator: "\n")
            #expect(dump.contains("case \(id)"))
            #expect(!(dump + desk.service.plainText(of: dump)).contains("canal"))

            try await TestKeys.erase(person)
            let refused = try await desk.service.run(["audit", "changes", person.description], as: auditor)
            #expect(refused.exitCode == .badInput)
            #expect(refused.messages.contains("erased"))
            let verified = try await desk.service.run(["audit", "verify"], as: auditor)
            #expect(verified.exitCode == .success, "\(verified.messages)")
        }
    }

    @Test("only an auditor may see it, and whoever asks is in the audit")
    func whoMay() async throws {
        try await Desk.with { desk in
            let id = try await desk.openCase(.opened)
            let person = try await person(of: id, desk)
            for (role, ending) in try await desk.service.endings(of: ["audit", "changes", person.description]) {
                #expect(ending.exitCode == (role == .auditor ? .success : .notAllowed), "\(role?.rawValue ?? "nobody")")
            }
            let unknown = try await desk.service.run(["audit", "changes", PersonID(UUID()).description], as: auditor)
            #expect(unknown.exitCode == .badInput)
        }
    }

    @Test("whoever has a dead letter shown has seen the person that it is about")
    func deadLetter() async throws {
        try await Desk.with { desk in
            let referral = Desk.referral()
            let whole = try desk.feed.message(referral, at: Desk.now)
            // Without its headers nobody can say what it is, but whom it is about still stands in it.
            try await desk.feed.deliver([
                KafkaMessage(
                    topic: whole.topic, partition: whole.partition, offset: whole.offset, key: whole.key,
                    value: whole.value, headers: [])
            ])
            let onDuty = TestPerson(.operator)
            let shown = try await desk.service.run(["dead-letters", "show", "1"], as: onDuty)
            #expect(shown.exitCode == .success, "\(shown.messages)")
            let seen = try await desk.service.run(["audit", "who-saw", referral.personID.description], as: auditor)
            let sighting = try #require(try seen.rows().first)
            #expect(sighting["actor"] == onDuty.id.uuidString.lowercased())
            #expect(sighting["record"] == "dead-letters show 1")
        }
    }
}
