import Events
import FoundationEssentials

@testable import Messaging

/// The data of a `cases/closed` event.
func closedPayload(_ key: UUID) throws -> CaseClosed {
    let id = key.uuidString.lowercased()
    let json = """
        {"caseID":"\(id)","closedAt":"2026-11-25T10:00:00.000Z","personID":"\(id)","reason":"moved-away"}
        """
    return try EventJSON.decode(CaseClosed.self, from: Array(json.utf8))
}

extension InboundEvent {
    func decodeClosed() throws -> CaseClosed { try decode(CaseClosed.self) }
}

extension NewEvent {
    /// An event whose payload has exactly `bytes` bytes.
    static func sized(_ bytes: Int) throws -> NewEvent {
        let event = try closed(UUID())
        return NewEvent(
            id: event.id, topic: event.topic, key: event.key, type: event.type, dataschema: event.dataschema,
            time: event.time, correlationID: event.correlationID, causationID: nil,
            payload: Array(repeating: UInt8(ascii: " "), count: bytes))
    }
}
