import Testing

@testable import Formats

@Suite("An XML document is read within limits")
struct XMLReaderTests {
    private func read(_ text: String, _ limits: XMLLimits = XMLLimits()) throws -> XMLElement {
        try XMLReader.read(Array(text.utf8), limits: limits)
    }

    private func code(_ bytes: [UInt8], _ limits: XMLLimits = XMLLimits()) -> XMLError.Code? {
        do {
            _ = try XMLReader.read(bytes, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("elements, attributes, namespaces, text and CDATA come out as they are written")
    func content() throws {
        let root = try read(
            "<a xmlns='u' x:k='no' xmlns:x='v' k='1 &lt; 2'>t&amp;<b>é</b><![CDATA[<c>]]>u<b k=''/></a>")
        #expect(root.name == "a")
        #expect(root.namespace == "u")
        #expect(root.attributes == ["k": "1 < 2"])
        #expect(root.text == "t&<c>u")
        #expect(root.children.map(\.name) == ["b", "b"])
        #expect(root.children[0].text == "é")
        #expect(root.children[1].attributes == ["k": ""])
    }

    @Test(
        "a DOCTYPE is refused before anything in it is looked at",
        arguments: [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'><a/>",
            "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]><a/>",
            """
            <!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">
            <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]><a>&e;&e;&e;&e;&e;&e;</a>
            """,
        ])
    func documentType(_ text: String) {
        #expect(code(Array(text.utf8)) == .documentType)
    }

    @Test("an entity that XML itself does not define is malformed")
    func unknownEntity() {
        #expect(code(Array("<a>&nbsp;</a>".utf8)) == .malformed)
    }

    @Test(
        "what is not one well-formed document is malformed",
        arguments: [
            "<a>", "<a></b>", "<a/><b/>", "text", "<a k=1/>", "<a k='1' k='2'/>", "<a>\u{1}</a>", "<a>&#0;</a>",
            "<x:a/>trailing",
        ])
    func malformed(_ text: String) {
        #expect(code(Array(text.utf8)) == .malformed)
    }

    @Test("what is empty, has a zero byte or is not UTF-8 says so")
    func bytes() {
        #expect(code([]) == .empty)
        #expect(code(Array("<a>\0</a>".utf8)) == .zeroByte)
        #expect(code([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E]) == .notUTF8)
        #expect(code([0xFF, 0xFE, 0x3C, 0x00, 0x61, 0x00]) == .zeroByte)
        #expect(code(Array("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".utf8)) == .notUTF8)
        #expect(code([0xEF, 0xBB, 0xBF] + Array("<?xml version='1.0' encoding='utf-8'?><a/>".utf8)) == nil)
    }

    @Test("an error names the line")
    func line() {
        #expect(throws: XMLError(code: .zeroByte, line: 3, detail: nil)) { try read("<a>\n\n\0</a>") }
    }

    @Test("each limit holds at, below and above it")
    func limits() {
        var limits = XMLLimits()
        limits.depthMax = 3
        limits.elementsMax = 5
        limits.attributesMax = 2
        limits.valueBytesMax = 4
        limits.bytesMax = 60
        func code(_ text: String) -> XMLError.Code? { self.code(Array(text.utf8), limits) }
        #expect(code("<a><a></a></a>") == nil)
        #expect(code("<a><a><a></a></a></a>") == nil)
        #expect(code("<a><a><a><a/></a></a></a>") == .tooDeep)
        #expect(code("<a><b/><b/><b/></a>") == nil)
        #expect(code("<a><b/><b/><b/><b/></a>") == nil)
        #expect(code("<a><b/><b/><b/><b/><b/></a>") == .tooManyElements)
        #expect(code("<a k='1'/>") == nil)
        #expect(code("<a k='1' l='1'/>") == nil)
        #expect(code("<a k='1' l='1' m='1'/>") == .tooManyAttributes)
        #expect(code("<a>123</a>") == nil)
        #expect(code("<a>1234</a>") == nil)
        #expect(code("<a>12345</a>") == .valueTooLong)
        #expect(code("<a>12<b/>345</a>") == .valueTooLong)
        #expect(code("<a k='1234'/>") == nil)
        #expect(code("<a k='12345'/>") == .valueTooLong)
        let padded = { (count: Int) in "<a/>" + String(repeating: " ", count: count - 4) }
        #expect(code(padded(59)) == nil)
        #expect(code(padded(60)) == nil)
        #expect(code(padded(61)) == .tooLarge)
    }

    @Test("ten thousand elements inside each other are refused and not followed")
    func deep() {
        let text = String(repeating: "<a>", count: 10_000) + String(repeating: "</a>", count: 10_000)
        #expect(code(Array(text.utf8)) == .tooDeep)
    }

    @Test("ten megabytes are refused by their size alone")
    func large() {
        let bytes = [UInt8](repeating: UInt8(ascii: "<"), count: 10 * 1_024 * 1_024)
        #expect(code(bytes) == .tooLarge)
    }

    @Test("what the writer writes, the reader reads back: every character that XML can hold")
    func roundTrip() throws {
        let value = "<&>\"' \t\n\r é 漢 😀 \u{7F}\u{85}\u{2028}"
        var writer = XMLWriter()
        writer.element("a", ["k": value]) { $0.element("b", ["v": "\u{1}\u{FFFE}"]) }
        let root = try XMLReader.read(writer.document)
        #expect(root.attributes["k"] == value)
        #expect(root.children[0].attributes["v"] == "\u{FFFD}\u{FFFD}")
    }
}
