import Foundation
import Testing

@testable import Formats

@Suite("CSV is read as RFC 4180 has it")
struct CSVReaderTests {
    private func records(_ text: String, _ limits: CSVLimits = CSVLimits()) throws -> [[String]] {
        var records: [[String]] = []
        try CSVReader.read(Array(text.utf8), limits: limits) { records.append($0.fields) }
        return records
    }

    @Test(
        "fields, quotes, empty fields and every line end come out as they are meant",
        arguments: [
            ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]), ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
            ("a\rb\r", [["a"], ["b"]]), ("\"a,\"\"b\"\"\",c", [["a,\"b\"", "c"]]),
            ("\"a\r\nb\",c\n", [["a\r\nb", "c"]]),
            (",\n", [["", ""]]), ("a,", [["a", ""]]), ("\"\",x", [["", "x"]]), ("a\n\n\nb\n", [["a"], ["b"]]),
            ("\u{FEFF}a,b\n", [["a", "b"]]), ("é,ż", [["é", "ż"]]),
        ])
    func fields(text: String, expected: [[String]]) throws {
        #expect(try records(text) == expected)
    }

    @Test("a record tells the line it begins on")
    func lines() throws {
        var lines: [Int] = []
        try CSVReader.read(Array("a\n\"b\nb\"\r\nc\n\nd".utf8)) { lines.append($0.line) }
        #expect(lines == [1, 2, 4, 6])
    }

    @Test(
        "what is no CSV says where and why",
        arguments: [
            ("", CSVError.empty), ("a\n\"b", .openQuote(line: 2)), ("a\n\"b\"c\n", .behindQuote(line: 2)),
        ])
    func errors(text: String, error: CSVError) {
        #expect(throws: error) { try records(text) }
    }

    @Test("bytes that are no UTF-8 are told with their line")
    func encoding() {
        #expect(throws: CSVError.notUTF8(line: 2)) { try CSVReader.read([0x61, 0x0A, 0xE9, 0x0A]) { _ in } }
    }

    @Test("each limit holds at, below and above it")
    func limits() throws {
        var limits = CSVLimits()
        limits.fieldBytesMax = 3
        limits.fieldsMax = 2
        limits.bytesMax = 8
        #expect(try records("abc,\"d\"", limits) == [["abc", "d"]])
        #expect(throws: CSVError.fieldTooLong(line: 1)) { try records("abcd", limits) }
        #expect(throws: CSVError.fieldTooLong(line: 1)) { try records("\"abcd\"", limits) }
        #expect(throws: CSVError.tooManyFields(line: 1)) { try records("a,b,c", limits) }
        #expect(throws: CSVError.tooLarge) { try records("a,b\na,b\na", limits) }
    }
}
