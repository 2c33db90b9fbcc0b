import Domain
import Events
import FoundationEssentials
import Kafka
import Messaging
import Postgres
import ServiceKit
import TestSupport

@testable import KPI

/// A kpi of its own, with somebody who reads its numbers.
struct Readers {
    let service: ServiceUnderTest
    let feed: EventFeed
    let analyst = TestPerson(.performanceAnalyst)

    static let asOf = CivilDate(year: 2026, month: 3, day: 31) ?? .min

    static func with(
        settings: [String: String] = [:], _ body: (Readers) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(KPI.Main.service, settings: settings) { service in
            let feed = EventFeed(
                "kpi", [.referrals, .cases, .payments, .engagement], FactEvents(), on: service.pool)
            try await body(Readers(service: service, feed: feed))
        }
    }

    /// Everything that is computed from, as it is stored.
    func facts() async throws -> [String: [String]] {
        try await service.everything().filter { $0.key.hasSuffix("_fact") }
    }
}

/// What happened to one person, as the services tell it.
struct PersonStory {
    let caseID = CaseID(UUID())
    let personID = PersonID(UUID())
    let referralID = ReferralID(UUID())
    let agreementID = AgreementID(UUID())
    var referredOn = Readers.asOf.adding(days: -100)
    var ageBand = AgeBand.older
    var mechanism = DeliveryMechanism.directPayment
    var setting = SupportSetting.community
    var startsAfter = 30
    var endsAfter: Int?
    var paidAfter: Int?

    /// Its events, each key's in the order of their versions.
    func messages(_ feed: EventFeed) throws -> [KafkaMessage] {
        let time = LondonTime.instant(on: referredOn, hour: 12, minute: 0)
        var messages = [
            try feed.message(
                ReferralReceived(
                    referralID: referralID, personID: personID, source: .health, kind: .assessmentNotice,
                    receivedAt: time, noticeIssuedAt: time, ageBand: ageBand, consent: .given), at: time),
            try feed.message(
                CaseOpened(
                    caseID: caseID, referralID: referralID, personID: personID, openedAt: time, referredAt: time,
                    referralSource: .health, ageBand: ageBand), at: time),
            try feed.message(
                SupportStarted(
                    caseID: caseID, personID: personID, startedOn: referredOn.adding(days: startsAfter),
                    setting: setting, mechanism: mechanism, supportReason: .physical, ageBand: ageBand),
                version: 2, at: time),
        ]
        if let paidAfter {
            let day = referredOn.adding(days: paidAfter)
            messages.append(
                try feed.message(
                    PaymentPaid(
                        paymentID: PaymentID(UUID()), agreementID: agreementID, caseID: caseID, personID: personID,
                        runID: PayRunID(UUID()), periodStartsOn: day, periodEndsOn: day.adding(days: 27),
                        amountPence: Pence(100_00), paymentDate: day, isFirst: true), at: time))
        }
        if let endsAfter {
            messages.append(
                try feed.message(
                    SupportEnded(
                        caseID: caseID, personID: personID, endedOn: referredOn.adding(days: endsAfter),
                        mechanism: mechanism, reason: .died), version: 3, at: time))
        }
        return messages
    }

    static func random(using random: inout SeededRandom) -> PersonStory {
        var story = PersonStory()
        story.referredOn = Readers.asOf.adding(days: -Int.random(in: 20...700, using: &random))
        story.ageBand = AgeBand.allCases.randomElement(using: &random) ?? .unknown
        story.mechanism = DeliveryMechanism.allCases.randomElement(using: &random) ?? .directPayment
        story.setting = Int.random(in: 0..<4, using: &random) == 0 ? .residential : .community
        story.startsAfter = Int.random(in: 0...60, using: &random)
        if Bool.random(using: &random) { story.endsAfter = Int.random(in: 60...400, using: &random) }
        if story.mechanism == .directPayment { story.paidAfter = Int.random(in: 20...200, using: &random) }
        return story
    }
}
