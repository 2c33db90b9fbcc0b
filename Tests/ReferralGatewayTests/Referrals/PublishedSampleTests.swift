import Domain
import Formats
import FoundationEssentials
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

/// The published example files are not part of this project; SAMPLES_DIR says where they are.
private let samples = ProcessInfo.processInfo.environment["SAMPLES_DIR"]

@Suite("The published examples, taken in", .enabled(if: samples != nil, "skipped: SAMPLES_DIR names no samples"))
struct PublishedSampleTests {
    private func sample(_ name: String) throws -> [UInt8] {
        let path = "\(try #require(samples))/health/adw/ADW-Message-\(name)-Bundle-1-Example-1.xml"
        return [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    @Test("are accepted, one after the other, as one referral that opens and is withdrawn")
    func accepted() async throws {
        try await Gateway.with { gateway in
            let assessment = try await gateway.send(try sample("Assessment-Notice"))
            #expect(assessment.outcome == .accepted)
            #expect(assessment.findings.isEmpty, "\(assessment.findings)")
            // The published examples all have one message id, which no two messages of a sender may have.
            let published = try sample("Withdrawal-Notice")
            await #expect(throws: SubmissionRefusal.otherContent(receipt: assessment.id)) {
                try await gateway.send(published)
            }
            let id = try #require(ADWNotice.read(published).envelope.messageID)
            let withdrawal = try await gateway.send(
                Array(
                    String(decoding: published, as: UTF8.self).replacing(id, with: UUID().uuidString.lowercased()).utf8)
            )
            #expect(withdrawal.outcome == .accepted)
            #expect(withdrawal.referralID == assessment.referralID)
            #expect(try await gateway.told().map(\.event) == ["received", "withdrawn"])
        }
    }

    @Test("of the published return each young person is referred once, however often it is read")
    func childrenLookedAfter() async throws {
        try await Gateway.with { gateway in
            let folder = "\(try #require(samples))/children/ssda903/"
            let words = [
                "young-people", "refer", folder + "header.csv", folder + "episodes.csv", folder + "oc2.csv", "--sender",
                "children", "--describes", "2026-03-31",
            ]
            let first = try await gateway.service.run(words, as: gateway.team, at: "2026-04-01T09:00:00Z")
            #expect(first.exitCode == .success, "\(first.messages)")
            let count = try first.rows().count
            #expect(try first.rows().allSatisfy { $0["outcome"] == "accepted" } && count > 50, "\(count)")
            #expect(try await gateway.told().count == count)
            let again = try await gateway.service.run(words, as: gateway.team, at: "2026-04-02T09:00:00Z")
            #expect(try again.rows().allSatisfy { $0["outcome"] == "duplicate" } && again.rows().count == count)
            #expect(try await gateway.told().count == count)
            print("| children/ssda903, the whole return on 2026-04-01 | \(count) young people referred |")
        }
    }
}
