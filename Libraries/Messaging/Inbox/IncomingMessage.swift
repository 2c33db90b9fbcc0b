import Events
import FoundationEssentials
import Kafka

/// A message of the log after a first look: an event, or something that can never be one.
///
/// A class, because a batch is handed on several times and a value of this size would be copied field by field.
final class IncomingMessage: Sendable {
    /// Why a message is put aside. The raw values are those of `dead_letter.reason`.
    enum Reason: String, Sendable, CaseIterable {
        case noEnvelope = "no-envelope"
        case unknownType = "unknown-type"
        case oversize
        case undecodable
        case rejected
        case failed
        case crashLoop = "crash-loop"
    }

    /// What the message says it is, where that can be read.
    struct Identity: Sendable, Hashable {
        let id: UUID
        let type: String
        let stream: EventStream
        let version: Int64
    }

    enum Content: Sendable {
        case event(InboundEvent)
        case unusable(Reason, error: String)
    }

    let message: KafkaMessage
    let identity: Identity?
    let content: Content

    /// The event; nil for what cannot be one.
    var event: InboundEvent? { if case .event(let event) = content { event } else { nil } }

    /// An event that waited.
    init(parked event: InboundEvent) {
        message = KafkaMessage(
            topic: event.topic, partition: event.partition, offset: event.offset,
            key: Array(event.key.uuidString.lowercased().utf8), value: event.payload, headers: event.headers)
        identity = Identity(
            id: event.envelope.id, type: event.envelope.type, stream: event.stream, version: event.version)
        content = .event(event)
    }

    /// Never throws and never traps: whatever arrives is one of the two.
    init(_ message: KafkaMessage, knownTypes: Set<String>) {
        self.message = message
        let envelope: EventEnvelope
        do {
            envelope = try EventEnvelope(headers: message.headers)
        } catch {
            identity = nil
            content = .unusable(.noEnvelope, error: "\(error)")
            return
        }
        guard let key = message.key.flatMap({ EventEnvelope.key($0) }) else {
            identity = nil
            content = .unusable(.noEnvelope, error: "the record key is not a UUID")
            return
        }
        guard envelope.aggregateVersion > 0 else {
            identity = nil
            content = .unusable(.noEnvelope, error: "aggregateversion is not positive")
            return
        }
        identity = Identity(
            id: envelope.id, type: envelope.type,
            stream: EventStream(source: envelope.source, topic: message.topic, key: key),
            version: envelope.aggregateVersion)
        let payload = message.value ?? []
        if payload.count > InboxLimits.payloadBytesMax {
            content = .unusable(.oversize, error: "\(payload.count) bytes")
        } else if !knownTypes.contains(envelope.type) {
            content = .unusable(.unknownType, error: "in no contract")
        } else {
            content = .event(
                InboundEvent(
                    envelope: envelope, topic: message.topic, key: key, partition: message.partition,
                    offset: message.offset,
                    payload: payload, headers: message.headers, isDiscarded: false))
        }
    }
}

/// The types that are in a contract, as their headers spell them.
let knownEventTypes = Set(EventCatalogue.contract.payloads.map { $0.type.description })
