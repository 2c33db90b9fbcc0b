package import FoundationEssentials

/// The id of one thing of the business: a UUID that remembers what it names, so that a case id can never be passed where a
/// payment id is meant. Written and encoded as the lower-case UUID text of RFC 9562.
package struct EntityID<Tag>: Hashable, Sendable {
    /// The UUID behind the id.
    package let uuid: UUID

    /// Names the thing that `uuid` already identifies.
    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// A new version 7 id: sorts by `time`, unpredictable by `randomness` (see ``Foundation/UUID/v7(at:randomness:)``).
    package static func v7(at time: Date, randomness: (UInt64, UInt64)) -> Self {
        Self(UUID.v7(at: time, randomness: randomness))
    }

    /// A new version 7 id whose random bits come from `generator`.
    package static func v7(at time: Date, using generator: inout some RandomNumberGenerator) -> Self {
        Self(UUID.v7(at: time, using: &generator))
    }
}

extension EntityID: LosslessStringConvertible {
    /// Reads the 36-character text form, in either case; nil for anything else.
    package init?(_ description: String) {
        guard let uuid = UUID(text: description) else { return nil }
        self.uuid = uuid
    }

    /// The lower-case text form.
    package var description: String { uuid.uuidString.lowercased() }
}

extension EntityID: Comparable {
    /// Orders by bytes, which for version 7 ids is by time of creation.
    package static func < (left: Self, right: Self) -> Bool { left.uuid < right.uuid }
}

extension EntityID: Codable {
    /// Reads the text form.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a UUID")
        }
        self = id
    }

    /// Writes the text form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
