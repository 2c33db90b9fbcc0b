package import FoundationEssentials

/// What an event says: the data of one type of event in one version.
///
/// A version is a promise to readers that were built long ago. Inside it a payload may gain optional fields and nothing else;
/// any other change is a new version with a new type, and both are published for a while.
package protocol EventPayload: Codable, Sendable, Equatable {
    /// Where it is published.
    static var topic: Topic { get }
    /// What happened, in kebab case: `support-started`.
    static var event: String { get }
    /// The version of the payload, from 1.
    static var version: Int { get }
    /// The id of the thing it is about: the record's key, and the stream its `aggregateversion` counts.
    var key: UUID { get }
}

extension EventPayload {
    /// Most payloads are in their first version.
    package static var version: Int { 1 }
    /// The CloudEvents `type` and `dataschema` of this payload.
    package static var type: EventType { EventType(topic: topic, event: event, version: version) }
}

/// The name of a type of event: `uk.takeup.<topic>.<event>.v<version>`.
package struct EventType: Hashable, Sendable, CustomStringConvertible {
    /// Where it is published.
    package let topic: Topic
    /// What happened, in kebab case.
    package let event: String
    /// The version of the payload, from 1.
    package let version: Int

    /// The type with these parts.
    package init(topic: Topic, event: String, version: Int) {
        self.topic = topic
        self.event = event
        self.version = version
    }

    /// The text in the `ce_type` header.
    package var description: String { "uk.takeup.\(topic.rawValue).\(event).v\(version)" }

    /// The text in the `ce_dataschema` header: the schema's path under `schemas/events`.
    package var dataSchema: String { "\(topic.rawValue)/\(event)/v\(version).json" }
}
