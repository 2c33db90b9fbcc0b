package import Events
package import FoundationEssentials
package import Postgres

/// An event that arrived, with its readable envelope. The payload is decoded by whoever knows what to do with it.
package struct InboundEvent: Sendable {
    package let envelope: EventEnvelope
    package let topic: String
    /// The thing that the event is about.
    package let key: UUID
    package let partition: Int32
    package let offset: Int64
    package let payload: [UInt8]
    /// As they arrived; kept for parking and for dead letters.
    let headers: [(name: String, value: [UInt8])]
    /// Waits only to be passed over: no handler sees it.
    let isDiscarded: Bool

    /// Whether this is `Payload`'s type, in its version.
    package func carries<Payload: EventPayload>(_ payload: Payload.Type) -> Bool {
        envelope.type == Payload.type.description
    }

    /// The payload. Throws `UndecodableEvent` where the bytes are not what the type's contract says: let it pass through, and the event
    /// becomes a dead letter while the others of its batch are applied.
    package func decode<Payload: EventPayload>(_ payload: Payload.Type) throws -> Payload {
        do throws(EventDataError) {
            return try EventJSON.decode(Payload.self, from: self.payload)
        } catch {
            throw UndecodableEvent(type: envelope.type, underlying: error)
        }
    }

    var stream: EventStream { EventStream(source: envelope.source, topic: topic, key: key) }
    var version: Int64 { envelope.aggregateVersion }
}

/// What a service does with events.
package protocol EventHandler: Sendable {
    /// Fetches, before the transaction of `events` begins, what applying them will need from elsewhere, such as keys. Some of them
    /// may come again, or never be applied. What throws is tried again like the transaction.
    func prepare(_ events: [InboundEvent]) async throws

    /// Applies the events, in order, in one transaction, through `transaction` alone: no network call, nothing that a rollback
    /// would not undo. A type that the service has no use for is passed over.
    ///
    /// Throwing undoes all of it. What the database calls temporary is tried again; otherwise the events come once more one
    /// by one, and the one that throws again is put aside as a dead letter.
    func handle(_ events: [InboundEvent], in transaction: PostgresTransaction) async throws
}

extension EventHandler {
    /// Nothing is needed from elsewhere.
    package func prepare(_ events: [InboundEvent]) async throws {}
}

/// The bytes of an event are not what its contract says.
package struct UndecodableEvent: Error, CustomStringConvertible {
    package let type: String
    package let underlying: EventDataError
    /// Safe to show: what the codec says of it names fields and rules, no values.
    package var description: String { "\(type): \(underlying)" }
}

/// Thrown by a handler that refuses an event for good, with a reason that may be shown: it becomes a dead letter.
package struct RejectedEvent: Error, CustomStringConvertible {
    /// A short text without personal data.
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
    package var description: String { reason }
}
