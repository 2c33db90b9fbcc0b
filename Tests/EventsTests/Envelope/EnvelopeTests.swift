import Domain
import Foundation
import Testing

@testable import Events

typealias Headers = [(name: String, value: [UInt8])]

/// An event's envelope in a record's headers.
@Suite("Envelope")
struct EnvelopeTests {
    static let full = EventEnvelope(
        of: CaseClosed.self, id: UUID(high: 0x019a_e42b_a36c_7881, low: 0xbed1_62ae_2eb1_547f), source: "/case-intake",
        subject: "the case", time: Date(timeIntervalSince1970: 1_764_113_472.04), aggregateVersion: 7,
        correlationID: UUID(high: 1, low: 2), causationID: UUID(high: 3, low: 4),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

    static func changed(_ name: String, to values: [String]) throws -> Headers {
        try changed(name, toBytes: values.map { Array($0.utf8) })
    }

    static func changed(_ name: String, toBytes values: [[UInt8]]) throws -> Headers {
        try full.headers().filter { $0.name != name } + values.map { (name: name, value: $0) }
    }

    static func problems(_ headers: Headers) -> [EnvelopeProblem] {
        do {
            _ = try EventEnvelope(headers: headers)
            return []
        } catch {
            return error.problems
        }
    }

    @Test("headers are CloudEvents 1.0 in binary mode")
    func written() throws {
        let lines = try Self.full.headers().map { "\($0.name): \(String(decoding: $0.value, as: UTF8.self))" }
        #expect(
            lines == [
                "ce_specversion: 1.0", "ce_id: 019ae42b-a36c-7881-bed1-62ae2eb1547f", "ce_source: /case-intake",
                "ce_type: uk.takeup.cases.closed.v1", "ce_subject: the case", "ce_time: 2025-11-25T23:31:12.040Z",
                "ce_dataschema: cases/closed/v1.json", "ce_aggregateversion: 7",
                "ce_correlationid: 00000000-0000-0001-0000-000000000002",
                "ce_causationid: 00000000-0000-0003-0000-000000000004",
                "ce_traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "content-type: application/json",
            ])
    }

    @Test("what is written is read the same, with and without the optional attributes")
    func roundTrip() throws {
        #expect(try EventEnvelope(headers: Self.full.headers()) == Self.full)
        let least = EventEnvelope(
            of: CaseClosed.self, id: UUID(), source: "/case-intake", time: Date(timeIntervalSince1970: 0.123_456),
            aggregateVersion: .max, correlationID: UUID())
        #expect(try least.headers().count == 9)
        #expect(try EventEnvelope(headers: least.headers()) == least)
    }

    @Test("a header of another's is passed over, in any order and number of times")
    func others() throws {
        let others: Headers = [("x", [0xFF]), ("CE_ID", []), ("ce_future", [0]), ("x", [])]
        #expect(try EventEnvelope(headers: others + Self.full.headers().reversed() + others) == Self.full)
    }

    @Test("a missing attribute is reported where it is required", arguments: EventAttribute.allCases)
    func missing(_ attribute: EventAttribute) throws {
        let expected = attribute.isRequired ? [EnvelopeProblem(attribute, .missing)] : []
        #expect(Self.problems(try Self.changed(attribute.header, to: [])) == expected)
    }

    @Test("an attribute that is there twice is refused, even where both are equal", arguments: EventAttribute.allCases)
    func duplicate(_ attribute: EventAttribute) throws {
        let headers = try Self.full.headers() + Self.full.headers().filter { $0.name == attribute.header }
        #expect(Self.problems(headers) == [EnvelopeProblem(attribute, .duplicate)])
    }

    /// A header's value and the rule that it breaks.
    struct Bad: Sendable {
        let attribute: EventAttribute
        let value: [UInt8]
        let rule: EnvelopeProblem.Rule

        init(_ attribute: EventAttribute, _ value: [UInt8], _ rule: EnvelopeProblem.Rule) {
            self.attribute = attribute
            self.value = value
            self.rule = rule
        }

        init(_ attribute: EventAttribute, _ text: String, _ rule: EnvelopeProblem.Rule) {
            self.init(attribute, Array(text.utf8), rule)
        }
    }

    /// What no attribute may be. A trace context is never a problem.
    static let badAnywhere: [Bad] = EventAttribute.allCases.filter { $0 != .traceparent }.flatMap { attribute in
        [
            Bad(attribute, [], .empty), Bad(attribute, [0x2F, 0xFF], .notUTF8), Bad(attribute, [0x2F, 0xC3], .notUTF8),
            Bad(attribute, [0x2F, 0x0A], .controlCharacter), Bad(attribute, [0x2F, 0x00], .controlCharacter),
            Bad(attribute, [0x2F, 0xC2, 0x85], .controlCharacter),
            Bad(attribute, Array(repeating: 0x61, count: EventEnvelope.attributeBytesMax + 1), .tooLong),
        ]
    }

    static let badSomewhere: [Bad] = [
        Bad(.specVersion, "0.3", .unknownVersion),
        Bad(.specVersion, "1.0 ", .unknownVersion),
        Bad(.id, "x", .notUUID),
        Bad(.id, "019ae42b-a36c-7881-bed1-62ae2eb1547", .notUUID),
        Bad(.id, "{019ae42b-a36c-7881-bed1-62ae2eb1547f}", .notUUID),
        Bad(.correlationID, "7", .notUUID),
        Bad(.causationID, "7", .notUUID),
        Bad(.source, "case-intake", .notSource),
        Bad(.source, "/", .notSource),
        Bad(.source, "/case intake", .notSource),
        Bad(.source, "//host", .notSource),
        Bad(.time, "yesterday", .notTime),
        Bad(.time, "2025-11-25", .notTime),
        Bad(.time, "2025-02-29T00:00:00Z", .notTime),
        Bad(.aggregateVersion, "0", .notPositiveInteger),
        Bad(.aggregateVersion, "-1", .notPositiveInteger),
        Bad(.aggregateVersion, "+1", .notPositiveInteger),
        Bad(.aggregateVersion, "01", .notPositiveInteger),
        Bad(.aggregateVersion, "1.0", .notPositiveInteger),
        Bad(.aggregateVersion, "9223372036854775808", .notPositiveInteger),
        Bad(.aggregateVersion, "seven", .notPositiveInteger),
        Bad(.contentType, "text/plain", .notJSON),
        Bad(.contentType, "application/json; charset=latin1", .notJSON),
        Bad(.contentType, "application/json;", .notJSON),
        Bad(.contentType, "application/cloudevents+json", .structuredMode),
        Bad(.contentType, "application/cloudevents-batch+json; charset=utf-8", .structuredMode),
    ]

    @Test("a value that breaks a rule is reported with its attribute and rule", arguments: badAnywhere + badSomewhere)
    func badValue(_ bad: Bad) throws {
        let headers = try Self.changed(bad.attribute.header, toBytes: [bad.value])
        #expect(Self.problems(headers) == [EnvelopeProblem(bad.attribute, bad.rule)])
    }

    @Test(
        "a content type may name its charset",
        arguments: [
            "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        ])
    func contentTypes(_ text: String) throws {
        #expect(Self.problems(try Self.changed("content-type", to: [text])) == [])
    }

    @Test(
        "a trace context that is not one is taken for absent",
        arguments: [
            "", "x", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        ])
    func badTrace(_ text: String) throws {
        #expect(try EventEnvelope(headers: Self.changed("ce_traceparent", to: [text])).traceparent == nil)
    }

    @Test("every problem is reported at once, and none shows a value")
    func everyProblem() throws {
        let headers: Headers = [
            ("ce_id", Array("Jane Citizen".utf8)), ("ce_source", [0xFF]), ("ce_time", Array("now".utf8)),
            ("ce_type", Array("a".utf8)), ("ce_type", Array("b".utf8)), ("ce_aggregateversion", Array("x".utf8)),
        ]
        let error = #expect(throws: EnvelopeError.self) { try EventEnvelope(headers: headers) }
        let description = try #require(error?.description)
        #expect(
            Set(try #require(error?.problems)) == [
                EnvelopeProblem(.type, .duplicate), EnvelopeProblem(.specVersion, .missing),
                EnvelopeProblem(.id, .notUUID),
                EnvelopeProblem(.source, .notUTF8), EnvelopeProblem(.time, .notTime),
                EnvelopeProblem(.dataSchema, .missing),
                EnvelopeProblem(.aggregateVersion, .notPositiveInteger), EnvelopeProblem(.correlationID, .missing),
                EnvelopeProblem(.contentType, .missing),
            ])
        #expect(description.contains("ce_id: is not a UUID; "))
        #expect(!description.contains("Jane"))
        #expect(error?.shortLabel == "duplicate")
    }

    @Test("the number of headers has a limit")
    func headerCount() throws {
        let own = try Self.full.headers()
        func padded(to count: Int) -> Headers { own + (own.count..<count).map { (name: "x\($0)", value: []) } }
        #expect(Self.problems(padded(to: EventEnvelope.headerCountMax - 1)) == [])
        #expect(Self.problems(padded(to: EventEnvelope.headerCountMax)) == [])
        #expect(Self.problems(padded(to: EventEnvelope.headerCountMax + 1)) == [EnvelopeProblem(nil, .tooManyHeaders)])
        #expect(Self.problems([]).allSatisfy { $0.rule == .missing })
    }

    @Test("the bytes of all headers have a limit")
    func headerBytes() throws {
        let own = try Self.full.headers()
        let bytes = own.reduce(0) { $0 + $1.name.utf8.count + $1.value.count }
        func padded(to total: Int) -> Headers { own + [("x", Array(repeating: 0x78, count: total - bytes - 1))] }
        #expect(Self.problems(padded(to: EventEnvelope.headerBytesMax - 1)) == [])
        #expect(Self.problems(padded(to: EventEnvelope.headerBytesMax)) == [])
        #expect(Self.problems(padded(to: EventEnvelope.headerBytesMax + 1)) == [EnvelopeProblem(nil, .headersTooLarge)])
    }

    @Test("an attribute's length has a limit")
    func attributeBytes() throws {
        func subject(_ bytes: Int) throws -> [EnvelopeProblem] {
            Self.problems(try Self.changed("ce_subject", to: [String(repeating: "s", count: bytes)]))
        }
        #expect(try subject(EventEnvelope.attributeBytesMax - 1) == [])
        #expect(try subject(EventEnvelope.attributeBytesMax) == [])
        #expect(try subject(EventEnvelope.attributeBytesMax + 1) == [EnvelopeProblem(.subject, .tooLong)])
    }

    @Test("an envelope that could not be read back is not written")
    func refusesToWrite() {
        func problems(source: String = "/kpi", version: Int64 = 1, subject: String? = nil, time: Double = 0)
            -> [EnvelopeProblem]
        {
            let envelope = EventEnvelope(
                of: CaseClosed.self, id: UUID(), source: source, subject: subject,
                time: Date(timeIntervalSince1970: time),
                aggregateVersion: version, correlationID: UUID())
            do {
                _ = try envelope.headers()
                return []
            } catch {
                return error.problems
            }
        }
        #expect(problems() == [])
        #expect(problems(source: "kpi") == [EnvelopeProblem(.source, .notSource)])
        #expect(problems(version: 0) == [EnvelopeProblem(.aggregateVersion, .notPositiveInteger)])
        #expect(problems(subject: "a\nb") == [EnvelopeProblem(.subject, .controlCharacter)])
        #expect(problems(time: 1e15) == [EnvelopeProblem(.time, .empty)])
        #expect(problems(time: .nan) == [EnvelopeProblem(.time, .empty)])
    }

    @Test("20,000 random headers are read or refused")
    func randomHeaders() throws {
        var generator = SeededGenerator.announced("random headers")
        let own = try Self.full.headers()
        var refused = 0
        for _ in 0..<20_000 {
            var headers = own
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<headers.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: headers.append(headers[index])
                case 1: headers[index].value.append(UInt8.random(in: 0...255, using: &generator))
                case 2:
                    if !headers[index].value.isEmpty {
                        headers[index].value[0] = UInt8.random(in: 0...255, using: &generator)
                    }
                default: if headers.count > 1 { headers.remove(at: index) }
                }
            }
            let result = Result { () throws(EnvelopeError) in try EventEnvelope(headers: headers) }
            switch result {
            case .success(let envelope): #expect(try EventEnvelope(headers: envelope.headers()) == envelope)
            case .failure(let error):
                #expect(!error.problems.isEmpty)
                refused += 1
            }
        }
        #expect(refused > 2_000 && refused < 20_000)
    }
}
