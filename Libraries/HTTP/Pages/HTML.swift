/// A piece of a page that is safe by construction: text and attribute values are escaped where they enter, names of
/// elements and attributes are literals of the program, and there is no way in for a string that holds markup.
///
/// ```swift
/// HTML.page(title: "Cases") {
///     element("h1") { "Cases of \(team)" }
///     element("a", .href("/cases/\(id)")) { person.name }
/// }
/// ```
package struct HTML: Sendable {
    /// The markup.
    package private(set) var markup: String

    private init(markup: String) { self.markup = markup }

    /// What the block builds.
    package init(@HTMLBuilder _ content: () -> HTML) { self = content() }

    /// Text, escaped.
    package static func text(_ text: String) -> HTML {
        var markup = ""
        markup.reserveCapacity(text.utf8.count)
        appendEscaped(text, to: &markup)
        return HTML(markup: markup)
    }

    /// Markup that stands in the program itself.
    package static func literal(_ markup: StaticString) -> HTML { HTML(markup: markup.description) }

    /// Pieces one after the other.
    package static func joined(_ pieces: [HTML]) -> HTML {
        HTML(markup: pieces.reduce(into: "") { $0 += $1.markup })
    }

    /// A whole page in English unless told otherwise, with a title, a view port for small screens and a skip link.
    /// - Parameter styleSheet: the path of a style sheet on this server.
    package static func page(
        title: String, language: String = "en-GB", styleSheet: String? = nil,
        @HTMLBuilder _ content: () -> HTML
    ) -> HTML {
        let body = content()
        let head = HTML {
            HTML.literal(
                "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
            )
            element("title") { title }
            if let styleSheet { element("link", .attribute("rel", "stylesheet"), .href(styleSheet)) }
        }
        let document = element("html", .attribute("lang", language)) {
            element("head") { head }
            element("body") {
                element("a", .class("skip-link"), .href("#main")) { "Skip to main content" }
                body
            }
        }
        return HTML(markup: "<!doctype html>" + document.markup)
    }

    static func make(_ name: StaticString, _ attributes: [HTMLAttribute], content: HTML?) -> HTML {
        let name = name.description
        precondition(isElementAllowed(name), "\(name) is not an element that pages may have")
        var markup = "<\(name)"
        for attribute in attributes where attribute.isPresent {
            markup += " \(attribute.name)=\""
            appendEscaped(attribute.value, to: &markup)
            markup += "\""
        }
        markup += ">"
        if voidElements.contains(name) {
            precondition(content == nil, "\(name) has no content")
            return HTML(markup: markup)
        }
        markup += content?.markup ?? ""
        markup += "</\(name)>"
        return HTML(markup: markup)
    }

    /// Inside these, text is not text: escaping would not hold there. Scripts and styles come from files of our own.
    private static func isElementAllowed(_ name: String) -> Bool {
        !["script", "style", "iframe", "object", "embed", "base", "noscript", "plaintext", "xmp"]
            .contains(name)
            && !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                    || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
                    || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "-")
            }
    }

    private static let voidElements: Set<String> = [
        "area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
    ]

    private static func appendEscaped(_ text: String, to markup: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": markup += "&amp;"
            case "<": markup += "&lt;"
            case ">": markup += "&gt;"
            case "\"": markup += "&quot;"
            case "'": markup += "&#39;"
            // Controls are not characters of HTML; a replacement shows that something was there.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{E}"..."\u{1F}", "\u{7F}": markup += "\u{FFFD}"
            default: markup.unicodeScalars.append(scalar)
            }
        }
    }
}

/// An element with attributes and content.
package func element(
    _ name: StaticString, _ attributes: HTMLAttribute..., @HTMLBuilder content: () -> HTML
) -> HTML {
    HTML.make(name, attributes, content: content())
}

/// An element with attributes and nothing inside.
package func element(_ name: StaticString, _ attributes: HTMLAttribute...) -> HTML {
    HTML.make(name, attributes, content: nil)
}

/// Builds a page from elements and text, with `if`, `for` and `switch`.
@resultBuilder
package enum HTMLBuilder {
    package static func buildExpression(_ piece: HTML) -> HTML { piece }
    package static func buildExpression(_ text: String) -> HTML { .text(text) }
    package static func buildExpression(_ number: Int) -> HTML { .text(String(number)) }
    package static func buildExpression(_ piece: HTML?) -> HTML { piece ?? .joined([]) }
    package static func buildBlock(_ pieces: HTML...) -> HTML { .joined(pieces) }
    package static func buildOptional(_ piece: HTML?) -> HTML { piece ?? .joined([]) }
    package static func buildEither(first piece: HTML) -> HTML { piece }
    package static func buildEither(second piece: HTML) -> HTML { piece }
    package static func buildArray(_ pieces: [HTML]) -> HTML { .joined(pieces) }
}
