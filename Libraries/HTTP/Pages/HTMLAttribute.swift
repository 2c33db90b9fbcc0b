/// An attribute of an element. Its name is a literal of the program, its value is escaped; where it is an address, only
/// paths, fragments, `http`, `https`, `mailto` and `tel` are let through.
package struct HTMLAttribute: Sendable {
    let name: String
    let value: String
    let isPresent: Bool

    private init(_ name: StaticString, _ value: String, isPresent: Bool = true) {
        let name = name.description
        precondition(Self.isNameAllowed(name), "\(name) is not an attribute that pages may have")
        self.name = name
        self.value = Self.addressNames.contains(name) ? Self.safeAddress(value) : value
        self.isPresent = isPresent
    }

    /// Any attribute, apart from event handlers, inline styles and `srcdoc`, which would carry code.
    package static func attribute(_ name: StaticString, _ value: String) -> HTMLAttribute {
        HTMLAttribute(name, value)
    }

    /// An attribute that is there or not, such as `required`.
    package static func flag(_ name: StaticString, _ isPresent: Bool = true) -> HTMLAttribute {
        HTMLAttribute(name, "", isPresent: isPresent)
    }

    package static func id(_ value: String) -> HTMLAttribute { HTMLAttribute("id", value) }
    package static func `class`(_ value: String) -> HTMLAttribute { HTMLAttribute("class", value) }
    package static func href(_ address: String) -> HTMLAttribute { HTMLAttribute("href", address) }
    package static func src(_ address: String) -> HTMLAttribute { HTMLAttribute("src", address) }
    package static func action(_ address: String) -> HTMLAttribute {
        HTMLAttribute("action", address)
    }
    package static func method(_ value: StaticString) -> HTMLAttribute {
        HTMLAttribute("method", value.description)
    }
    package static func name(_ value: String) -> HTMLAttribute { HTMLAttribute("name", value) }
    package static func value(_ value: String) -> HTMLAttribute { HTMLAttribute("value", value) }
    package static func type(_ value: StaticString) -> HTMLAttribute {
        HTMLAttribute("type", value.description)
    }
    package static func `for`(_ id: String) -> HTMLAttribute { HTMLAttribute("for", id) }
    package static func scope(_ value: StaticString) -> HTMLAttribute {
        HTMLAttribute("scope", value.description)
    }
    package static func role(_ value: StaticString) -> HTMLAttribute {
        HTMLAttribute("role", value.description)
    }

    private static let addressNames: Set<String> = [
        "href", "src", "action", "formaction", "poster", "cite", "xlink:href",
    ]

    private static func isNameAllowed(_ name: String) -> Bool {
        let lowered = name.lowercased()
        return !lowered.hasPrefix("on") && !["style", "srcdoc", "srcset"].contains(lowered)
            && !name.isEmpty
            && name.utf8.allSatisfy { byte in isTokenByte(byte) || byte == UInt8(ascii: ":") }
    }

    /// The address, or `#` for one that could run code or be read in two ways.
    static func safeAddress(_ address: String) -> String {
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") }) else {
            return "#"
        }
        let beforePath = address.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let colon = beforePath.firstIndex(of: ":") else { return address }
        return ["http", "https", "mailto", "tel"].contains(beforePath[..<colon].lowercased())
            ? address : "#"
    }
}
