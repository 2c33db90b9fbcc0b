import Domain
import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import KPI

@Suite("kpi's verbs")
struct VerbTests {
    private func fill(_ readers: Readers) async throws {
        for index in 0..<20 {
            var story = PersonStory()
            story.mechanism = index < 8 ? .directPayment : .commissionedSupport
            story.paidAfter = index < 8 ? 50 + index : nil
            for message in try story.messages(readers.feed) { try await readers.feed.deliver([message]) }
        }
    }

    @Test("every verb is for its roles alone")
    func whoMay() async throws {
        try await Readers.with { readers in
            #expect(readers.service.ownVerbs == [["measures", "show"], ["measures", "check"]])
            var access = AccessTable(rolesFor: "verbs of kpi", of: "verb")
            for verb in readers.service.ownVerbs {
                let endings = try await readers.service.endings(of: verb)
                access.add(verb, endings)
                for (role, ending) in endings {
                    let isAllowed = role.map { $0 != .referralPartner } ?? false
                    #expect(
                        ending.exitCode == (isAllowed ? .success : .notAllowed), "\(verb) as \(role?.rawValue ?? "")")
                }
                #expect(try await readers.service.run(verb).exitCode == .notAllowed)
            }
            try access.requireOnPage()
        }
    }

    @Test("JSON, CSV and the table say the same")
    func formats() async throws {
        try await Readers.with { readers in
            try await fill(readers)
            for verb in readers.service.ownVerbs {
                let words = verb + ["--as-of", "2026-03-31"]
                #expect(try await readers.service.disagreements(of: words, as: readers.analyst) == [])
            }
        }
    }

    @Test("a day that is none is usage, and facts that this version does not know are an error that says so")
    func errors() async throws {
        try await Readers.with { readers in
            let wrong = ["measures", "show", "--as-of", "2026-02-30"]
            #expect(try await readers.service.run(wrong, as: readers.analyst).exitCode == .usage)
            try await fill(readers)
            _ = try await readers.service.pool.query("update support_fact set age_band = '90+'")
            let newer = try await readers.service.run(
                ["measures", "show", "--as-of", "2026-03-31"], as: readers.analyst)
            #expect(newer.exitCode == .failed)
            #expect(newer.messages.contains("90+"))
        }
    }
}
