import Domain
import Events
import FoundationEssentials
import Kafka
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import KPI

@Suite("Facts from events")
struct FactTests {
    @Test("events out of order, twice and in batches of any size leave the same facts (random, seed printed)")
    func anyOrder() async throws {
        var random = SeededRandom("facts")
        let stories = (0..<40).map { _ in PersonStory.random(using: &random) }
        try await Readers.with { inOrder in
            let messages = try stories.flatMap { try $0.messages(inOrder.feed) }
            for message in messages { try await inOrder.feed.deliver([message]) }
            let facts = try await inOrder.facts()
            #expect(facts["case_fact"]?.count == 40)
            try await Readers.with { shuffled in
                var rest = (messages + messages.shuffled(using: &random).prefix(50)).shuffled(using: &random)[...]
                while !rest.isEmpty {
                    let batch = rest.prefix(Int.random(in: 1...30, using: &random))
                    // A batch comes from one topic.
                    for messages in Dictionary(grouping: batch, by: \.topic).values {
                        try await shuffled.feed.deliver(messages)
                    }
                    rest = rest.dropFirst(batch.count)
                }
                #expect(try await shuffled.facts() == facts, "seed \(random.seed)")
                #expect(try await shuffled.service.count("select count(*) from dead_letter") == 0)
                #expect(try await shuffled.service.count("select count(*) from parked_event") == 0)
            }
        }
    }

    @Test("champions and training become facts, one for each person who came")
    func engagement() async throws {
        try await Readers.with { readers in
            let now = LondonTime.instant(on: Readers.asOf, hour: 9, minute: 0)
            try await readers.feed.deliver(
                ChampionRecruited(
                    championID: ChampionID(UUID()), directorate: ShortText("Adults and Health"),
                    team: ShortText("East"), recruitedOn: Readers.asOf), at: now)
            let worker = StaffID(UUID())
            for (title, others) in [("One", 3), ("Two", 1)] {
                let attendees =
                    [(worker, StaffRole.socialWorker)]
                    + (0..<others).map { _ in (StaffID(UUID()), StaffRole.finance) }
                try await readers.feed.deliver(
                    TrainingDelivered(
                        sessionID: TrainingSessionID(UUID()), title: try ShortText(title), heldOn: Readers.asOf,
                        attendees: attendees.map {
                            TrainingDelivered.Attendee(staffID: $0.0, role: $0.1, team: ShortText("East"))
                        }), at: now)
            }
            let shown = try await readers.service.run(
                ["measures", "show", "--as-of", "2026-03-31"], as: readers.analyst)
            func value(_ measure: String) throws -> String? {
                try shown.rows().first { $0["measure"] == measure }?["value"]
            }
            #expect(try value("Direct payments champions") == "1")
            #expect(try value("Social workers trained") == "1")
            #expect(try await readers.service.count("select count(*) from training_fact") == 6)
        }
    }
}
