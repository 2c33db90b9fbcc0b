/// The types of event in the contract: which there are, and how their data is read.
package struct EventCatalogue: Sendable {
    /// Every payload of the contract, in the order of the topics.
    package static let contract = EventCatalogue([
        ReferralReceived.self, ReferralAmended.self, ReferralWithdrawn.self,
        CaseOpened.self, CaseAssessed.self, DirectPaymentOffered.self, OfferAnswered.self, SetupStageReached.self,
        AgreementSigned.self, AgreementRedrafted.self, SupportStarted.self, SupportEnded.self, CaseClosed.self,
        PaymentScheduleSet.self, PayRunApproved.self, PaymentPaid.self,
        ChampionRecruited.self, TrainingDelivered.self,
    ])

    /// The payloads, in the order given.
    package let payloads: [any EventPayload.Type]
    private let payloadsByType: [String: any EventPayload.Type]

    /// A catalogue of these payloads. Two payloads of one type are a mistake of the programmer.
    package init(_ payloads: [any EventPayload.Type]) {
        self.payloads = payloads
        payloadsByType = Dictionary(uniqueKeysWithValues: payloads.map { ($0.type.description, $0) })
    }

    /// The payload of a `ce_type`; nil for a type that is in no contract.
    package func payload(ofType type: String) -> (any EventPayload.Type)? { payloadsByType[type] }

    /// The types that are published on a topic.
    package func types(on topic: Topic) -> [EventType] {
        payloads.lazy.filter { $0.topic == topic }.map { $0.type }
    }

    /// Reads the data of an event by its envelope. Throws `unknownType`, `wrongTopic` where a type arrives on another topic
    /// than its own, and what ``EventJSON`` throws.
    package func decode(
        type: String, on topic: Topic? = nil, from data: UnsafeRawBufferPointer
    ) throws(EventDataError) -> any EventPayload {
        guard let payload = payloadsByType[type] else { throw EventDataError(.unknownType) }
        guard topic == nil || payload.topic == topic else { throw EventDataError(.wrongTopic) }
        return try Self.open(payload, data)
    }

    /// Reads the data of an event by its type.
    package func decode(
        type: String, on topic: Topic? = nil, from data: [UInt8]
    ) throws(EventDataError) -> any EventPayload {
        do {
            return try data.withUnsafeBytes { try decode(type: type, on: topic, from: $0) }
        } catch let error as EventDataError {
            throw error
        } catch {
            throw EventDataError(.malformed, detail: String(reflecting: error))
        }
    }

    private static func open<P: EventPayload>(
        _ payload: P.Type, _ data: UnsafeRawBufferPointer
    ) throws(EventDataError) -> any EventPayload {
        try EventJSON.decode(payload, from: data)
    }
}
