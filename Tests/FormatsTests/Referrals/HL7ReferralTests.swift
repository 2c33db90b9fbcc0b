import Domain
import FoundationEssentials
import Testing

@testable import Formats

@Suite("Referrals in HL7 version 2")
struct HL7ReferralTests {
    private func read(_ changes: [String: String] = [:]) -> ReferralReading {
        ReferralReading.read(ReferralFixtures.bytes(ReferralFixtures.hl7, replacing: changes))
    }

    private func acknowledgement(_ reading: ReferralReading, _ code: HL7Acknowledgement.Code) throws -> HL7Message {
        guard case .hl7v2(let envelope) = reading.envelope else { throw HL7Message.Refusal.noHeader }
        return try HL7Message(
            HL7Acknowledgement.write(
                code, to: envelope, controlID: "ack-1", text: "a | b", report: reading.report,
                at: Date(timeIntervalSince1970: 1_772_443_800)))
    }

    @Test("a new referral gives what a person reads in it")
    func new() throws {
        let reading = read()
        let message = try #require(reading.message, "\(reading.report.issues)")
        #expect(reading.report.issues == [])
        #expect(reading.format == .hl7v2 && reading.messageID == "msg-1")
        #expect(message.referralIdentifier == "ref-9")
        #expect(message.issuedAt == Instant.parse("2026-03-02T09:30:00Z"))
        #expect(message.person.validNHSNumber?.digits == "9990000018")
        #expect(message.person.familyName == "KHAN" && message.person.givenNames == ["AMNA", "BIBI"])
        #expect(message.person.bornOn == CivilDate("1948-02-29") && message.person.gender == .female)
        #expect(message.person.postcode == "LS9 7TF" && message.person.ethnicCategory == .pakistani)
        #expect(
            message.content
                == .referral(
                    .init(
                        kind: .assessmentNotice, admittedOn: CivilDate("2026-02-20"),
                        proposedDischargeOn: CivilDate("2026-03-09"), hospitalSite: "RR801")))
    }

    @Test(
        "a change is a referral, and what is cancelled, rejected or expired takes it back",
        arguments: [
            ([:], false), (["REF^I12": "REF^I13"], false), (["REF^I12": "REF^I14"], true), (["RF1|A": "RF1|R"], true),
            (["RF1|A": "RF1|E"], true),
        ] as [([String: String], Bool)])
    func kinds(changes: [String: String], isWithdrawal: Bool) {
        #expect(read(changes).message?.isWithdrawal == isWithdrawal)
    }

    @Test("lines may end as other systems end them, and the message may be framed for MLLP")
    func framing() {
        for end in ["\n", "\r\n", "\r\r"] { #expect(read(["\r": end]).message != nil, "\(end.debugDescription)") }
        let framed = [0x0B] + Array(ReferralFixtures.hl7.utf8) + [0x1C, 0x0D]
        #expect(ReferralReading.read(framed).message != nil)
    }

    @Test("escapes, other delimiters and HL7's null are read as they are meant")
    func encoding() throws {
        #expect(read(["KHAN": #"O\T\K \X4e\."#]).message?.person.familyName == "O&K N.")
        #expect(read(["^BIBI": "^\"\""]).message?.person.givenNames == ["AMNA"])
        let other = ReferralFixtures.hl7.replacing("|", with: "#").replacing("^", with: ":").replacing("~", with: "!")
        #expect(ReferralReading.read(Array(other.utf8)).message?.person.familyName == "KHAN")
    }

    @Test("a message in ISO 8859-1 that says so is read as it is meant, and one that does not is refused")
    func latin1() {
        func bytes(_ characterSet: String) -> [UInt8] {
            ReferralFixtures.hl7.replacing("GBR", with: "GBR|" + characterSet).replacing("AMNA", with: "ZO#")
                .utf8.map { $0 == UInt8(ascii: "#") ? 0xCB : $0 }
        }
        #expect(ReferralReading.read(bytes("8859/1")).message?.person.givenNames.first == "ZOË")
        #expect(ReferralReading.read(bytes("UNICODE UTF-8")).report.issues.map(\.rule) == ["hl7.not-utf8"])
        #expect(ReferralReading.read(bytes("")).report.issues.map(\.rule) == ["hl7.not-utf8"])
    }

    @Test("somebody with a date or a mark of death has died")
    func died() {
        let ethnic = "|||||||||J"
        #expect(read([ethnic: ethnic + "|||||||20260301"]).message?.person.hasDied == true)
        #expect(read([ethnic: ethnic + "||||||||Y"]).message?.person.hasDied == true)
        #expect(read([ethnic: ethnic + "||||||||N"]).message?.person.hasDied == false)
    }

    @Test("a wrong check digit is a finding at PID-3")
    func checkDigit() {
        let reading = read(["9990000018": "0000255355"])
        #expect(reading.report.issues.map(\.rule) == ["nhs-number.check-digit"])
        #expect(reading.report.issues.map(\.path) == ["PID-3"])
        #expect(reading.message?.person.validNHSNumber == nil)
    }

    @Test("every problem is told at once, at its place, and the answer repeats each")
    func everything() throws {
        let reading = read(["msg-1": "", "20260302093000||REF": "2026||REF", "KHAN": "", "19480229": "19490229"])
        #expect(Set(reading.report.issues.map(\.path)) == ["MSH-10", "MSH-7", "PID-5.1", "PID-7"])
        let answer = try acknowledgement(reading, .error)
        #expect(answer.first("MSA")?.text(1) == "AE")
        let errors = try #require(answer.first("ERR"))
        #expect(errors.repetitions(1).map { errors.text(of: $0, 1) } == ["MSH", "MSH", "PID", "PID"])
        #expect(errors.repetitions(1).map { errors.text(of: $0, 3) } == ["10", "7", "5", "7"])
    }

    @Test("an answer quotes the control id, swaps sender and receiver, and keeps the version")
    func accepted() throws {
        let answer = try acknowledgement(read(), .accepted)
        #expect(answer.header.text(9, 1) == "ACK" && answer.header.text(9, 2) == "I12")
        #expect(answer.header.text(3) == "TAKEUP" && answer.header.text(5) == "TRUST_PAS")
        #expect(answer.header.text(10) == "ack-1" && answer.header.text(12) == "2.4")
        #expect(answer.header.text(7) == "20260302093000+0000")
        #expect(answer.first("MSA")?.text(1) == "AA" && answer.first("MSA")?.text(2) == "msg-1")
        #expect(answer.first("MSA")?.text(3) == "a | b", "delimiters in a text are escaped")
    }

    @Test("from 2.5 on an error has place, code and severity in fields of their own")
    func newerErrors() throws {
        let answer = try acknowledgement(read(["|P|2.4": "|P|2.5.1", "KHAN": ""]), .error)
        let error = try #require(answer.first("ERR"))
        #expect(error.text(2, 1) == "PID" && error.text(2, 3) == "5" && error.text(2, 5) == "1")
        #expect(error.text(3, 1) == "101" && error.text(3, 3) == "HL70357" && error.text(4) == "E")
        #expect(error.text(8)?.hasPrefix("PID-5.1: ") == true)
    }

    @Test(
        "a text at the limit is taken, one above it is told",
        arguments: ["KHAN", "AMNA", "LS9 7TF", "RR801", "ref-9", "msg-1"])
    func longTexts(text: String) {
        #expect(read([text: String(repeating: "X", count: 255)]).report.issues.isEmpty)
        #expect(read([text: String(repeating: "X", count: 256)]).report.issues.map(\.rule) == ["length"])
    }

    @Test("what is no referral is rejected as such", arguments: [["REF^I12": "ADT^A28"], ["|P|2.4": "|P|3.0"]])
    func rejected(changes: [String: String]) {
        let reading = read(changes)
        #expect(reading.message == nil)
        #expect(reading.report.issues.contains { $0.rule == "not-supported" })
        guard case .hl7v2(let envelope) = reading.envelope else { return }
        #expect(envelope.isUnsupported)
    }

    @Test(
        "times are read to the second, with an offset or as England's clocks show them",
        arguments: [
            ("20260302093000", "2026-03-02T09:30:00Z"), ("20260702093000", "2026-07-02T08:30:00Z"),
            ("202603020930", "2026-03-02T09:30:00Z"), ("20260302", "2026-03-02T00:00:00Z"),
            ("20260302093000.1234+0100", "2026-03-02T08:30:00Z"), ("20260302093000-0530", "2026-03-02T15:00:00Z"),
        ])
    func times(text: String, instant: String) {
        #expect(HL7Time.instant(text) == Instant.parse(instant))
    }

    @Test(
        "what is no time is none",
        arguments: ["", "2026", "20260230", "202603022560", "2026030209300", "20260302093000+1"])
    func noTimes(text: String) { #expect(HL7Time.instant(text) == nil) }

    @Test("a message that is cut anywhere, or has a byte changed, ends in findings and never in a trap (seed 7)")
    func hostile() {
        let whole = Array(ReferralFixtures.hl7.utf8)
        for count in 0..<whole.count {
            let reading = ReferralReading.read(Array(whole.prefix(count)))
            #expect((reading.message == nil) == reading.report.hasErrors)
        }
        var random = SeededGenerator(seed: 7)
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let reading = ReferralReading.read(bytes)
            #expect((reading.message == nil) == reading.report.hasErrors)
        }
    }

    @Test("a message at the limits is read, one above them refused")
    func limits() throws {
        let lines = ReferralFixtures.hl7 + String(repeating: "NTE|1\r", count: HL7Message.segmentsMax - 5)
        #expect(throws: Never.self) { try HL7Message(Array(lines.utf8)) }
        #expect(throws: HL7Message.Refusal.tooManySegments) { try HL7Message(Array((lines + "NTE|1\r").utf8)) }
        let padded = ReferralFixtures.hl7 + "NTE|" + String(repeating: "x", count: HL7Message.bytesMax)
        #expect(throws: Never.self) { try HL7Message(Array(padded.utf8.prefix(HL7Message.bytesMax))) }
        #expect(throws: HL7Message.Refusal.tooLarge) {
            try HL7Message(Array(padded.utf8.prefix(HL7Message.bytesMax + 1)))
        }
    }
}
