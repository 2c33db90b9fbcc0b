import Domain
import Testing

@testable import Formats

@Suite("A Bacs Standard 18 file has every character in its column")
struct Standard18Tests {
    private func account(_ sortCode: String, _ number: String, _ name: String) throws -> BacsAccount {
        try BacsAccount(sortCode: sortCode, number: number, name: name)
    }

    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func file(
        _ credits: [BacsCredit], processing: Standard18.Processing? = nil, serial: String = "00A001"
    ) throws -> Standard18 {
        try Standard18(
            serviceUserNumber: "123456", serial: serial,
            originator: account("20-00-00", "55779911", "Leeds City Council"),
            createdOn: date("2026-08-20"), processing: processing ?? .single(date("2026-08-21")), credits: credits)
    }

    @Test("the golden file of two payments, written out by hand from the format's description")
    func golden() throws {
        let credits = [
            BacsCredit(
                destination: try account("309634", "12345678", "Zoë O'Brien-Smith & Daughters"), amount: Pence(62_308),
                reference: "DP 2026-08-24, four weeks"),
            BacsCredit(destination: try account("40-47-84", "70872490", "A Khan"), amount: Pence(1), reference: "dp"),
        ]
        let expected = [
            "VOL100A0010                              123456                                1",
            "HDR1A123456S  112345600A00100010001       26232 26236 000000                    ",
            "HDR2F0200000100                                   00                            ",
            "UHL1 26233999999    000000001 DAILY  001                                        ",
            "309634123456780992000005577991"
                + "1    00000062308LEEDS CITY COUNCILDP 2026-08-24  FOUZOE O BRIEN-SMITH ",
            "404784708724900992000005577991" + "1    00000000001LEEDS CITY COUNCILDP                A KHAN            ",
            "200000557799110172000005577991" + "1    00000062309LEEDS CITY COUNCILCONTRA            LEEDS CITY COUNCIL",
            "EOF1A123456S  112345600A00100010001       26232 26236 000000                    ",
            "EOF2F0200000100                                   00                            ",
            "UTL10000000062309000000006230900000010000002        0000000                     ",
        ]
        let bytes = try file(credits).write()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.dropLast().map(String.init) == expected)
        #expect(lines.last == "")
    }

    @Test("a reader that knows only the columns finds every payment, the contra and the totals")
    func independentReader() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("bacs seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var credits: [BacsCredit] = []
        for index in 0..<500 {
            let number = String(10_000_000 + index)
            credits.append(
                BacsCredit(
                    destination: try account("309634", number, "Person \(index) Ünïcode €"),
                    amount: Pence(Int64.random(in: 1...9_999_999, using: &generator)), reference: "REF-\(index)"))
        }
        let reader = Standard18Reader(try file(credits).write())
        #expect(reader.problems == [], "seed \(seed)")
        #expect(reader.credits.map(\.pence) == credits.map(\.amount.amount))
        #expect(reader.credits.map(\.account) == credits.map(\.destination.number))
        #expect(reader.credits[7].destinationName == "PERSON 7 UNICODE")
        #expect(reader.contras.count == 1)
        let total = try credits.map(\.amount).total().amount
        #expect(reader.contras[0].pence == total)
        #expect(reader.contras[0].account == "55779911")
        #expect(Int64(reader.label("UTL1", 5, 17)) == total)
        #expect(Int64(reader.label("UTL1", 18, 30)) == total)
        #expect(reader.label("UTL1", 31, 37) == "0000001")
        #expect(reader.label("UTL1", 38, 44) == "0000500")
        #expect(reader.label("VOL1", 42, 47) == "123456")
        #expect(reader.label("VOL1", 5, 10) == "00A001")
        #expect(reader.label("UHL1", 29, 37) == "1 DAILY")
    }

    @Test("a file of several days has a day in every record and a contra for every day")
    func severalDays() throws {
        let monday = try date("2026-08-24")
        let tuesday = try date("2026-08-25")
        let credits = [
            BacsCredit(
                destination: try account("309634", "11111111", "A"), amount: Pence(100), reference: "A",
                processingDay: tuesday),
            BacsCredit(
                destination: try account("309634", "22222222", "B"), amount: Pence(20), reference: "B",
                processingDay: monday),
            BacsCredit(
                destination: try account("309634", "33333333", "C"), amount: Pence(3), reference: "C",
                processingDay: tuesday),
        ]
        let reader = Standard18Reader(try file(credits, processing: .multiple).write())
        #expect(reader.problems == [])
        #expect(reader.credits.map(\.day) == [" 26237", " 26236", " 26237"])
        #expect(reader.contras.map(\.day) == [" 26236", " 26237"])
        #expect(reader.contras.map(\.pence) == [20, 103])
        #expect(reader.label("UHL1", 29, 37) == "4 MULTI")
        #expect(reader.label("UHL1", 5, 10) == " 26236")
        #expect(reader.label("UTL1", 31, 37) == "0000002")
    }

    @Test("what does not fit the format is refused")
    func refusals() throws {
        let good = BacsCredit(destination: try account("309634", "12345678", "A"), amount: Pence(1), reference: "R")
        #expect(throws: Standard18Error.noCredits) { try file([]) }
        #expect(throws: Standard18Error.serial) { try file([good], serial: "000000") }
        #expect(throws: Standard18Error.serial) { try file([good], serial: "00a001") }
        #expect(throws: Standard18Error.sortCode) { try account("30963", "12345678", "A") }
        #expect(throws: Standard18Error.accountNumber) { try account("309634", "1234567", "A") }
        #expect(throws: Standard18Error.accountNumber) { try account("309634", "１２３４５６７８", "A") }
        #expect(throws: Standard18Error.name) { try account("309634", "12345678", "漢字") }
        let saturday = try date("2026-08-22")
        #expect(throws: Standard18Error.processingDay(line: 0)) { try file([good], processing: .single(saturday)) }
        let before = try date("2026-08-19")
        #expect(throws: Standard18Error.processingDay(line: 0)) { try file([good], processing: .single(before)) }
    }

    @Test(
        "an amount is taken up to eleven digits, and a total that needs more is refused",
        arguments: [
            (Int64(0), false), (1, true), (99_999_999_998, true), (99_999_999_999, true), (100_000_000_000, false),
            (-1, false),
        ])
    func amounts(_ pence: Int64, isTaken: Bool) throws {
        let credit = BacsCredit(
            destination: try account("309634", "12345678", "A"), amount: Pence(pence), reference: "R")
        do {
            _ = try file([credit])
            #expect(isTaken)
        } catch {
            #expect(!isTaken)
            #expect(error as? Standard18Error == .amount(line: 0))
        }
    }

    @Test("a contra that needs more than eleven digits is refused and never cut")
    func contraTooLarge() throws {
        let credit = BacsCredit(
            destination: try account("309634", "12345678", "A"), amount: Standard18.amountMax, reference: "R")
        let file = try file([credit, credit])
        #expect(throws: Standard18Error.totalTooLarge) { try file.write() }
    }

    @Test("names and references become Bacs's characters, one for one, eighteen at most")
    func characters() {
        #expect(BacsText.field("Zoë Łukasz-Ñandú", width: 18) == "ZOE LUKASZ-NANDU  ")
        #expect(BacsText.field("a.b&c/d-e,f'g_h", width: 15) == "A.B&C/D-E F G H")
        #expect(BacsText.field("abcdefghijklmnopqrstuvwxyz", width: 18) == "ABCDEFGHIJKLMNOPQR")
        #expect(BacsText.field("e\u{301}", width: 3) == "E  ")
        #expect(BacsText.field("😀\r\n\u{0}", width: 4) == "    ")
        #expect(BacsText.day(CivilDate(clampingDayNumber: 0)) == " 70001")
    }
}
