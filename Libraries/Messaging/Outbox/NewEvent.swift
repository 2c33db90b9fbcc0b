package import Events
package import FoundationEssentials

/// An event that is about to be published: everything but its version, which the outbox gives.
package struct NewEvent: Sendable {
    package let id: UUID
    package let topic: Topic
    package let key: UUID
    package let type: String
    package let dataschema: String
    package let time: Date
    package let correlationID: UUID
    package let causationID: UUID?
    package let payload: [UInt8]

    /// - Parameters:
    ///   - payload: what happened; its key is the thing that it is about, whose events stay in order.
    ///   - id: a UUIDv7, made by the caller so that a retried command says the same event again.
    ///   - causedBy: the event that led to this one; its correlation is taken over.
    ///   - correlationID: for an event that begins a story; without one, the event's own id.
    /// Throws where the payload cannot be encoded.
    package init<Payload: EventPayload>(
        _ payload: Payload, at time: Date, id: UUID, causedBy cause: EventEnvelope? = nil, correlationID: UUID? = nil
    ) throws {
        self.id = id
        topic = Payload.topic
        key = payload.key
        type = Payload.type.description
        dataschema = Payload.type.dataSchema
        self.time = time
        self.correlationID = correlationID ?? cause?.correlationID ?? id
        causationID = cause?.id
        self.payload = try EventJSON.encode(payload)
    }

    /// From parts, whatever they are.
    init(
        id: UUID, topic: Topic, key: UUID, type: String, dataschema: String, time: Date, correlationID: UUID,
        causationID: UUID?, payload: [UInt8]
    ) {
        self.id = id
        self.topic = topic
        self.key = key
        self.type = type
        self.dataschema = dataschema
        self.time = time
        self.correlationID = correlationID
        self.causationID = causationID
        self.payload = payload
    }
}
