import Domain
import Events
import FoundationEssentials
import Kafka
import Testing

/// A kind of event that some services apply, from a source of its own.
struct GoodEvent: Sendable {
    let topic: String
    let type: String
    private let payload: @Sendable () throws -> (key: UUID, body: [UInt8])
    private let envelope: @Sendable (UUID) -> EventEnvelope

    static let source = "/good"

    private init<Payload: EventPayload>(_ make: @escaping @Sendable () throws -> Payload) {
        topic = Payload.topic.rawValue
        type = Payload.type.description
        payload = {
            let payload = try make()
            return (payload.key, try EventJSON.encode(payload))
        }
        envelope = { id in
            EventEnvelope(
                of: Payload.self, id: id, source: Self.source, time: Date(), aggregateVersion: 1, correlationID: id)
        }
    }

    /// A new one about something new; `body` and `replacing` (headers by name) spoil it.
    func make(
        body: [UInt8]? = nil, replacing changes: [String: String] = [:]
    ) throws -> (record: KafkaRecord, body: [UInt8]) {
        let (key, good) = try payload()
        let headers = try envelope(UUID()).headers().map { header in
            (name: header.name, value: changes[header.name].map { Array($0.utf8) } ?? header.value)
        }
        let record = KafkaRecord(
            topic: topic, key: Array(key.uuidString.lowercased().utf8), value: body ?? good, headers: headers)
        return (record, good)
    }

    private static func day(_ month: Int, _ day: Int) throws -> CivilDate {
        try #require(CivilDate(year: 2026, month: month, day: day))
    }

    static let referral = GoodEvent {
        ReferralReceived(
            referralID: ReferralID(UUID()), personID: PersonID(UUID()), source: .health, kind: .assessmentNotice,
            receivedAt: Date(), noticeIssuedAt: Date(), ageBand: .older, consent: .given)
    }

    static let agreement = GoodEvent {
        AgreementSigned(
            caseID: CaseID(UUID()), personID: PersonID(UUID()), agreementID: AgreementID(UUID()), version: 1,
            textSHA256: try #require(TextSHA256(String(repeating: "a", count: 64))), signedAt: Date(),
            weeklyBudgetPence: Pence(20_000), weeklyContributionPence: Pence(0),
            startsOn: try day(1, 5), paymentFrequency: .fourWeekly)
    }

    static let payment = GoodEvent {
        PaymentPaid(
            paymentID: PaymentID(UUID()), agreementID: AgreementID(UUID()), caseID: CaseID(UUID()),
            personID: PersonID(UUID()), runID: PayRunID(UUID()),
            periodStartsOn: try day(1, 5),
            periodEndsOn: try day(2, 1), amountPence: Pence(80_000),
            paymentDate: try day(1, 9), isFirst: true)
    }

    static let champion = GoodEvent {
        ChampionRecruited(
            championID: ChampionID(UUID()), directorate: "Adults and Health",
            team: "Team 7", recruitedOn: try day(1, 9))
    }
}
