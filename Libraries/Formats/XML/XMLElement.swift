/// An element of an XML document that was read within limits. Comments and processing instructions are left out.
package struct XMLElement: Hashable, Sendable {
    /// Its name without prefix.
    package let name: String
    /// Its namespace; empty for none.
    package let namespace: String
    /// Its attributes by name without prefix. An attribute in a namespace of its own is left out: no format here has any that
    /// matters, and it must not be taken for one without.
    package let attributes: [String: String]
    /// The line it begins on.
    package let line: Int
    /// Its text, that of its children not included.
    package internal(set) var text = ""
    /// Its child elements in order.
    package internal(set) var children: [XMLElement] = []

    /// The first child of this name.
    package func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The children of this name with their numbers among those of the name, from 0.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The descendant that the names lead to, each time by the first child of that name.
    package func first(_ first: String, _ rest: String...) -> XMLElement? {
        rest.reduce(self.first(first)) { $0?.first($1) }
    }
}

/// How much of a document a reader takes. Every limit holds while reading: nothing above it is ever held in memory.
package struct XMLLimits: Sendable {
    /// Bytes of the whole document.
    package var bytesMax = 5 * 1_024 * 1_024
    /// Elements inside each other.
    package var depthMax = 64
    /// Elements in all.
    package var elementsMax = 100_000
    /// Attributes of one element.
    package var attributesMax = 64
    /// Bytes of one attribute's value, or of one element's own text.
    package var valueBytesMax = 1_024 * 1_024

    /// The limits that fit every format here.
    package init() {}
}

/// Why a document could not be read.
package struct XMLError: Error, Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What is wrong.
    package let code: Code
    /// The line, from 1; nil where it says nothing.
    package let line: Int?
    /// What the parser said, which may quote the document. For those who may see it.
    package let detail: String?

    /// What can be wrong.
    package enum Code: String, Sendable, CaseIterable {
        case empty
        case tooLarge = "too-large"
        case tooDeep = "too-deep"
        case tooManyElements = "too-many-elements"
        case tooManyAttributes = "too-many-attributes"
        case valueTooLong = "value-too-long"
        case documentType = "document-type"
        case notUTF8 = "not-utf8"
        case zeroByte = "zero-byte"
        case malformed
    }

    /// Reading the same bytes again gives the same answer.
    package var isRetryable: Bool { false }
    /// A bounded word for a metric.
    package var shortLabel: String { "xml." + code.rawValue }

    /// What is wrong and what to do, without anything of the document.
    package var description: String {
        let place = line.map { " (line \($0))" } ?? ""
        return text + place
    }

    /// The description with what the parser said.
    package var debugDescription: String { detail.map { "\(description): \($0)" } ?? description }

    private var text: String {
        switch code {
        case .empty: "the file is empty; send the message again"
        case .tooLarge: "the file is too large; send one message in each file, without attachments"
        case .tooDeep: "elements are nested too deeply; this is not a message of the format"
        case .tooManyElements: "there are too many elements; send one message in each file"
        case .tooManyAttributes: "an element has too many attributes; this is not a message of the format"
        case .valueTooLong: "a value is too long; shorten it or leave the attachment out"
        case .documentType: "a DOCTYPE is not allowed; send the message without it"
        case .notUTF8: "the text is not UTF-8; save the file as UTF-8 and declare that encoding"
        case .zeroByte: "the file contains a zero byte; it was damaged on the way, send it again"
        case .malformed: "the XML is not well-formed; it may have been cut off, send it again"
        }
    }
}
