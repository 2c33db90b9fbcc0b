import FoundationEssentials
import JSON

/// Reads `Decodable` values from a ``JSONTape``.
struct TapeDecoder: Decoder {
    let tape: JSONTape
    let index: Int

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Found by walking the tape, since it is wanted for errors only and would cost an allocation a field.
    var codingPath: [any CodingKey] { tape.path(to: index) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object = tape.kind(index) else { throw mismatch([String: Any].self, "an object") }
        return KeyedDecodingContainer(TapeObject<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let count) = tape.kind(index) else { throw mismatch([Any].self, "an array") }
        return TapeArray(decoder: self, count: count)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { TapeValue(decoder: self) }

    func at(_ index: Int) -> TapeDecoder { TapeDecoder(tape: tape, index: index) }

    func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "expected \(expected)")
        if case .null = tape.kind(index) { return .valueNotFound(type, context) }
        return .typeMismatch(type, context)
    }
}

extension TapeDecoder {
    func bool() throws -> Bool {
        guard case .bool(let value) = tape.kind(index) else { throw mismatch(Bool.self, "true or false") }
        return value
    }

    func string() throws -> String {
        guard case .string = tape.kind(index) else { throw mismatch(String.self, "a string") }
        return tape.string(index)
    }

    func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        guard case .integer(let value) = tape.kind(index) else { throw mismatch(type, "an integer") }
        guard let exact = T(exactly: value) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "the integer is out of range"))
        }
        return exact
    }

    /// Contracts hold no fractions: money is whole pence, and a binary fraction means something else to every reader.
    func fraction<T>(_ type: T.Type) throws -> T {
        throw DecodingError.typeMismatch(
            type, .init(codingPath: codingPath, debugDescription: "contracts hold no fractions"))
    }

    func value<T: Decodable>(_ type: T.Type) throws -> T {
        if type == Date.self {
            guard case .string = tape.kind(index) else { throw mismatch(type, "a time as RFC 3339") }
            guard let time = tape.withUTF8(index, { EventTime.parse($0) }), let value = time as? T else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: codingPath, debugDescription: "expected a time as RFC 3339"))
            }
            return value
        }
        return try T(from: self)
    }
}

private struct TapeObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: TapeDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        guard case .object(let count) = decoder.tape.kind(decoder.index) else { return [] }
        var keys: [Key] = []
        var index = decoder.index + 1
        for _ in 0..<count {
            if let key = Key(stringValue: decoder.tape.string(index)) { keys.append(key) }
            index = decoder.tape.end(index + 1)
        }
        return keys
    }

    private func find(_ key: Key) -> Int? { decoder.tape.member(key.stringValue, ofObject: decoder.index) }

    private func member(_ key: Key) throws -> TapeDecoder {
        guard let index = find(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "the field is absent"))
        }
        return decoder.at(index)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        if case .null = decoder.tape.kind(try member(key).index) { return true }
        return false
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).fraction(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try member(key).fraction(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).integer(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).value(type) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    /// Superclasses are not part of any contract; the object itself is the nearest meaning.
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

private struct TapeArray: UnkeyedDecodingContainer {
    let decoder: TapeDecoder
    let elements: Int
    var currentIndex = 0
    private var next: Int

    init(decoder: TapeDecoder, count: Int) {
        self.decoder = decoder
        elements = count
        next = decoder.index + 1
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements }
    var isAtEnd: Bool { currentIndex >= elements }

    private func element(_ type: Any.Type) throws -> TapeDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type, .init(codingPath: codingPath, debugDescription: "the array has ended"))
        }
        return decoder.at(next)
    }

    /// Moves on only when the element was read, as the protocol asks.
    private mutating func advance() {
        next = decoder.tape.end(next)
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard case .null = decoder.tape.kind(try element(Any?.self).index) else { return false }
        advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try element(type).value(type)
        advance()
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try element([String: Any].self).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try element([Any].self).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let element = try element(Any.self)
        advance()
        return element
    }
}

private struct TapeValue: SingleValueDecodingContainer {
    let decoder: TapeDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool {
        if case .null = decoder.tape.kind(decoder.index) { return true }
        return false
    }

    func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
    func decode(_ type: String.Type) throws -> String { try decoder.string() }
    func decode(_ type: Double.Type) throws -> Double { try decoder.fraction(type) }
    func decode(_ type: Float.Type) throws -> Float { try decoder.fraction(type) }
    func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.value(type) }
}

/// A step of a path through a document.
private struct TapeKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "[\(intValue)]"
        self.intValue = intValue
    }
}

extension JSONTape {
    /// The keys and positions that lead from the root to the value at `target`.
    func path(to target: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var index = 0
        while index < target {
            var child = index + 1
            var position = 0
            switch kind(index) {
            case .object:
                while end(child + 1) <= target { child = end(child + 1) }
                path.append(TapeKey(stringValue: string(child)))
                index = child + 1
            case .array:
                while end(child) <= target {
                    child = end(child)
                    position += 1
                }
                path.append(TapeKey(intValue: position))
                index = child
            default:
                return path
            }
        }
        return path
    }
}
