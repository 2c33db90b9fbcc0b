import Foundation
import Testing

@testable import Events

/// Swift payloads, schemas and examples say the same.
@Suite("Schemas")
struct SchemaTests {
    static let types = EventCatalogue.contract.payloads.map { $0.type }

    static func schema(_ type: EventType) throws -> JSON { try Repository.json("schemas/events/\(type.dataSchema)") }

    @Test("every type has a schema, and every schema has a type")
    func everyTypeHasASchema() throws {
        var found: Set<String> = []
        for topic in try Repository.names(in: "schemas/events") {
            for event in try Repository.names(in: "schemas/events/\(topic)") {
                for name in try Repository.names(in: "schemas/events/\(topic)/\(event)") where name != "examples" {
                    found.insert("\(topic)/\(event)/\(name)")
                }
            }
        }
        #expect(found == Set(Self.types.map(\.dataSchema)))
    }

    @Test("a schema uses known keywords only and describes every field", arguments: types)
    func schemaIsWellFormed(_ type: EventType) throws {
        let schema = try Self.schema(type)
        #expect(SchemaValidator.unknownKeywords(in: schema) == [])
        #expect(schema["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["title"]?.string == type.description)
        #expect(schema["additionalProperties"] == .bool(true), "additions must stay possible")
        #expect(undescribed(schema, at: "$") == [])
        let properties = Set(try #require(schema["properties"]?.object).keys)
        let required = Set(try #require(schema["required"]?.array).compactMap(\.string))
        #expect(required.isSubset(of: properties))
    }

    private func undescribed(_ schema: JSON, at place: String) -> [String] {
        var places = (schema["description"]?.string ?? "").isEmpty ? [place] : []
        for (name, property) in schema["properties"]?.object ?? [:] {
            places += undescribed(property, at: "\(place).\(name)")
        }
        if let items = schema["items"] { places += undescribed(items, at: "\(place)[]") }
        return places
    }

    @Test("integers in contracts are small; whatever needs 64 bits is a string", arguments: types)
    func integersAreSmall(_ type: EventType) throws {
        for (name, property) in try #require(try Self.schema(type)["properties"]?.object) {
            guard property["type"]?.string == "integer" else { continue }
            let maximum = try #require(property["maximum"]?.integer, "\(name) needs a maximum")
            #expect(maximum <= 1 << 53)
        }
    }

    @Test(
        "what Swift writes is valid and fully described, comes back the same and is the same bytes again",
        arguments: types)
    func swiftIsValid(_ type: EventType) throws {
        let payload = try #require(EventCatalogue.contract.payload(ofType: type.description))
        try Self.roundTrip(payload, samples: 300)
    }

    private static func roundTrip<P: EventPayload>(_ type: P.Type, samples: Int) throws {
        let schema = try schema(type.type)
        let strict = SchemaValidator(refusesUndescribed: true)
        let optional = Set(try #require(schema["properties"]?.object).keys)
            .subtracting(try #require(schema["required"]?.array).compactMap(\.string))
        let maker = RandomPayload(.announced("round trip of \(type.type)"))
        var absent: Set<String> = []
        var present: Set<String> = []
        for _ in 0..<samples {
            let made = try maker.make(type)
            let bytes = try EventJSON.encode(made)
            let value = try JSON.read(Data(bytes))
            #expect(strict.problems(value, schema) == [])
            let read = try EventJSON.decode(type, from: bytes)
            #expect(read == made)
            #expect(try EventJSON.encode(read) == bytes)
            let names = Set(try #require(value.object).keys)
            present.formUnion(names)
            absent.formUnion(optional.subtracting(names))
        }
        #expect(absent == optional, "each optional field was absent at least once")
        #expect(
            present == Set(try #require(schema["properties"]?.object).keys),
            "each described field was written at least once")
    }

    @Test("a missing required field is reported by name, an unknown field is passed over", arguments: types)
    func requiredAndUnknownFields(_ type: EventType) throws {
        let schema = try Self.schema(type)
        for (_, example) in try Self.examples(of: type) {
            let members = try #require(example.object)
            for name in try #require(schema["required"]?.array).compactMap(\.string) {
                var without = members
                without[name] = nil
                let bytes = try JSON.object(without).bytes
                let error = #expect(throws: EventDataError.self) {
                    try EventCatalogue.contract.decode(type: type.description, from: bytes)
                }
                #expect(error?.code == .missingField)
                #expect(error?.path == name)
            }
            var with = members
            with["aFieldOfTomorrow"] = .object(["deep": .array([.null, .fraction(1.5), .bool(true)])])
            #expect(SchemaValidator().problems(.object(with), schema) == [])
            let read = try EventCatalogue.contract.decode(type: type.description, from: try JSON.object(with).bytes)
            let plain = try EventCatalogue.contract.decode(type: type.description, from: try example.bytes)
            #expect(try EventJSON.encode(read) == EventJSON.encode(plain))
        }
    }

    @Test("a field of another type is refused by Swift and by the schema", arguments: types)
    func wrongTypes(_ type: EventType) throws {
        let schema = try Self.schema(type)
        let (_, example) = try #require(try Self.examples(of: type).first)
        for (name, value) in try #require(example.object) {
            for other: JSON in [.integer(7), .fraction(1.5), .string("\u{7}"), .array([]), .object([:]), .bool(false)] {
                guard !Self.isSameKind(value, other) else { continue }
                var members = try #require(example.object)
                members[name] = other
                let bytes = try JSON.object(members).bytes
                let error = #expect(throws: EventDataError.self, "\(name) as \(other)") {
                    try EventCatalogue.contract.decode(type: type.description, from: bytes)
                }
                #expect(error?.path == name)
                #expect(!SchemaValidator().problems(.object(members), schema).isEmpty)
            }
        }
    }

    private static func isSameKind(_ one: JSON, _ other: JSON) -> Bool {
        switch (one, other) {
        case (.integer, .integer), (.array, .array), (.object, .object), (.bool, .bool): true
        default: false
        }
    }

    @Test("every type has examples; each is valid, decodes, and encodes to the same bytes", arguments: types)
    func examplesHold(_ type: EventType) throws {
        let schema = try Self.schema(type)
        let examples = try Self.examples(of: type)
        #expect(!examples.isEmpty)
        var written: Set<String> = []
        for (name, example) in examples {
            #expect(name.hasPrefix("v\(type.version)"))
            #expect(SchemaValidator(refusesUndescribed: true).problems(example, schema) == [])
            let text = try Repository.text("schemas/events/\(type.topic.rawValue)/\(type.event)/examples/\(name)")
            let payload = try EventCatalogue.contract.decode(
                type: type.description, on: type.topic, from: Array(text.utf8))
            #expect(String(decoding: try EventJSON.encode(payload), as: UTF8.self) + "\n" == text)
            written.formUnion(try #require(example.object).keys)
        }
        #expect(written == Set(try #require(schema["properties"]?.object).keys), "the examples show every field")
    }

    static func examples(of type: EventType) throws -> [(String, JSON)] {
        let folder = "schemas/events/\(type.topic.rawValue)/\(type.event)/examples"
        return try Repository.names(in: folder).map { ($0, try Repository.json("\(folder)/\($0)")) }
    }

    @Test("the validator finds what the schema forbids")
    func validatorCanFail() throws {
        let schema = try JSON.read(
            Data(
                #"""
                {"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^x$"},
                 "b":{"type":"integer","minimum":1,"maximum":2},"c":{"type":"array","maxItems":1,"items":{"type":"boolean"}},
                 "d":{"type":"string","minLength":1,"maxLength":2},"e":{"type":"string","format":"date"}}}
                """#.utf8))
        func problems(_ text: String) throws -> [String] {
            SchemaValidator(refusesUndescribed: true).problems(try JSON.read(Data(text.utf8)), schema)
        }
        #expect(try problems(#"{"a":"x","b":2,"c":[true],"d":"dd","e":"2024-02-29"}"#) == [])
        #expect(try problems(#"{}"#) == ["$.a: required"])
        #expect(try problems(#"{"a":"y"}"#) == ["$.a: pattern"])
        #expect(try problems(#"{"a":"x","b":0}"#) == ["$.b: minimum"])
        #expect(try problems(#"{"a":"x","b":3}"#) == ["$.b: maximum"])
        #expect(try problems(#"{"a":"x","c":[true,1]}"#) == ["$.c: maxItems", "$.c[1]: type boolean"])
        #expect(try problems(#"{"a":"x","d":"ddd"}"#) == ["$.d: maxLength"])
        #expect(try problems(#"{"a":"x","e":"2023-02-29"}"#) == ["$.e: format date"])
        #expect(try problems(#"{"a":"x","f":1}"#) == ["$.f: not described"])
        #expect(SchemaValidator.unknownKeywords(in: .object(["oneOf": .array([])])) == ["oneOf"])
    }
}
