import Domain
import Formats
import Foundation
import HTTP
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("Partners' own addresses, each answered in its format", .serialized)
struct PartnerRouteTests {
    private func r4(
        _ caller: Caller, _ token: String?, _ message: [UInt8], type: String = "application/fhir+json"
    ) async throws -> Answer {
        try await caller.ask(.post, "/FHIR/R4/$process-message", token: token, type: type, message)
    }

    @Test(
        "a message of the Booking and Referral Standard is answered with a message; new, changed, taken back",
        arguments: ["json", "xml"])
    func bars(syntax: String) async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let type = "application/fhir+\(syntax)"
            let message = PartnerMessages.bars(syntax)
            let new = try await r4(caller, token, message, type: type)
            #expect(new.status == 200 && new.type == type, "\(new.text)")
            #expect(new.text.contains("servicerequest-response") && new.text.contains("bundle-1"))

            let changed = message.replacing("bundle-1", with: "bundle-2").replacing("09:30:00", with: "10:30:00")
                .replacing("2026-03-09", with: "2026-03-11")
            #expect(try await r4(caller, token, changed, type: type).status == 200)
            let revoked = message.replacing("bundle-1", with: "bundle-3").replacing("\"active\"", with: "\"revoked\"")
            let last = try await r4(caller, token, revoked, type: type)
            #expect(last.status == 200 && last.text.contains("revoked"))
            #expect(try await gateway.told().map(\.event) == ["received", "amended", "withdrawn"])
            #expect(try await gateway.service.count("select count(*) from referral") == 1)
            #expect(try await gateway.service.count("select count(*) from submission where format = 'bars'") == 3)
        }
    }

    @Test("an answer repeats the request's ids, whatever became of it, and nothing that is no id")
    func requestIDs() async throws {
        try await Caller.serving { gateway, caller in
            let (request, correlation) = (UUID().uuidString, UUID().uuidString.lowercased())
            for (token, id) in [(try gateway.partner.token(), request), ("x", request), ("x", "a\"b")] {
                let answer = try await caller.client.send(
                    HTTPClientRequest(
                        .post, caller.address + "/FHIR/R4/$process-message",
                        headers: [
                            ("Authorization", "Bearer \(token)"), ("Content-Type", "application/fhir+json"),
                            ("X-Request-Id", id), ("X-Correlation-Id", correlation),
                        ], body: PartnerMessages.bars("json")))
                #expect(answer[header: "X-Request-Id"] == (id == request ? id : nil))
                #expect(answer[header: "X-Correlation-Id"] == correlation)
            }
        }
    }

    @Test("what is not taken in R4 is an OperationOutcome with the code of the standard")
    func outcomes() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let message = PartnerMessages.bars("json")
            func expect(_ answer: Answer, _ status: Int, _ code: String, _ type: String) {
                #expect(answer.status == status && answer.type == "application/fhir+json", "\(answer.text)")
                for word in ["\"OperationOutcome\"", "\"\(code)\"", "\"\(type)\""] {
                    #expect(answer.text.contains(word), "\(answer.text)")
                }
            }
            expect(try await r4(caller, nil, message), 401, "REC_UNAUTHORISED", "login")
            expect(try await r4(caller, try TestPerson(.auditor).token(), message), 403, "REC_FORBIDDEN", "forbidden")
            expect(try await r4(caller, token, []), 400, "REC_BAD_REQUEST", "invalid")
            expect(try await r4(caller, token, Array("{".utf8)), 400, "REC_BAD_REQUEST", "structure")
            expect(
                try await r4(caller, token, message.replacing("\"Khan\"", with: "\" \"")), 400, "REC_BAD_REQUEST",
                "required")
            expect(
                try await r4(
                    caller, token,
                    message.replacing("servicerequest-request", with: "booking-request").replacing(
                        "bundle-1", with: "b")),
                422, "REC_UNPROCESSABLE_ENTITY", "not-supported")
            let unknown = message.replacing("\"active\"", with: "\"revoked\"").replacing("bundle-1", with: "bundle-4")
            expect(try await r4(caller, token, unknown), 422, "REC_UNPROCESSABLE_ENTITY", "not-found")

            let good = message.replacing("bundle-1", with: "bundle-5")
            #expect(try await r4(caller, token, good).status == 200)
            expect(try await r4(caller, token, good), 409, "REC_CONFLICT", "duplicate")
            expect(
                try await r4(caller, token, good.replacing("Amna", with: "Anna")), 409, "REC_CONFLICT", "conflict")
            let wrongType = try await r4(caller, token, message, type: "text/plain")
            #expect(wrongType.status == 415 && wrongType.text.contains("OperationOutcome"))
        }
    }

    @Test("a message of another format is refused and nothing of it kept; what is of none is kept in quarantine")
    func otherFormats() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let xml = "application/fhir+xml"
            for (path, message) in [
                ("/FHIR/R4/$process-message", Gateway.notice().write()),
                ("/FHIR/DSTU2/$process-message", PartnerMessages.bars("xml")),
            ] {
                let refused = try await caller.ask(.post, path, token: token, type: xml, message)
                #expect(refused.status == 422 && refused.text.contains("not-supported"), "\(refused.text)")
            }
            #expect(try await gateway.service.count("select count(*) from submission") == 0)
            for path in ["/FHIR/R4/$process-message", "/FHIR/DSTU2/$process-message"] {
                let refused = try await caller.ask(.post, path, token: token, type: xml, Array("<Bundle\(path)".utf8))
                #expect(refused.status == 400 && refused.text.contains("structure"), "\(refused.text)")
            }
            #expect(
                try await gateway.service.count("select count(*) from submission where outcome = 'quarantined'") == 2)
        }
    }

    @Test("an HL7 message is acknowledged: AA where it was taken in, AE where it is wrong, AR where it is no referral")
    func hl7() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            func send(_ message: [UInt8]) async throws -> Answer {
                try await caller.ask(.post, "/HL7/v2", token: token, type: "application/hl7-v2", message)
            }
            let message = PartnerMessages.hl7
            let taken = try await send(message)
            #expect(taken.status == 200 && taken.type.hasPrefix("application/hl7-v2"), "\(taken.text)")
            #expect(taken.text.contains("\rMSA|AA|msg-1|") && taken.text.contains("||ACK^I12^ACK|"))
            #expect(try await send(message).text.contains("\rMSA|AA|msg-1|"), "a repeat is acknowledged as the first")
            let other = try await send(message.replacing("KHAN", with: "KAHN"))
            #expect(other.status == 409 && other.text.contains("\rMSA|AE|msg-1|"))
            let wrong = try await send(
                message.replacing("msg-1", with: "msg-2").replacing("KHAN", with: "").replacing(
                    "19480229", with: "1948"))
            #expect(wrong.status == 400 && wrong.text.contains("\rMSA|AE|msg-2|"))
            #expect(wrong.text.contains("PID^1^5^101&") && wrong.text.contains("PID^1^7^102&"))
            let rejected = try await send(
                message.replacing("REF^I12", with: "ADT^A28").replacing("msg-1", with: "msg-3"))
            #expect(rejected.status == 400 && rejected.text.contains("\rMSA|AR|msg-3|"))
            let cancelled = try await send(
                message.replacing("REF^I12", with: "REF^I14").replacing("msg-1", with: "msg-4"))
            #expect(cancelled.status == 200)
            #expect(try await gateway.told().map(\.event) == ["received", "withdrawn"])
        }
    }

    @Test("an ADW notice is answered with the notice's own accept or reject, the same each time")
    func adw() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            func send(_ notice: ADWNotice) async throws -> ADWResponse {
                let answer = try await caller.ask(
                    .post, "/FHIR/DSTU2/$process-message", token: token, type: "application/xml+fhir", notice.write())
                #expect(answer.status == 200 && answer.type == "application/fhir+xml", "\(answer.text)")
                let (response, report) = ADWResponse.read(Array(answer.text.utf8))
                return try #require(response, "\(report.issues)")
            }
            let notice = Gateway.notice()
            let accepted = try await send(notice)
            #expect(accepted.isAccepted && accepted.answers.messageID == notice.messageID)
            #expect(
                accepted.referralIdentifier == notice.referralIdentifier && accepted.destinationODS == notice.sourceODS)
            #expect(try await send(notice).isAccepted)

            let unknown = Gateway.notice("nobody-sent-it", kind: .withdrawal(.allNotices))
            let rejected = try await send(unknown)
            #expect(!rejected.isAccepted && rejected.reason?.contains("no notice of this referral") == true)
            #expect(try await send(unknown).reason == rejected.reason)
        }
    }

    @Test("nobody who has died is referred, and what was open for them is closed")
    func died() async throws {
        try await Gateway.with { gateway in
            let dead = #""deceasedBoolean":true,"gender""#
            let message = PartnerMessages.bars("json")
            let refused = try await gateway.send(message.replacing(#""gender""#, with: dead))
            #expect(refused.outcome == .quarantined)
            #expect(refused.findings.contains { $0.rule == "person.died" && $0.severity == .error })
            #expect(try await gateway.told().isEmpty)
            #expect(try await gateway.service.count("select count(*) from person") == 0)

            let open = try await gateway.send(message.replacing("bundle-1", with: "bundle-2"))
            let closed = try await gateway.send(
                message.replacing("bundle-1", with: "bundle-3").replacing(#""gender""#, with: dead)
                    .replacing("09:30:00", with: "11:30:00"))
            #expect(closed.outcome == .accepted && closed.referralID == open.referralID)
            #expect(closed.findings.contains { $0.rule == "person.died" && $0.severity == .warning })
            let told = try await gateway.told()
            #expect(told.map(\.event) == ["received", "withdrawn"])
            #expect(told.last?.payload.contains(#""reasonCode":"08""#) == true)
        }
    }

    @Test("one person in three formats is one person with three referrals")
    func onePerson() async throws {
        try await Gateway.with { gateway in
            for message in [Gateway.notice().write(), PartnerMessages.bars("json"), PartnerMessages.hl7] {
                let receipt = try await gateway.send(message)
                #expect(receipt.outcome == .accepted, "\(receipt.findings)")
            }
            #expect(try await gateway.service.count("select count(*) from person") == 1)
            #expect(try await gateway.service.count("select count(*) from referral") == 3)
        }
    }
}

/// Messages of our own. Everyone in them is made up.
enum PartnerMessages {
    static func bars(_ syntax: String) -> [UInt8] { Array((syntax == "json" ? json : xml).utf8) }

    static let hl7 = Array(
        [
            #"MSH|^~\&|TRUST_PAS|TRUST|TAKEUP|LEEDS|20260302093000||REF^I12|msg-1|P|2.4|||AL|NE|GBR"#,
            "EVN|I12|20260302093000", "RF1|A||320|||^^ref-9",
            "PID|||9990000018^^^^NHS||KHAN^AMNA||19480229|2|||^^Leeds^^LS9 7TF", "",
        ].joined(separator: "\r").utf8)

    private static let json = #"""
        {"resourceType":"Bundle","id":"bundle-1","type":"message","timestamp":"2026-03-02T09:30:00+00:00","entry":[
          {"fullUrl":"urn:uuid:1","resource":{"resourceType":"MessageHeader",
            "eventCoding":{"code":"servicerequest-request"},"source":{"endpoint":"urn:a-hospital"},
            "destination":[{"endpoint":"urn:the-council"}],"reason":{"coding":[{"code":"new"}]},
            "focus":[{"reference":"urn:uuid:2"}]}},
          {"fullUrl":"urn:uuid:2","resource":{"resourceType":"ServiceRequest","identifier":[{"value":"bars-7"}],
            "status":"active","intent":"plan","category":[{"coding":[{"code":"referral"}]}],
            "subject":{"reference":"urn:uuid:3"},"encounter":{"reference":"urn:uuid:4"}}},
          {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Patient",
            "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],
            "name":[{"family":"Khan","given":["Amna"]}],"gender":"female","birthDate":"1948-02-29"}},
          {"fullUrl":"urn:uuid:4","resource":{"resourceType":"Encounter",
            "period":{"start":"2026-02-20","end":"2026-03-09"}}}]}
        """#

    private static let xml = """
        <Bundle xmlns="http://hl7.org/fhir"><id value="bundle-1"/><type value="message"/>
          <timestamp value="2026-03-02T09:30:00+00:00"/>
          <entry><fullUrl value="urn:uuid:1"/><resource><MessageHeader>
            <eventCoding><code value="servicerequest-request"/></eventCoding>
            <destination><endpoint value="urn:the-council"/></destination><source><endpoint value="urn:a-hospital"/></source>
            <reason><coding><code value="new"/></coding></reason><focus><reference value="urn:uuid:2"/></focus>
          </MessageHeader></resource></entry>
          <entry><fullUrl value="urn:uuid:2"/><resource><ServiceRequest>
            <identifier><value value="bars-7"/></identifier><status value="active"/><intent value="plan"/>
            <category><coding><code value="referral"/></coding></category>
            <subject><reference value="urn:uuid:3"/></subject><encounter><reference value="urn:uuid:4"/></encounter>
          </ServiceRequest></resource></entry>
          <entry><fullUrl value="urn:uuid:3"/><resource><Patient>
            <identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990000018"/></identifier>
            <name><family value="Khan"/><given value="Amna"/></name><gender value="female"/><birthDate value="1948-02-29"/>
          </Patient></resource></entry>
          <entry><fullUrl value="urn:uuid:4"/><resource><Encounter>
            <period><start value="2026-02-20"/><end value="2026-03-09"/></period>
          </Encounter></resource></entry>
        </Bundle>
        """
}
