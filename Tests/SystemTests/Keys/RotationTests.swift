import Foundation
import HTTP
import Postgres
import Scenario
import ServiceKit
import TestSupport
import Testing

@testable import Takeup

extension SystemTests {
    @Suite("Changing the wrapping key while everything runs")
    struct RotationTests {
        private static let stories = Scenario(seed: 11, people: 40).stories

        @Test("no service is started again, notices and cases go on, and nothing is wrapped by the old key any more")
        func rotation() async throws {
            try await Council.with { council in
                let gateway = try council.stack.program("referral-gateway")
                let takeup = Program(path: try ServicePrograms.path("takeup"), environment: gateway.environment)
                try await send(0..<8, to: council)
                try await takeup.run(["keys", "rotate"])
                let twice = try await council.run(takeup, ["keys", "rotate"], as: council.stack.staff.partner)
                #expect(twice.errorText.contains("is being changed already"))
                try await send(8..<16, to: council)
                let rewrapped = try await takeup.run(["keys", "rewrap"])
                #expect(rewrapped["wrappingKey"] == "2")
                #expect(rewrapped["olderKeysTakenOut"] == "1")
                // More than have a key already, so that the gateway makes some; case-intake opens them all.
                try await send(16..<40, to: council)
                try await council.requireAllAlive()
                #expect(try await council.wrappingKeys() == ["2"])
                // A process of its own, with the ring as it is now, opens what was sealed at first.
                let person = try #require(
                    try await council.query("select person_id from referral_gateway.person order by 1 limit 1").first)
                let shown = try await gateway.text(
                    ["people", "show", try person.decode(UUID.self).uuidString], as: council.stack.staff.socialWorker)
                #expect(!shown.isEmpty)
            }
        }

        /// Notices over HTTP to the service that runs, and a case for each.
        private func send(_ range: Range<Int>, to council: Council) async throws {
            let client = Council.client()
            for story in Self.stories[range] {
                let answer = try await client.sendNotice(
                    story.noticeXML, to: council.url(of: "referral-gateway"), as: council.stack.staff.partner)
                #expect(answer.status.rawValue == 201)
            }
            await client.stop()
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await council.count("select count(*) from case_intake.care_case") == range.upperBound
                })
        }
    }
}

extension Council {
    /// The wrapping keys by which people's keys are wrapped.
    fileprivate func wrappingKeys() async throws -> [String] {
        try await query("select distinct wrapping_key_id from keys.person_key order by 1", in: "takeup_keys").map {
            try $0.decode(String.self)
        }
    }
}
