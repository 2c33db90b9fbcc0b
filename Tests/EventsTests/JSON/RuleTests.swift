import Domain
import Foundation
import Testing

@testable import Events

/// The rules that data is held to when it is read.
@Suite("Rules of event data")
struct RuleTests {
    static func code(_ bytes: [UInt8]) -> EventDataError.Code? {
        do {
            _ = try bytes.withUnsafeBytes { try EventJSON.tape(of: $0) }
            return nil
        } catch {
            return (error as? EventDataError)?.code
        }
    }

    static func code(_ text: String) -> EventDataError.Code? { code(Array(text.utf8)) }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "{", "}", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,}"#, "{\"a\":1}x", #"{"a":1}{"b":2}"#,
            "nul", "truee",
            "tru", #"{'a':1}"#, #"{a:1}"#, "[1 2]", "[1,,2]", #"{"a":"\x"}"#, #"{"a":"\u12"}"#, "{\"a\":\"\t\"}",
            "\"open", "[",
            "// c\n{}", "/**/{}", "\u{FEFF}{}", "{\"a\":undefined}",
        ])
    func malformed(_ text: String) {
        #expect(Self.code(text) == .malformed)
    }

    @Test(
        "a number is one of JSON and fits in 64 bits",
        arguments: [
            "01", "1.", ".5", "-", "+1", "1e", "1e+", "0x1", "NaN", "Infinity", "-Infinity", "1e400", "-1e400",
            "9223372036854775808", "18446744073709551616", "-9223372036854775809",
            "1" + String(repeating: "0", count: 5_000),
        ])
    func numbers(_ number: String) {
        let code = Self.code("{\"a\":\(number)}")
        #expect(code == .number || code == .malformed)
    }

    @Test("the ends of 64 bits fit")
    func numbersThatFit() {
        #expect(Self.code("[9223372036854775807,-9223372036854775808,0,-0,1e308,5e-324,0.1]") == nil)
    }

    @Test("a key must not be there twice, however it is written and however deep it lies")
    func duplicateKeys() {
        #expect(Self.code(#"{"a":1,"a":1}"#) == .duplicateKey)
        #expect(Self.code(#"{"a":1,"\u0061":2}"#) == .duplicateKey)
        #expect(Self.code(#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#) == .duplicateKey)
        #expect(Self.code(#"{"":1,"":2}"#) == .duplicateKey)
        #expect(Self.code(#"{"a":1,"b":{"a":1},"A":2}"#) == nil)
        // Swift holds these two equal; they are different keys of JSON.
        #expect(Self.code("{\"\u{E9}\":1,\"e\u{301}\":2}") == nil)
    }

    @Test("a key that is there twice is found among few keys and among many", arguments: [2, 15, 16, 17, 18, 1_000])
    func duplicateAmongMany(_ count: Int) {
        let keys = (0..<count).map { "\"k\($0)\":0" }
        #expect(Self.code("{\(keys.joined(separator: ","))}") == nil)
        #expect(Self.code("{\((keys.dropLast() + ["\"k0\":1"]).joined(separator: ","))}") == .duplicateKey)
    }

    @Test("a string holds no NUL, in a value, a key or an unknown field")
    func nul() {
        #expect(Self.code(#"{"a":"x\u0000y"}"#) == .nul)
        #expect(Self.code(#"{"a\u0000":1}"#) == .nul)
        #expect(Self.code("{\"a\":\"x\u{0}y\"}") == .malformed)
    }

    @Test(
        "half of a surrogate pair is refused",
        arguments: [#""\ud800""#, #""\udc00""#, #""\udc00\ud800""#, #""\ud800x""#, #""x\udfff""#, #""\ud800\ud800""#])
    func surrogates(_ text: String) {
        let code = Self.code("{\"a\":\(text)}")
        #expect(code == .surrogate || code == .malformed)
        #expect(Self.code("{\(text):1}") == code)
    }

    @Test("a whole surrogate pair is one character, and characters beside the surrogates pass")
    func wholePair() {
        #expect(Self.code(#"{"a":"\ud83d\ude00","b":"\ud7ff\ue000","c":"퟿"}"#) == nil)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80]]
            as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) {
        #expect(Self.code(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)) == .notUTF8)
    }

    @Test("UTF-16 and UTF-32 are not guessed at", arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf32])
    func otherEncodings(_ encoding: String.Encoding) throws {
        #expect(Self.code([UInt8](try #require(#"{"a":1}"#.data(using: encoding)))) != nil)
    }

    @Test("depth has a limit")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(Self.code(nested(EventJSON.depthMax - 1)) == nil)
        #expect(Self.code(nested(EventJSON.depthMax)) == nil)
        #expect(Self.code(nested(EventJSON.depthMax + 1)) == .tooDeep)
        #expect(Self.code(nested(500_000)) == .tooDeep)
        let objects = String(repeating: "{\"a\":", count: 100_000) + "1" + String(repeating: "}", count: 100_000)
        #expect(Self.code(objects) == .tooDeep)
    }

    @Test("the number of values has a limit")
    func values() {
        func flat(_ values: Int) -> String {
            "[" + [String](repeating: "0", count: values - 1).joined(separator: ",") + "]"
        }
        #expect(Self.code(flat(EventJSON.valuesMax - 1)) == nil)
        #expect(Self.code(flat(EventJSON.valuesMax)) == nil)
        #expect(Self.code(flat(EventJSON.valuesMax + 1)) == .tooManyValues)
    }

    @Test("size has a limit when read")
    func readSize() {
        func sized(_ bytes: Int) -> [UInt8] { Array("\"\(String(repeating: "x", count: bytes - 2))\"".utf8) }
        #expect(Self.code(sized(EventJSON.readBytesMax - 1)) == nil)
        #expect(Self.code(sized(EventJSON.readBytesMax)) == nil)
        #expect(Self.code(sized(EventJSON.readBytesMax + 1)) == .tooLarge)
    }

    @Test("size has a limit when published")
    func publishSize() throws {
        func text(_ scalars: Int) throws -> ShortText { try ShortText(String(repeating: "x", count: scalars)) }
        func attendee(team: Int) throws -> TrainingDelivered.Attendee {
            TrainingDelivered.Attendee(staffID: StaffID(UUID()), role: .socialWorker, team: try text(team))
        }
        /// With `filler` bytes beyond the least that these attendees need: up to 199 in the title, the rest in a team.
        func bytes(attendees: Int, filler: Int) throws -> Int {
            let inTitle = min(filler, ShortText.scalarsMax - 1)
            let payload = TrainingDelivered(
                sessionID: TrainingSessionID(UUID()), title: try text(1 + inTitle), heldOn: .min,
                attendees: try [attendee(team: 1 + filler - inTitle)]
                    + Array(repeating: attendee(team: ShortText.scalarsMax), count: attendees))
            return try EventJSON.encode(payload).count
        }
        let least = try bytes(attendees: 0, filler: 0)
        let each = try bytes(attendees: 1, filler: 0) - least
        let attendees = (EventJSON.publishBytesMax - least - 1) / each
        let filler = EventJSON.publishBytesMax - least - attendees * each
        #expect(try bytes(attendees: attendees, filler: filler - 1) == EventJSON.publishBytesMax - 1)
        #expect(try bytes(attendees: attendees, filler: filler) == EventJSON.publishBytesMax)
        let error = #expect(throws: EventDataError.self) { try bytes(attendees: attendees, filler: filler + 1) }
        #expect(error?.code == .tooLarge)
    }

    @Test("data is an object", arguments: ["[]", "1", "\"a\"", "null", "true"])
    func rootIsAnObject(_ text: String) {
        let error = #expect(throws: EventDataError.self) {
            try EventJSON.decode(CaseClosed.self, from: Array(text.utf8))
        }
        #expect(error?.code == .malformed)
    }

    static let run =
        #"{"approvedAt":"2026-10-07T16:45:12.900Z","fileSHA256":"\#(String(repeating: "0f", count: 32))","#
        + #""lines":LINES,"runID":"019ae42b-a36c-7881-bed1-62ae2eb1547f","totalPence":PENCE}"#

    static func run(lines: String = "2", pence: String = #""5""#) throws(EventDataError) -> PayRunApproved {
        let text = run.replacing("LINES", with: lines).replacing("PENCE", with: pence)
        return try EventJSON.decode(PayRunApproved.self, from: Array(text.utf8))
    }

    @Test("an integer is written as one, and money as a string of digits")
    func integersAndMoney() throws {
        #expect(try Self.run(lines: "2147483647").lines == 2_147_483_647)
        #expect(try Self.run(pence: #""-9223372036854775808""#).totalPence == Pence(.min))
        for lines in ["2.0", "2e0", "\"2\"", "true"] {
            let error = #expect(throws: EventDataError.self) { try Self.run(lines: lines) }
            #expect(error == EventDataError(.wrongType, path: "lines", detail: "expected an integer"))
        }
        #expect(throws: EventDataError(.missingField, path: "lines", detail: "expected an integer")) {
            try Self.run(lines: "null")
        }
        for pence in ["5", "5.0"] {
            #expect(#expect(throws: EventDataError.self) { try Self.run(pence: pence) }?.code == .wrongType)
        }
        for pence in [#""5.0""#, #""""#, #"" 5""#, #""9223372036854775808""#, #""0x5""#, #""5p""#] {
            #expect(#expect(throws: EventDataError.self) { try Self.run(pence: pence) }?.code == .notAllowed)
        }
    }

    @Test("an error names the place, and shows no data unless asked to")
    func errorsAreSafe() throws {
        let text =
            #"{"attendees":[{"role":"social-worker","staffID":"019ae42b-a36c-7881-bed1-62ae2eb1547f","team":"A"},"#
            + #"{"role":"Jane Citizen","staffID":"019ae42b-a36c-7881-bed1-62ae2eb1547f","team":"A"}],"#
            + #""heldOn":"2026-06-17","sessionID":"019ae42b-a36c-7881-bed1-62ae2eb1547f","title":"T"}"#
        let error = try #require(
            #expect(throws: EventDataError.self) {
                try EventJSON.decode(TrainingDelivered.self, from: Array(text.utf8))
            })
        #expect(error.path == "attendees[1].role")
        #expect(error.code == .notAllowed)
        #expect(error.description == "attendees[1].role: a value is not one its contract allows")
        #expect(!error.description.contains("Jane"))
        #expect(error.debugDescription.contains("Jane"))
        #expect(!error.isRetryable)
    }

    @Test("null stands for an absent optional field")
    func nullIsAbsent() throws {
        let text =
            #"{"answer":"accepted","answeredAt":"2026-09-15T11:05:30.000Z","caseID":"019ae42b-a36c-7881-bed1-62ae2eb1547f","#
            + #""personID":"019ac130-94cc-75d9-8dc9-f81818e81189","reasonCode":null}"#
        #expect(try EventJSON.decode(OfferAnswered.self, from: Array(text.utf8)).reasonCode == nil)
    }

    @Test("a type that is in no contract, and one on another topic than its own, are told apart")
    func unknownTypes() {
        let data = Array("{}".utf8)
        func code(_ type: String, on topic: Topic) -> EventDataError.Code? {
            #expect(throws: EventDataError.self) {
                try EventCatalogue.contract.decode(type: type, on: topic, from: data)
            }?.code
        }
        #expect(code("uk.takeup.cases.closed.v2", on: .cases) == .unknownType)
        #expect(code("", on: .cases) == .unknownType)
        #expect(code("uk.takeup.cases.closed.v1", on: .payments) == .wrongTopic)
        #expect(code("uk.takeup.cases.closed.v1", on: .cases) == .missingField)
    }
}
