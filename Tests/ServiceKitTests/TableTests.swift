import Testing

@testable import ServiceKit

@Suite("Tables")
struct TableTests {
    private let table = Table(
        title: "Payments",
        columns: [.init("id", "Id"), .init("netPence", "Net"), .init("count", "Count"), .init("share", "Share")],
        rows: [
            [.text("a,\"b\""), .pence(123_456_789), .integer(3), .number(16.649, decimals: 1)],
            [.text("=1+1"), .pence(-5), .suppressed, .none],
        ],
        notes: ["Whole pence."])

    @Test("people see aligned columns, pounds and a word for what is suppressed")
    func people() {
        #expect(
            table.rendered(as: .table)
                == """
                Payments

                Id               Net       Count  Share
                -----  -------------  ----------  -----
                a,"b"  £1,234,567.89           3   16.6
                =1+1          -£0.05  suppressed

                Whole pence.

                """)
    }

    @Test("programs get one JSON object with pence as a string")
    func json() {
        #expect(
            table.rendered(as: .json)
                == #"{"schema_version":1,"title":"Payments","rows":[{"id":"a,\"b\"","netPence":"123456789","count":3,"share":16.649},{"id":"=1+1","netPence":"-5","count":"suppressed","share":null}],"notes":["Whole pence."]}"#
                + "\n")
    }

    @Test("CSV quotes what RFC 4180 asks for and disarms formulas")
    func csv() {
        #expect(
            table.rendered(as: .csv)
                == "id,netPence,count,share\r\n\"a,\"\"b\"\"\",1234567.89,3,16.6\r\n'=1+1,-0.05,suppressed,\r\n")
    }

    @Test("every start of a formula is disarmed", arguments: ["=x", "+x", "-x", "@x", "\tx", "\rx"])
    func formulas(text: String) {
        #expect(CSV.field(text).drop { $0 == "\"" }.hasPrefix("'"))
    }

    @Test("data cannot steer the terminal that shows it")
    func controlCharacters() {
        let shown = Table(title: "t", columns: [.init("c")], rows: [[.text("a\u{1b}[2Jb\nc")]]).rendered(as: .table)
        #expect(shown.contains("a?[2Jb?c"))
    }

    @Test("JSON escapes quotes, control characters and line separators")
    func escapes() {
        var json = JSONText()
        json.string("\"\\\n\t\u{1}\u{7f}\u{2028}£")
        #expect(json.text == #""\"\\\n\t\u0001\u007f\u2028£""#)
    }

    @Test("an empty table says so")
    func empty() {
        #expect(Table(title: "t", columns: [.init("c", "C")]).rendered(as: .table) == "t\n\nC\n-\n(none)\n")
    }
}
