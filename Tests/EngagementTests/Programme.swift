import FoundationEssentials
import Postgres
import ServiceKit
import TestSupport

@testable import Engagement

/// An engagement service of its own, with somebody who leads the programme.
struct Programme {
    let service: ServiceUnderTest
    let lead = TestPerson(.championLead)

    static func with(_ body: (Programme) async throws -> Void) async throws {
        try await ServiceUnderTest.with(Engagement.Main.service) { try await body(Programme(service: $0)) }
    }

    /// The payloads of the events that were handed over.
    func told() async throws -> [String] {
        try await service.pool.query("select convert_from(payload, 'UTF8') from outbox_event order by seq").map {
            try $0.decode(String.self)
        }
    }

    /// Records a session with an attendance list.
    func record(
        _ list: String, title: String = "Direct payments", on day: String = "2026-03-02", _ more: [String] = []
    ) async throws -> VerbResult {
        let path = try service.file(UUID().uuidString + ".csv", list.utf8)
        return try await service.run(
            ["training", "record", "--title", title, "--on", day, "--attendees", path] + more, as: lead,
            at: "2026-03-20T09:00:00Z")
    }
}
