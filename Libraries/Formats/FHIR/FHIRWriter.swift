internal import FoundationEssentials

/// A FHIR resource that is to be written, in either syntax.
indirect enum FHIRValue {
    case text(String)
    case object([(name: String, value: FHIRValue)])
    case array([FHIRValue])

    /// A resource of a type, with what it has; what is nil is left out.
    static func resource(_ type: String, _ members: [(String, FHIRValue?)]) -> FHIRValue {
        .object([("resourceType", .text(type))] + present(members))
    }

    /// An element with what it has; what is nil is left out.
    static func element(_ members: (String, FHIRValue?)...) -> FHIRValue { .object(present(members)) }

    /// A concept of one code.
    static func concept(_ system: String?, _ code: String?) -> FHIRValue? {
        guard let code else { return nil }
        return .element(("coding", .array([.element(("system", system.map(text)), ("code", .text(code)))])))
    }

    private static func present(_ members: [(String, FHIRValue?)]) -> [(name: String, value: FHIRValue)] {
        members.compactMap { name, value in value.map { (name, $0) } }
    }
}

extension FHIRValue {
    /// The resource as a document in UTF-8.
    func write(_ syntax: FHIRDocument.Syntax) -> [UInt8] {
        switch syntax {
        case .json:
            var text = ""
            appendJSON(to: &text)
            return Array((text + "\n").utf8)
        case .xml:
            var text = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
            appendResource(to: &text)
            return Array((text + "\n").utf8)
        }
    }

    // MARK: - JSON

    private func appendJSON(to text: inout String) {
        switch self {
        case .text(let value): Self.appendQuoted(value, to: &text)
        case .array(let items): Self.append(items, between: "[", "]", to: &text) { $0.appendJSON(to: &$1) }
        case .object(let members):
            Self.append(members, between: "{", "}", to: &text) { member, text in
                Self.appendQuoted(member.name, to: &text)
                text += ":"
                member.value.appendJSON(to: &text)
            }
        }
    }

    private static func append<Item>(
        _ items: [Item], between open: String, _ close: String, to text: inout String,
        _ write: (Item, inout String) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            write(item, &text)
        }
        text += close
    }

    private static func appendQuoted(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    // MARK: - XML

    private func appendResource(to text: inout String) {
        guard case .object(let members) = self, case .text(let type)? = members.first?.value else { return }
        text += "<\(type) xmlns=\"\(FHIRDocument.namespace)\">"
        for member in members.dropFirst() { member.value.appendElement(member.name, to: &text) }
        text += "</\(type)>"
    }

    private func appendElement(_ name: String, to text: inout String) {
        switch self {
        case .text(let value): text += "<\(name) value=\"\(Self.escaped(value))\"/>"
        case .array(let items): for item in items { item.appendElement(name, to: &text) }
        case .object(let members):
            text += "<\(name)>"
            if members.first?.name == "resourceType" {
                appendResource(to: &text)
            } else {
                for member in members { member.value.appendElement(member.name, to: &text) }
            }
            text += "</\(name)>"
        }
    }

    /// Characters that XML cannot hold at all become U+FFFD.
    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value & 0xFFFE == 0xFFFE: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
