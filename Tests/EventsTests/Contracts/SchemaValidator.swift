import Domain
import Foundation

@testable import Events

/// Validates JSON against exactly the keywords of JSON Schema 2020-12 that our schemas use. A schema with any other keyword is
/// refused by ``unknownKeywords(in:)``, so that no rule is silently passed over.
struct SchemaValidator {
    /// Whether a property that the schema does not describe is a problem. The schemas allow it, for later additions; what we
    /// write ourselves must have none.
    var refusesUndescribed = false

    static let keywords: Set<String> = [
        "$schema", "$id", "title", "description", "type", "properties", "required", "additionalProperties", "enum",
        "pattern",
        "format", "minLength", "maxLength", "minimum", "maximum", "items", "minItems", "maxItems",
    ]

    static func unknownKeywords(in schema: JSON) -> [String] {
        guard let members = schema.object else { return ["a schema that is no object"] }
        var unknown = members.keys.filter { !keywords.contains($0) }
        for property in members["properties"]?.object?.values ?? [:].values { unknown += unknownKeywords(in: property) }
        if let items = members["items"] { unknown += unknownKeywords(in: items) }
        if let open = members["additionalProperties"], open != .bool(true) { unknown.append("additionalProperties") }
        return unknown
    }

    /// The problems of `value`, each with its place.
    func problems(_ value: JSON, _ schema: JSON, at place: String = "$") -> [String] {
        guard let type = schema["type"]?.string else { return ["\(place): the schema has no type"] }
        var problems: [String] = []
        func check(_ holds: Bool, _ rule: String) { if !holds { problems.append("\(place): \(rule)") } }
        if let allowed = schema["enum"]?.array { check(allowed.contains(value), "enum") }
        switch (type, value) {
        case ("boolean", .bool):
            break
        case ("integer", .integer(let number)):
            if let minimum = schema["minimum"]?.integer { check(number >= minimum, "minimum") }
            if let maximum = schema["maximum"]?.integer { check(number <= maximum, "maximum") }
        case ("string", .string(let text)):
            let length = Int64(text.unicodeScalars.count)
            if let minimum = schema["minLength"]?.integer { check(length >= minimum, "minLength") }
            if let maximum = schema["maxLength"]?.integer { check(length <= maximum, "maxLength") }
            if let pattern = schema["pattern"]?.string {
                check(text.range(of: pattern, options: .regularExpression) != nil, "pattern")
            }
            if let format = schema["format"]?.string { check(Self.isOf(format: format, text), "format \(format)") }
        case ("array", .array(let elements)):
            let count = Int64(elements.count)
            if let minimum = schema["minItems"]?.integer { check(count >= minimum, "minItems") }
            if let maximum = schema["maxItems"]?.integer { check(count <= maximum, "maxItems") }
            if let items = schema["items"] {
                for (index, element) in elements.enumerated() {
                    problems += self.problems(element, items, at: "\(place)[\(index)]")
                }
            }
        case ("object", .object(let members)):
            problems += objectProblems(members, schema, at: place)
        default:
            check(false, "type \(type)")
        }
        return problems
    }

    private func objectProblems(_ members: [String: JSON], _ schema: JSON, at place: String) -> [String] {
        var problems: [String] = []
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where members[name] == nil {
            problems.append("\(place).\(name): required")
        }
        for (name, member) in members {
            if let property = schema["properties"]?[name] {
                problems += self.problems(member, property, at: "\(place).\(name)")
            } else if refusesUndescribed {
                problems.append("\(place).\(name): not described")
            }
        }
        return problems
    }

    private static func isOf(format: String, _ text: String) -> Bool {
        switch format {
        case "uuid": UUID(uuidString: text) != nil
        case "date": CivilDate(text) != nil
        case "date-time": EventTime.parse(text.utf8) != nil
        default: false
        }
    }
}
