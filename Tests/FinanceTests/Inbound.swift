import Events
import FoundationEssentials

@testable import Messaging

/// An event as the consumer hands it on.
func inbound<Payload: EventPayload>(
    _ payload: Payload, at time: Date, version: Int64 = 1, from source: String = "/other"
) throws -> InboundEvent {
    let id = UUID()
    return InboundEvent(
        envelope: EventEnvelope(
            of: Payload.self, id: id, source: source, time: time, aggregateVersion: version, correlationID: id),
        topic: Payload.topic.rawValue, key: payload.key, partition: 0, offset: version - 1,
        payload: try EventJSON.encode(payload), headers: [], isDiscarded: false)
}
