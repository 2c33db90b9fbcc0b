import Formats
import Foundation
import HTTP
import Postgres
import Scenario
import ServiceKit
import TestSupport
import Testing

@testable import Takeup

extension SystemTests {
    @Suite("Yesterday's back-up put back after an erasure")
    struct RestoreTests {
        private static let stories = Scenario(seed: 12, people: 6).stories

        @Test("the person stays unreadable in all services, everybody else is there, and every audit verifies")
        func restore() async throws {
            try await Council.with { council in
                try await council.takeIn(Self.stories)
                let person = try await council.closeFirstCase()
                let yesterday = try await council.dumps()
                try await council.erase(person)
                let facts = try await council.facts()

                await council.stopServices()
                for (database, dump) in yesterday { try await council.putBack(dump, as: database) }
                // What led to the person is back, and so is the key.
                #expect(try await council.isFindable(person))
                try await council.requireRefusesToServe("referral-gateway")

                let applied = try await council.takeup().run(["keys", "apply-erasures"])
                #expect(applied["erasures"] == "1")
                #expect(applied["takenFromFile"] == "1")
                let services = try await council.startServices()
                try await ending({ await council.end(services) }) {
                    #expect(try await !council.isFindable(person))
                    try await council.replayEverything()
                    try await council.requireUnreadable(person)
                    try await council.requireReadable(except: person)
                    #expect(try await council.facts() == facts)
                    for name in ServicePrograms.names {
                        let verified = try await council.stack.program(name).run(
                            ["audit", "verify"], as: council.stack.staff.auditor)
                        #expect(verified["problems"] == "0", "\(name)")
                    }
                    try await council.requireComesAsSomebodyNew(Self.stories[0])
                }
            }
        }
    }
}

extension Council {
    fileprivate func takeup() throws -> Program {
        Program(path: try ServicePrograms.path("takeup"), environment: try stack.program("kpi").environment)
    }

    private func send(_ story: Story) async throws {
        let client = Self.client()
        let answer = try await client.sendNotice(
            story.noticeXML, to: url(of: "referral-gateway"), as: stack.staff.partner)
        await client.stop()
        #expect(answer.status.rawValue == 201)
    }

    /// Notices over HTTP, until each has its case and kpi knows of it.
    fileprivate func takeIn(_ stories: [Story]) async throws {
        for story in stories { try await send(story) }
        #expect(try await eventually(within: .seconds(60)) { try await facts().count == stories.count })
    }

    /// The cases that kpi knows, and how each stands.
    fileprivate func facts() async throws -> [String] {
        try await query("select f::text from kpi.case_fact f order by 1").map { try $0.decode(String.self) }
    }

    /// The person of the first notice, whose case needs nothing more.
    fileprivate func closeFirstCase() async throws -> UUID {
        let first = try await query("select person_id from referral_gateway.person order by first_seen_at limit 1")
        let person = try #require(first.first).decode(UUID.self)
        let id = try await caseID(of: person)
        try await stack.program("case-intake").run(["close", id.uuidString], as: stack.staff.teamManager)
        let closed: Query = "select count(*) from kpi.case_fact where case_id = \(id) and closed_on is not null"
        #expect(try await eventually(within: .seconds(60)) { try await count(closed) == 1 })
        return person
    }

    private func caseID(of person: UUID) async throws -> UUID {
        try #require(
            try await query("select case_id from case_intake.care_case where person_id = \(person)").first
        ).decode(UUID.self)
    }

    fileprivate func dumps() async throws -> [(database: String, dump: String)] {
        let folder = try TemporaryFolder.make("yesterday").path
        var dumps: [(String, String)] = []
        for database in ["takeup", "takeup_keys"] {
            let file = "\(folder)/\(database).dump"
            let result = try await ChildProcess.run(
                .init("pg_dump", ["--format=custom", "--file=\(file)", stack.postgres.url(database: database)]))
            #expect(result.exit.isSuccess, "\(result.errorText)")
            dumps.append((database, file))
        }
        return dumps
    }

    fileprivate func putBack(_ dump: String, as database: String) async throws {
        let result = try await ChildProcess.run(
            .init(
                "pg_restore",
                [
                    "--exit-on-error", "--clean", "--create", "--dbname=\(stack.postgres.url(database: "postgres"))",
                    dump,
                ]), limit: .seconds(60))
        try #require(result.exit.isSuccess, "\(database): \(result.errorText)")
    }

    fileprivate func erase(_ person: UUID) async throws {
        try await takeup().run(
            ["erase", person.uuidString, "--reason", "asked for it, and nothing stands in the way"],
            as: stack.staff.teamManager)
        #expect(try await !isFindable(person))
    }

    /// Whether anything still leads from an NHS number to the person.
    fileprivate func isFindable(_ person: UUID) async throws -> Bool {
        try await count(
            "select count(*) from referral_gateway.person where person_id = \(person) and nhs_number_hash is not null")
            > 0
    }

    fileprivate func replayEverything() async throws {
        for name in ["referral-gateway", "case-intake"] {
            try await stack.program(name).run(["replay", "--all"], as: stack.staff.operator)
            let pending: Query = "select count(*) from \(ident: name.replacing("-", with: "_")).outbox_pending"
            #expect(try await eventually(within: .seconds(60)) { try await count(pending) == 0 })
        }
    }

    fileprivate func requireUnreadable(_ person: UUID) async throws {
        let caseID = try await caseID(of: person)
        let looks: [(String, [String], DemoPerson)] = [
            ("referral-gateway", ["people", "show", person.uuidString], stack.staff.socialWorker),
            ("referral-gateway", ["audit", "changes", person.uuidString], stack.staff.auditor),
            ("case-intake", ["cases", "show", caseID.uuidString], stack.staff.socialWorker),
            ("case-intake", ["audit", "changes", person.uuidString], stack.staff.auditor),
        ]
        for (name, words, whoever) in looks {
            let look = try await run(try stack.program(name), words, as: whoever)
            #expect(!look.exit.isSuccess && look.errorText.contains("erased"), "\(name) \(words): \(look.errorText)")
        }
    }

    fileprivate func requireReadable(except erased: UUID) async throws {
        let others = try await query("select person_id from referral_gateway.person where person_id <> \(erased)")
        #expect(!others.isEmpty)
        for row in others {
            let id = try row.decode(UUID.self)
            try await stack.program("referral-gateway").run(
                ["people", "show", id.uuidString], as: stack.staff.socialWorker)
        }
    }

    /// A later notice about whoever was erased is about somebody whom nobody knows.
    fileprivate func requireComesAsSomebodyNew(_ story: Story) async throws {
        let people = try await count("select count(*) from referral_gateway.person")
        var later = story
        later.notice.bundleID = UUID().uuidString.lowercased()
        later.notice.messageID = UUID().uuidString.lowercased()
        later.notice.referralIdentifier = UUID().uuidString.lowercased()
        try await send(later)
        #expect(try await count("select count(*) from referral_gateway.person") == people + 1)
    }
}

extension Council {
    fileprivate func stopServices() async { await end(stack.services) }

    fileprivate func end(_ services: [ChildProcess]) async {
        for service in services { service.signal(SIGTERM) }
        for service in services { _ = await service.exit(killedAfter: .seconds(30)) }
    }

    /// It says what to do, and ends.
    fileprivate func requireRefusesToServe(_ name: String) async throws {
        let program = try stack.program(name)
        let refused = try await ChildProcess.run(
            .init(program.path, ["serve"], environment: program.environment), limit: .seconds(60))
        #expect(!refused.exit.isSuccess)
        #expect(refused.errorText.contains("takeup keys apply-erasures"), "\(refused.errorText)")
    }

    fileprivate func startServices() async throws -> [ChildProcess] {
        let services = try ServicePrograms.names.map { name in
            let program = try stack.program(name)
            return try ChildProcess.start(
                .init(program.path, ["serve", "--until-input-ends"], environment: program.environment),
                input: .untilWeEnd, output: .discard, error: .file("\(stack.folder)/\(name)-restored.log"))
        }
        let client = Self.client()
        for name in ServicePrograms.names {
            let isReady = try await eventually(within: .seconds(60)) {
                // No answer at all is what a service that is still starting gives.
                let answer = try? await client.send(HTTPClientRequest(.get, try url(of: name) + "/readyz"))
                return answer?.status.rawValue == 200
            }
            #expect(isReady, "\(name)")
        }
        await client.stop()
        return services
    }
}
