import FoundationEssentials
import Testing

@testable import HTTP

@Suite("HTML")
struct HTMLTests {
    private static let nasty = #"<script>alert("x")</script>&'"#

    @Test("text and attribute values are escaped wherever they enter")
    func escapes() {
        let page = HTML {
            element("p", .class(Self.nasty), .attribute("data-name", Self.nasty)) { Self.nasty }
        }
        let escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;"
        #expect(page.markup == "<p class=\"\(escaped)\" data-name=\"\(escaped)\">\(escaped)</p>")
    }

    @Test("control characters are replaced, line ends and other alphabets are kept")
    func controls() {
        #expect(
            HTML.text("a\u{0}b\u{1b}c\u{7f}d\ne\tf żółć 漢字 👩🏽‍🦼").markup == "a\u{fffd}b\u{fffd}c\u{fffd}d\ne\tf żółć 漢字 👩🏽‍🦼")
    }

    @Test(
        "an address that could run code, or be read in two ways, is not let through",
        arguments: [
            "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x", "\\\\evil.example", "blob:x", "\u{1}javascript:x",
        ])
    func addresses(address: String) {
        #expect(element("a", .href(address)) { "x" }.markup == "<a href=\"#\">x</a>")
    }

    @Test(
        "ordinary addresses pass",
        arguments: [
            "/cases/1?a=b", "#main", "https://example.org/", "mailto:a@b.example", "tel:+441132224401",
            "",
            "?page=2", "/a:b",
        ])
    func ordinaryAddresses(address: String) {
        #expect(HTMLAttribute.safeAddress(address) == address)
    }

    @Test("conditions, loops and flags build what they say")
    func building() {
        func list(_ items: [String], note: String?) -> String {
            HTML {
                element("ul") {
                    for item in items { element("li") { item } }
                }
                if let note { element("p") { note } } else { element("hr") }
                element("input", .type("checkbox"), .flag("checked", items.isEmpty), .flag("required"))
                42
            }.markup
        }
        #expect(
            list(["a", "b"], note: "n")
                == "<ul><li>a</li><li>b</li></ul><p>n</p><input type=\"checkbox\" required=\"\">42")
        #expect(list([], note: nil) == "<ul></ul><hr><input type=\"checkbox\" checked=\"\" required=\"\">42")
    }

    @Test("a page has a language, a title that is escaped, and the headers that protect it")
    func page() {
        let response = Response.html(HTML.page(title: "A & B") { element("main", .id("main")) { "x" } })
        guard case .bytes(let bytes) = response.body else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\">"))
        #expect(text.contains("<title>A &amp; B</title>"))
        let headers = Dictionary(response.headers.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(headers["Content-Security-Policy"]?.contains("frame-ancestors 'none'") == true)
        #expect(headers["Content-Security-Policy"]?.contains("unsafe-inline") == false)
        #expect(headers["Cache-Control"] == "no-store")
    }
}
