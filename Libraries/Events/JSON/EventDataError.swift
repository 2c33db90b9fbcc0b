import JSON

/// Why an event's data cannot be read or written.
package struct EventDataError: Error, Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What is wrong.
    package let code: Code
    /// Where, such as `attendees[2].staffID`; empty for the data as a whole. Made of field names of the contract only.
    package let path: String
    private let detail: String

    /// The rules that data can break.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The type is in no contract.
        case unknownType = "unknown_type"
        /// The type belongs to another topic.
        case wrongTopic = "wrong_topic"
        /// More bytes than ``EventJSON/publishBytesMax`` when written or ``EventJSON/readBytesMax`` when read.
        case tooLarge = "too_large"
        /// Not JSON, or not one JSON object.
        case malformed
        /// Not UTF-8.
        case notUTF8 = "not_utf8"
        /// Not a number of JSON, or one that does not fit in 64 bits.
        case number
        /// Arrays and objects nested deeper than ``EventJSON/depthMax``.
        case tooDeep = "too_deep"
        /// An object has a key twice.
        case duplicateKey = "duplicate_key"
        /// A string holds a NUL.
        case nul
        /// A string holds half of a surrogate pair.
        case surrogate
        /// More values than ``EventJSON/valuesMax``.
        case tooManyValues = "too_many_values"
        /// A field that the contract requires is absent or null.
        case missingField = "missing_field"
        /// A field is of another JSON type than the contract says.
        case wrongType = "wrong_type"
        /// A field's value is not one that the contract allows.
        case notAllowed = "not_allowed"
        /// There was no memory to read it.
        case noMemory = "no_memory"
        /// The payload cannot be written as JSON.
        case notEncodable = "not_encodable"
    }

    /// Why the text is no JSON that is read.
    init(_ error: JSONError) {
        let code: Code =
            switch error {
            case .tooLarge: .tooLarge
            case .malformed: .malformed
            case .notUTF8: .notUTF8
            case .number: .number
            case .tooDeep: .tooDeep
            case .duplicateKey: .duplicateKey
            case .nul: .nul
            case .surrogate: .surrogate
            case .tooManyValues: .tooManyValues
            case .noMemory: .noMemory
            }
        self.init(code)
    }

    /// An error at a path; `detail` may hold data and is shown to programmers only.
    package init(_ code: Code, path: String = "", detail: String = "") {
        self.code = code
        self.path = path
        self.detail = detail
    }

    /// Only a lack of memory passes; the same bytes are wrong for ever.
    package var isRetryable: Bool { code == .noMemory }

    /// Bounded text for metric labels.
    package var shortLabel: String { code.rawValue }

    /// Safe to show: holds no data.
    package var description: String { path.isEmpty ? code.summary : "\(path): \(code.summary)" }

    /// With what the decoder said, which may hold data.
    package var debugDescription: String { detail.isEmpty ? description : "\(description) (\(detail))" }
}

extension EventDataError.Code {
    /// The rule in words.
    package var summary: String {
        switch self {
        case .unknownType: "the event type is in no contract"
        case .wrongTopic: "the event type belongs to another topic"
        case .tooLarge: "the data is larger than its limit"
        case .malformed: "the data is not one JSON object"
        case .notUTF8: "the data is not UTF-8"
        case .number: "a number is malformed or does not fit in 64 bits"
        case .tooDeep: "the data is nested deeper than \(EventJSON.depthMax)"
        case .duplicateKey: "an object has a key twice"
        case .nul: "a string holds a NUL"
        case .surrogate: "a string holds half of a surrogate pair"
        case .tooManyValues: "the data holds more than \(EventJSON.valuesMax) values"
        case .missingField: "a required field is missing"
        case .wrongType: "a field has another type than its contract says"
        case .notAllowed: "a value is not one its contract allows"
        case .noMemory: "there was no memory to read the data"
        case .notEncodable: "the payload cannot be written as JSON"
        }
    }
}
