/// Why a record's headers are not the envelope of an event: every problem, not the first.
package struct EnvelopeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problems, in the order of the attributes; at least one.
    package let problems: [EnvelopeProblem]

    /// The same headers are wrong for ever.
    package var isRetryable: Bool { false }

    /// Bounded text for metric labels: the first problem's rule.
    package var shortLabel: String { problems.first?.rule.rawValue ?? "none" }

    /// Safe to show: holds names of headers and rules, no values.
    package var description: String { problems.map(\.description).joined(separator: "; ") }
}

/// One thing that is wrong with a record's headers.
package struct EnvelopeProblem: Sendable, Hashable, CustomStringConvertible {
    /// The attribute; nil for a problem of all headers together.
    package let attribute: EventAttribute?
    /// The rule that was broken.
    package let rule: Rule

    /// A problem with an attribute.
    package init(_ attribute: EventAttribute?, _ rule: Rule) {
        self.attribute = attribute
        self.rule = rule
    }

    /// Safe to show.
    package var description: String {
        guard let attribute else { return rule.summary }
        return "\(attribute.header): \(rule.summary)"
    }

    /// The rules of an envelope.
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        case tooManyHeaders = "too_many_headers"
        case headersTooLarge = "headers_too_large"
        case missing
        case duplicate
        case tooLong = "too_long"
        case empty
        case notUTF8 = "not_utf8"
        case controlCharacter = "control_character"
        case unknownVersion = "unknown_version"
        case notUUID = "not_uuid"
        case notSource = "not_source"
        case notTime = "not_time"
        case notPositiveInteger = "not_positive_integer"
        case notJSON = "not_json"
        case structuredMode = "structured_mode"

        /// The rule in words.
        package var summary: String {
            switch self {
            case .tooManyHeaders: "a record has at most \(EventEnvelope.headerCountMax) headers"
            case .headersTooLarge: "the headers have at most \(EventEnvelope.headerBytesMax) bytes together"
            case .missing: "is missing"
            case .duplicate: "is there more than once"
            case .tooLong: "has more than \(EventEnvelope.attributeBytesMax) bytes"
            case .empty: "is empty"
            case .notUTF8: "is not UTF-8"
            case .controlCharacter: "holds a control character"
            case .unknownVersion: "is not \(EventEnvelope.specVersion)"
            case .notUUID: "is not a UUID"
            case .notSource: "is not a slash and the name of a service"
            case .notTime: "is not a time as RFC 3339"
            case .notPositiveInteger: "is not a positive 64-bit integer in plain digits"
            case .notJSON: "is not \(EventEnvelope.contentType)"
            case .structuredMode: "is CloudEvents' structured mode; only binary mode is read"
            }
        }
    }
}
