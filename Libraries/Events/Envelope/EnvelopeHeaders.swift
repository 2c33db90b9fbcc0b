import Domain
package import FoundationEssentials

extension EventEnvelope {
    /// The headers of a record, always in the same order.
    ///
    /// Throws where ``init(headers:)`` would not read them back, so that what is published can always be read.
    package func headers() throws(EnvelopeError) -> [(name: String, value: [UInt8])] {
        let headers = EventAttribute.allCases.compactMap { attribute in
            text(of: attribute).map { (name: attribute.header, value: Array($0.utf8)) }
        }
        var reader = HeaderReader(headers: headers)
        _ = reader.envelope()
        guard reader.problems.isEmpty else { throw EnvelopeError(problems: reader.problems) }
        return headers
    }

    /// Reads the headers of a record. Headers that are no attribute of ours are passed over.
    ///
    /// Throws with every problem there is. A `ce_traceparent` that is not one is taken for absent, as W3C Trace Context asks:
    /// a fault in tracing must not stop an event.
    package init(headers: [(name: String, value: [UInt8])]) throws(EnvelopeError) {
        var reader = HeaderReader(headers: headers)
        guard let envelope = reader.envelope(), reader.problems.isEmpty else {
            throw EnvelopeError(problems: reader.problems)
        }
        self = envelope
    }

    /// The thing that an event is about, from the key of its record. Nil where that is no UUID.
    package static func key(_ recordKey: [UInt8]) -> UUID? { UUID(text: recordKey) }

    private func text(of attribute: EventAttribute) -> String? {
        switch attribute {
        case .specVersion: Self.specVersion
        case .id: id.uuidString.lowercased()
        case .source: source
        case .type: type
        case .subject: subject
        // The empty text of a time out of range is refused by the reader.
        case .time: EventTime.text(of: time) ?? ""
        case .dataSchema: dataSchema
        case .aggregateVersion: String(aggregateVersion)
        case .correlationID: correlationID.uuidString.lowercased()
        case .causationID: causationID?.uuidString.lowercased()
        case .traceparent: traceparent
        case .contentType: Self.contentType
        }
    }
}

/// Reads attributes one by one and collects what is wrong with them.
///
/// A consumer does this for every event, so plain values are read as the bytes that they are.
private struct HeaderReader {
    /// By the attribute's number.
    private var values = [[UInt8]?](repeating: nil, count: Self.names.count)
    private(set) var problems: [EnvelopeProblem] = []

    private static let names = EventAttribute.allCases.map(\.header)
    private static let specVersion = Array(EventEnvelope.specVersion.utf8)
    private static let contentType = Array(EventEnvelope.contentType.utf8)

    init(headers: [(name: String, value: [UInt8])]) {
        guard headers.count <= EventEnvelope.headerCountMax else {
            problems.append(EnvelopeProblem(nil, .tooManyHeaders))
            return
        }
        guard headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.count }) <= EventEnvelope.headerBytesMax else {
            problems.append(EnvelopeProblem(nil, .headersTooLarge))
            return
        }
        var duplicates: Set<EventAttribute> = []
        var expected = 0
        for header in headers {
            guard let attribute = Self.attribute(header.name, expected: expected) else { continue }
            if values[attribute.rawValue] != nil { duplicates.insert(attribute) }
            values[attribute.rawValue] = header.value
            expected = attribute.rawValue + 1
        }
        if duplicates.isEmpty { return }
        // Two values are a problem even where they are equal: no rule says which a reader takes.
        for attribute in EventAttribute.allCases where duplicates.contains(attribute) {
            problems.append(EnvelopeProblem(attribute, .duplicate))
        }
    }

    /// Headers nearly always come in the order in which we write them, so the search begins at the next in that order.
    private static func attribute(_ name: String, expected: Int) -> EventAttribute? {
        for step in names.indices {
            let number = (expected + step) % names.count
            if names[number] == name { return EventAttribute(rawValue: number) }
        }
        return nil
    }

    /// Nil only where there are problems.
    mutating func envelope() -> EventEnvelope? {
        if problems.contains(where: { $0.attribute == nil }) { return nil }
        if let version = value(.specVersion), version != Self.specVersion { report(.specVersion, .unknownVersion) }
        let id = uuid(.id)
        let source = source()
        let type = text(.type)
        let subject = text(.subject)
        let time = time()
        let dataSchema = text(.dataSchema)
        let aggregateVersion = positiveInteger(.aggregateVersion)
        let correlationID = uuid(.correlationID)
        let causationID = uuid(.causationID)
        let traceparent = traceparent()
        checkContentType()
        guard let id, let source, let type, let time, let dataSchema, let aggregateVersion, let correlationID else {
            return nil
        }
        return EventEnvelope(
            id: id, source: source, type: type, subject: subject, time: time, dataSchema: dataSchema,
            aggregateVersion: aggregateVersion, correlationID: correlationID, causationID: causationID,
            traceparent: traceparent)
    }

    private mutating func report(_ attribute: EventAttribute, _ rule: EnvelopeProblem.Rule) {
        problems.append(EnvelopeProblem(attribute, rule))
    }

    /// The bytes of an attribute, which are a text without control characters; nil where it is absent, and reported where it is
    /// absent but required, or is no such text.
    private mutating func value(_ attribute: EventAttribute) -> [UInt8]? {
        guard let bytes = values[attribute.rawValue] else {
            if attribute.isRequired { report(attribute, .missing) }
            return nil
        }
        guard !bytes.isEmpty else { report(attribute, .empty); return nil }
        guard bytes.count <= EventEnvelope.attributeBytesMax else { report(attribute, .tooLong); return nil }
        // Nearly every value is plain ASCII; asking Unicode about each character of it cost more than all the rest.
        if bytes.allSatisfy({ (0x20...0x7e).contains($0) }) { return bytes }
        guard let text = String(validating: bytes, as: UTF8.self) else { report(attribute, .notUTF8); return nil }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            report(attribute, .controlCharacter)
            return nil
        }
        return bytes
    }

    private mutating func text(_ attribute: EventAttribute) -> String? {
        value(attribute).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func uuid(_ attribute: EventAttribute) -> UUID? {
        guard let bytes = value(attribute) else { return nil }
        guard let uuid = UUID(text: bytes) else { report(attribute, .notUUID); return nil }
        return uuid
    }

    private mutating func source() -> String? {
        guard let text = text(.source) else { return nil }
        guard text.utf8.first == UInt8(ascii: "/"), CodeWord.allows(String(text.dropFirst())) else {
            report(.source, .notSource)
            return nil
        }
        return text
    }

    private mutating func time() -> Date? {
        guard let bytes = value(.time) else { return nil }
        guard let time = EventTime.parse(bytes) else { report(.time, .notTime); return nil }
        return time
    }

    /// Plain digits: Int64 itself takes "+1" and "01", which other readers of the same header may not.
    private mutating func positiveInteger(_ attribute: EventAttribute) -> Int64? {
        guard let bytes = value(attribute) else { return nil }
        let areDigits = bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard areDigits, bytes[0] != UInt8(ascii: "0"), let value = Int64(String(decoding: bytes, as: UTF8.self)) else {
            report(attribute, .notPositiveInteger)
            return nil
        }
        return value
    }

    private mutating func traceparent() -> String? {
        guard let bytes = values[EventAttribute.traceparent.rawValue], TraceparentText.allows(bytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func checkContentType() {
        guard let bytes = value(.contentType), bytes != Self.contentType else { return }
        let parts = String(decoding: bytes, as: UTF8.self).lowercased().split(
            separator: ";", omittingEmptySubsequences: false
        )
        .map { $0.trimming { $0 == " " || $0 == "\t" } }
        if parts[0].hasPrefix("application/cloudevents") {
            report(.contentType, .structuredMode)
        } else if parts[0] != EventEnvelope.contentType || !parts.dropFirst().allSatisfy({ $0 == "charset=utf-8" }) {
            report(.contentType, .notJSON)
        }
    }
}

/// The form of a W3C `traceparent`: version, trace id, parent id and flags in lower-case hexadecimal.
private enum TraceparentText {
    static func allows(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 55 else { return false }
        for (index, byte) in bytes.enumerated() {
            let isDash = index == 2 || index == 35 || index == 52
            let isHex =
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            guard isDash ? byte == UInt8(ascii: "-") : isHex else { return false }
        }
        let zero = UInt8(ascii: "0")
        let isForbiddenVersion = bytes[0] == UInt8(ascii: "f") && bytes[1] == UInt8(ascii: "f")
        return !isForbiddenVersion && bytes[3..<35].contains { $0 != zero } && bytes[36..<52].contains { $0 != zero }
    }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var rest = drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
