package import FoundationEssentials

/// What is said about an event beside its data: the attributes of CloudEvents 1.0, carried in a record's headers (binary mode).
package struct EventEnvelope: Sendable, Hashable {
    /// Names the event, once and for ever, together with ``source``; a version 7 UUID.
    package let id: UUID
    /// Who published it: a slash and the service, `/case-intake`.
    package let source: String
    /// What the data is. A reader may meet types that it has no contract for, so this is text.
    package let type: String
    /// What within the source the event is about, where the key does not say it.
    package let subject: String?
    /// When it happened, to the millisecond.
    package let time: Date
    /// The path of the data's schema under `schemas/events`.
    package let dataSchema: String
    /// The position among the events of this source, topic and key: 1, 2, 3 ... without a gap.
    package let aggregateVersion: Int64
    /// Shared by everything that followed from one cause outside.
    package let correlationID: UUID
    /// The id of the event that led to this one.
    package let causationID: UUID?
    /// The W3C trace context of the work that published it.
    package let traceparent: String?

    /// The envelope of a payload. `time` is cut to the millisecond, which is what its text carries.
    package init<Payload: EventPayload>(
        of payload: Payload.Type, id: UUID, source: String, subject: String? = nil, time: Date, aggregateVersion: Int64,
        correlationID: UUID, causationID: UUID? = nil, traceparent: String? = nil
    ) {
        self.init(
            id: id, source: source, type: Payload.type.description, subject: subject, time: time,
            dataSchema: Payload.type.dataSchema, aggregateVersion: aggregateVersion, correlationID: correlationID,
            causationID: causationID, traceparent: traceparent)
    }

    /// An envelope from its stored parts. `time` is cut to the millisecond, which is what its text carries.
    package init(
        id: UUID, source: String, type: String, subject: String? = nil, time: Date, dataSchema: String,
        aggregateVersion: Int64, correlationID: UUID, causationID: UUID? = nil, traceparent: String? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = EventTime.toMillisecond(time)
        self.dataSchema = dataSchema
        self.aggregateVersion = aggregateVersion
        self.correlationID = correlationID
        self.causationID = causationID
        self.traceparent = traceparent
    }

    /// The value of the `content-type` header of every event.
    package static let contentType = "application/json"
    /// The value of the `ce_specversion` header of every event.
    package static let specVersion = "1.0"

    /// The most headers that a record may have, ours or not.
    package static let headerCountMax = 64
    /// The most bytes that the names and values of a record's headers may have together.
    package static let headerBytesMax = 16 * 1_024
    /// The most bytes that one attribute may have.
    package static let attributeBytesMax = 512
}

/// The attributes of an event, in the order in which they are written.
package enum EventAttribute: Int, CaseIterable, Sendable, Hashable {
    case specVersion, id, source, type, subject, time, dataSchema, aggregateVersion, correlationID, causationID
    case traceparent, contentType

    /// The header's name.
    package var header: String {
        switch self {
        case .specVersion: "ce_specversion"
        case .id: "ce_id"
        case .source: "ce_source"
        case .type: "ce_type"
        case .subject: "ce_subject"
        case .time: "ce_time"
        case .dataSchema: "ce_dataschema"
        case .aggregateVersion: "ce_aggregateversion"
        case .correlationID: "ce_correlationid"
        case .causationID: "ce_causationid"
        case .traceparent: "ce_traceparent"
        case .contentType: "content-type"
        }
    }

    /// Whether every event has it.
    package var isRequired: Bool {
        switch self {
        case .subject, .causationID, .traceparent: false
        default: true
        }
    }

    /// What it is, for the contract's documents.
    package var summary: String {
        switch self {
        case .specVersion: "The version of CloudEvents."
        case .id: "Names the event together with its source; a version 7 UUID in lower case."
        case .source: "Who published the event: a slash and the service."
        case .type: "What the data is: uk.takeup.<topic>.<event>.v<version>."
        case .subject: "What within the source the event is about, where the key does not say it."
        case .time: "When it happened: RFC 3339 in UTC with milliseconds."
        case .dataSchema: "The path of the data's schema under schemas/events."
        case .aggregateVersion: "The position among the events of this source, topic and key: 1, 2, 3 without a gap."
        case .correlationID: "Shared by everything that followed from one cause outside; a UUID."
        case .causationID: "The id of the event that led to this one; a UUID."
        case .traceparent: "The W3C trace context of the work that published the event."
        case .contentType: "The media type of the data."
        }
    }
}
