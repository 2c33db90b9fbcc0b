import Events
import FoundationEssentials
import HTTP
import Kafka
import Postgres
import ServiceKit
import Telemetry
import TestSupport
import Testing

@testable import Takeup

extension SystemTests {
    @Suite("Poison")
    struct PoisonTests {
        /// What good events a topic carries, who reads it, and what `kpi` or the others make of each.
        struct Lane: Sendable {
            let good: GoodEvent
            let readers: [String]
            /// Statements that count what came of the good events, whose keys are given.
            let effects: [@Sendable ([UUID]) -> Query]
        }

        static let lanes: [Lane] = [
            Lane(
                good: .referral, readers: ["case-intake", "kpi"],
                effects: [
                    { "select count(*) from case_intake.care_case where referral_id = any(\($0))" },
                    { "select count(*) from kpi.referral_fact where referral_id = any(\($0))" },
                ]),
            Lane(
                good: .agreement, readers: ["dp-finance", "kpi"],
                effects: [{ "select count(*) from dp_finance.agreement where case_id = any(\($0))" }]),
            Lane(
                good: .payment, readers: ["case-intake", "kpi"],
                effects: [{ "select count(*) from kpi.payment_fact where agreement_id = any(\($0))" }]),
            Lane(
                good: .champion, readers: ["kpi"],
                effects: [{ "select count(*) from kpi.champion_fact where champion_id = any(\($0))" }]),
        ]
        /// Enough for every partition to get some.
        static let goodAtTheEnd = 120

        @Test("by topic: each message ends in dead letters with its reason, the partitions move on, and nobody dies")
        func topics() async throws {
            try await Council.with { council in
                let producer = try KafkaProducer(council.broker.configuration, logger: Logger(label: "poison"))
                var sent: [(lane: Lane, sending: Sending)] = []
                for lane in Self.lanes { sent.append((lane, try await Sending(to: lane, through: producer))) }
                await producer.stop()
                for (lane, sending) in sent {
                    try await Self.requireGoodEvents(of: lane, sending, in: council)
                    for reader in lane.readers {
                        let differences = try await Self.letters(of: reader, on: lane.good.topic, in: council)
                            .differences(from: sending.expectedLetters)
                        #expect(
                            differences.isEmpty,
                            "\(reader), \(lane.good.topic):\n\(differences.joined(separator: "\n"))")
                    }
                }
                try await Self.requireOperatorSees(sent.map(\.sending), in: council)
                try await council.requireAllAlive()
            }
        }

        /// Waits until every reader has taken in every good event, of which some are behind each bad message.
        private static func requireGoodEvents(of lane: Lane, _ sending: Sending, in council: Council) async throws {
            #expect(Set(sending.lastGood.keys).isSuperset(of: sending.places.keys.map(\.partition)))
            for reader in lane.readers {
                let schema = reader.replacing("-", with: "_")
                let arrived = try await eventually(within: .seconds(90)) {
                    try await council.count(
                        """
                        select count(*) from \(ident: schema).inbox_event
                        where consumer = \(reader) and source = \(GoodEvent.source) and topic = \(lane.good.topic)
                            and event_id = any(\(sending.goodIDs))
                        """) == sending.goodIDs.count
                }
                #expect(arrived, "\(reader) has not applied every good event of \(lane.good.topic)")
            }
            for effect in lane.effects {
                let query = effect(sending.goodKeys)
                #expect(try await council.count(query) == sending.goodKeys.count, "\(lane.good.type)")
            }
        }

        private static func letters(of reader: String, on topic: String, in council: Council) async throws -> [Place:
            String]
        {
            let schema = reader.replacing("-", with: "_")
            let rows = try await council.query(
                """
                select partition, "offset", reason from \(ident: schema).dead_letter
                where consumer = \(reader) and topic = \(topic)
                """)
            var letters: [Place: String] = [:]
            for row in rows {
                let (partition, offset, reason) = try row.decode(Int32.self, Int64.self, String.self)
                letters[Place(partition: partition, offset: offset)] = reason
            }
            return letters
        }

        /// What the person on duty sees, and that showing any of it does no harm.
        private static func requireOperatorSees(_ sent: [Sending], in council: Council) async throws {
            let onDuty = try council.signIn("noor", .operator)
            let kpi = try council.stack.program("kpi")
            let list = try await kpi.run(["dead-letters", "list", "--limit", "1000"], as: onDuty)
            let expected = sent.flatMap { $0.expectedLetters.values }
            #expect(list.rows.compactMap { $0["reason"] }.sorted() == expected.sorted())
            #expect(list.rows.allSatisfy { $0["error"]?.isEmpty == false })
            for id in list.rows.compactMap({ $0["id"] }) where Int(id).map({ $0 % 5 == 0 }) == true {
                try await kpi.run(["dead-letters", "show", id], as: onDuty)
            }
        }
    }
}

/// A message's place in its topic.
struct Place: Hashable {
    let partition: Int32
    let offset: Int64
}

/// The corpus of one topic, sent: each bad message with a good one beside it, and many good ones at the end.
struct Sending {
    /// Where each bad message went.
    private(set) var places: [Place: Poison] = [:]
    private(set) var goodIDs: [UUID] = []
    private(set) var goodKeys: [UUID] = []
    /// The last good event of each partition.
    private(set) var lastGood: [Int32: Int64] = [:]

    var expectedLetters: [Place: String] { places.mapValues(\.reason) }

    init(to lane: SystemTests.PoisonTests.Lane, through producer: KafkaProducer) async throws {
        let poison = try PoisonCorpus(good: lane.good).all()
        var records: [KafkaRecord] = []
        for bad in poison {
            records.append(bad.record)
            records.append(try lane.good.make().record)
        }
        for _ in 0..<SystemTests.PoisonTests.goodAtTheEnd { records.append(try lane.good.make().record) }
        let outcomes = await producer.send(records)
        for (index, outcome) in outcomes.enumerated() {
            guard case .persisted(let partition, let offset) = outcome else {
                throw CommandFailure(.failed, "A message of the corpus was not taken: \(outcome).")
            }
            if index < 2 * poison.count, index % 2 == 0 {
                places[Place(partition: partition, offset: offset)] = poison[index / 2]
            } else {
                try noteGood(records[index], partition: partition, offset: offset)
            }
        }
        #expect(places.count == poison.count)
        for place in places.keys { #expect(lastGood[place.partition, default: -1] > place.offset) }
    }

    private mutating func noteGood(_ record: KafkaRecord, partition: Int32, offset: Int64) throws {
        goodIDs.append(try EventEnvelope(headers: record.headers).id)
        goodKeys.append(try #require(UUID(uuidString: String(decoding: record.key, as: UTF8.self))))
        lastGood[partition] = max(lastGood[partition, default: -1], offset)
    }
}

extension [Place: String] {
    /// A line for each letter that is missing, too much, or for another reason.
    fileprivate func differences(from expected: [Place: String]) -> [String] {
        Set(keys).union(expected.keys).compactMap { place in
            self[place] == expected[place]
                ? nil : "\(place.partition)/\(place.offset): \(self[place] ?? "none"), not \(expected[place] ?? "none")"
        }.sorted()
    }
}
