import FoundationEssentials
package import JSON

/// How payloads are written to and read from the bytes of a record.
///
/// Written, the same payload is always the same bytes: keys in the order of their UTF-8, no white space, no escaped slashes,
/// absent optional fields left out, money and 64-bit integers as strings, times as ``EventTime`` writes them.
///
/// Read, data is held to rules that the whole document obeys, unknown fields included, so that no two readers can see it
/// differently: one object, UTF-8 without a byte order mark, no key twice, no NUL and no lone surrogate in a string, integers
/// within 64 bits, at most ``depthMax`` levels and ``valuesMax`` values. An integer is written as one: `1.0` is none. Unknown
/// fields are passed over; null stands for an absent optional field.
///
/// One reader, over simdjson, serves everyone. A second over Foundation's would be slower and would see other things: it keeps
/// the first of two equal keys, takes `1.0` for an integer and guesses at encodings.
package enum EventJSON {
    /// The most bytes of data that are published: 64 KiB, which every CloudEvents intermediary must pass on.
    package static let publishBytesMax = 64 * 1_024
    /// The most bytes of data that are read: 1 MiB.
    package static let readBytesMax = 1_024 * 1_024
    /// The deepest nesting that is read; `{"a":[1]}` has a depth of 2.
    package static let depthMax = 32
    /// The most values and keys that are read in one document.
    package static let valuesMax = 65_536

    /// A document of an event, read under these rules.
    package static func tape(of data: UnsafeRawBufferPointer) throws(EventDataError) -> JSONTape {
        do {
            return try JSONTape.parse(
                data, limits: JSONLimits(bytesMax: readBytesMax, depthMax: depthMax, valuesMax: valuesMax))
        } catch {
            throw EventDataError(error)
        }
    }

    /// The bytes of a payload. Throws `tooLarge` above ``publishBytesMax`` and `notEncodable` for a time out of range.
    package static func encode(_ payload: some EventPayload) throws(EventDataError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try encoder().encode(payload))
        } catch let error as EncodingError {
            throw EventDataError(.notEncodable, path: error.path, detail: String(reflecting: error))
        } catch {
            throw EventDataError(.notEncodable, detail: String(reflecting: error))
        }
        guard bytes.count <= publishBytesMax else { throw EventDataError(.tooLarge) }
        return bytes
    }

    /// Reads a payload.
    package static func decode<P: EventPayload>(
        _ payload: P.Type, from data: UnsafeRawBufferPointer
    ) throws(EventDataError) -> P {
        let tape = try tape(of: data)
        guard tape.isObject else { throw EventDataError(.malformed) }
        do {
            return try P(from: TapeDecoder(tape: tape, index: 0))
        } catch let error as DecodingError {
            throw EventDataError(error)
        } catch {
            throw EventDataError(.notAllowed, detail: String(reflecting: error))
        }
    }

    /// Reads a payload.
    package static func decode<P: EventPayload>(_ payload: P.Type, from data: [UInt8]) throws(EventDataError) -> P {
        let result = data.withUnsafeBytes { bytes in
            Result { () throws(EventDataError) -> P in try decode(payload, from: bytes) }
        }
        return try result.get()
    }

    /// An encoder is cheap to make and not made for sharing.
    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { time, encoder in
            guard let text = EventTime.text(of: time) else {
                throw EncodingError.invalidValue(
                    time, .init(codingPath: encoder.codingPath, debugDescription: "a time outside the years 1 to 9999"))
            }
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }
        return encoder
    }
}

extension EncodingError {
    fileprivate var path: String {
        switch self {
        case .invalidValue(_, let context): EventDataError.text(of: context.codingPath)
        @unknown default: ""
        }
    }
}

extension EventDataError {
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(.missingField, path: Self.text(of: context.codingPath + [key]), detail: context.debugDescription)
        case .valueNotFound(_, let context):
            self.init(.missingField, path: Self.text(of: context.codingPath), detail: context.debugDescription)
        case .typeMismatch(_, let context):
            self.init(.wrongType, path: Self.text(of: context.codingPath), detail: context.debugDescription)
        case .dataCorrupted(let context):
            self.init(.notAllowed, path: Self.text(of: context.codingPath), detail: context.debugDescription)
        @unknown default:
            self.init(.notAllowed, detail: String(reflecting: error))
        }
    }

    fileprivate static func text(of path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text
    }
}
