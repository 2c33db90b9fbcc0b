internal import JSON

/// A FHIR resource as it was sent, in XML or JSON, as one tree: JSON is turned into what the same resource is in XML (FHIR R4,
/// section 2.6.2), so that one reader serves both.
package enum FHIRDocument {
    static let namespace = "http://hl7.org/fhir"

    /// How a resource is written.
    package enum Syntax: String, Sendable, CaseIterable {
        case xml, json

        /// The media type, as FHIR R4 names it.
        package var mediaType: String { "application/fhir+\(rawValue)" }
    }

    /// The syntax that the first character tells.
    package static func syntax(of bytes: [UInt8]) -> Syntax {
        withoutMark(bytes).first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{") ? .json : .xml
    }

    static let jsonLimits = JSONLimits(bytesMax: 5 * 1_024 * 1_024, depthMax: 64, valuesMax: 300_000)

    /// The resource. What keeps it from being read goes to `report`.
    static func read(_ bytes: [UInt8], limits: XMLLimits, report: inout ValidationReport) -> XMLElement? {
        do {
            switch syntax(of: bytes) {
            case .xml: return try XMLReader.read(bytes, limits: limits)
            case .json: return try json(Array(withoutMark(bytes)))
            }
        } catch let error as XMLError {
            report.add(.error, error.shortLabel, at: error.line.map { "line \($0)" } ?? "file", fix: error.description)
        } catch let error as JSONError {
            report.add(.error, "json." + error.rawValue, at: "file", fix: error.fix)
        } catch {
            report.add(.error, "file", at: "file", fix: "send the file again; it could not be read")
        }
        return nil
    }

    /// Some systems begin a file with a byte order mark, which JSON has not (RFC 8259, section 8.1, lets readers ignore it).
    private static func withoutMark(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    }

    private static func json(_ bytes: [UInt8]) throws(JSONError) -> XMLElement {
        let result = bytes.withUnsafeBytes { data in
            Result { () throws(JSONError) -> XMLElement in
                let tape = try JSONTape.parse(data, limits: jsonLimits)
                guard tape.isObject else { throw .malformed }
                return ResourceTree(tape: tape).resource(0)
            }
        }
        return try result.get()
    }
}

/// Turns JSON into the tree of the same resource in XML.
private struct ResourceTree {
    let tape: JSONTape

    func resource(_ index: Int) -> XMLElement {
        let type = tape.member("resourceType", ofObject: index).flatMap(text) ?? ""
        var element = XMLElement(name: type, namespace: FHIRDocument.namespace, attributes: [:], line: 0)
        element.children = children(ofObject: index, isResource: true)
        return element
    }

    private func children(ofObject index: Int, isResource: Bool) -> [XMLElement] {
        var children: [XMLElement] = []
        forEachMember(ofObject: index) { name, value in
            // `_name` holds the id and the extensions of a primitive, of which nothing is read.
            guard name != "resourceType", !name.hasPrefix("_"), isResource || !["id", "url"].contains(name) else {
                return
            }
            guard case .array(let count) = tape.kind(value) else {
                if let child = element(name, value) { children.append(child) }
                return
            }
            var item = value + 1
            for _ in 0..<count {
                if let child = element(name, item) { children.append(child) }
                item = tape.end(item)
            }
        }
        return children
    }

    private func element(_ name: String, _ index: Int) -> XMLElement? {
        guard case .object = tape.kind(index) else {
            guard let value = text(index) else { return nil }
            return XMLElement(
                name: name, namespace: FHIRDocument.namespace, attributes: ["value": value], line: 0)
        }
        guard tape.member("resourceType", ofObject: index) == nil else {
            var element = XMLElement(name: name, namespace: FHIRDocument.namespace, attributes: [:], line: 0)
            element.children = [resource(index)]
            return element
        }
        var attributes: [String: String] = [:]
        for name in ["id", "url"] {
            attributes[name] = tape.member(name, ofObject: index).flatMap(text)
        }
        var element = XMLElement(
            name: name, namespace: FHIRDocument.namespace, attributes: attributes, line: 0)
        element.children = children(ofObject: index, isResource: false)
        // An address of something else than an extension is an element (`Endpoint.url`, `Attachment.url`).
        if !["extension", "modifierExtension"].contains(name), let url = attributes["url"] {
            element.children.append(
                XMLElement(name: "url", namespace: FHIRDocument.namespace, attributes: ["value": url], line: 0))
        }
        return element
    }

    private func forEachMember(ofObject index: Int, _ body: (String, Int) -> Void) {
        guard case .object(let count) = tape.kind(index) else { return }
        var key = index + 1
        for _ in 0..<count {
            body(tape.string(key), key + 1)
            key = tape.end(key + 1)
        }
    }

    /// The text of a primitive; nil for null, an array and an object.
    private func text(_ index: Int) -> String? {
        switch tape.kind(index) {
        case .string: tape.string(index)
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .fraction(let value): String(value)
        case .null, .array, .object: nil
        }
    }
}

extension JSONError {
    /// What to do, without anything of the document.
    fileprivate var fix: String {
        switch self {
        case .tooLarge: "the file is too large; send one message in each file, without attachments"
        case .malformed: "the JSON is not well-formed; it may have been cut off, send it again"
        case .notUTF8: "the text is not UTF-8; save the file as UTF-8, without a byte order mark"
        case .number: "a number is none of JSON, or does not fit in 64 bits"
        case .tooDeep: "the JSON is nested too deeply; this is not a message of the format"
        case .duplicateKey: "an object has a key twice; send each once"
        case .nul: "a text holds a NUL; leave it out"
        case .surrogate: "a text holds half of a surrogate pair; escape characters in pairs, or not at all"
        case .tooManyValues: "there are too many values; send one message in each file"
        case .noMemory: "send the file again; it could not be read now"
        }
    }
}
