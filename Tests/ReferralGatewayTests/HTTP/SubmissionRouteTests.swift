import Domain
import Formats
import FoundationEssentials
import HTTP
import Postgres
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

@Suite("POST /referrals on the running service", .serialized)
struct SubmissionRouteTests {
    @Test("a notice gets 201 and a receipt, the same again 200 and the same receipt, another content 409")
    func receipts() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let message = Gateway.notice().write()
            let first = try await caller.post(token, message)
            #expect(first.status == 201, "\(first.text)")
            #expect(first.type == "application/json")
            let receipt = try first.json(ReceiptJSON.self)
            #expect(receipt.outcome == "accepted" && receipt.referral != nil)
            #expect(first.location == "/submissions/\(receipt.receipt)")

            let again = try await caller.post(token, message)
            #expect(again.status == 200)
            #expect(try again.json(ReceiptJSON.self).receipt == receipt.receipt)
            #expect(try again.json(ReceiptJSON.self).outcome == "duplicate")

            let other = try await caller.post(token, message.replacing("washing", with: "cooking"))
            #expect(other.status == 409)
            #expect(other.type == "application/problem+json")
            #expect(other.location == "/submissions/\(receipt.receipt)")
            #expect(try other.json(ProblemJSON.self).detail?.contains(receipt.receipt) == true)
        }
    }

    @Test("the same notice twenty times at once gets one 201 and one receipt")
    func atOnce() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let message = Gateway.notice().write()
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        // On a busy machine some may have waited too long for a connection; they come again.
                        var answer = try await caller.post(token, message)
                        while answer.status == 503 { answer = try await caller.post(token, message) }
                        return answer
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(answers.count { $0.status == 200 } == 19, "\(answers.map(\.status))")
            #expect(Set(try answers.map { try $0.json(ReceiptJSON.self).receipt }).count == 1)
            #expect(try await gateway.service.count("select count(*) from repeated_submission") == 19)
        }
    }

    @Test("without a token it is 401, with one that is not believed too, and 403 with a role that may not")
    func whoMay() async throws {
        try await Caller.serving { gateway, caller in
            let message = Gateway.notice().write()
            let good = try gateway.partner.token()
            for token in [
                nil, "", "x.y.z", good + "x", try gateway.partner.token(at: Date().addingTimeInterval(-3_600)),
            ] {
                // Also where the rest is wrong: nobody learns more before they have said who they are.
                for type in ["application/fhir+xml", "text/plain"] {
                    #expect(try await caller.post(token, message, type: type).status == 401, "\(token ?? "none")")
                }
            }
            for role in Role.allCases where ![.referralPartner, .directPaymentsTeam].contains(role) {
                let refused = try await caller.post(try TestPerson(role).token(), message)
                #expect(refused.status == 403, "\(role)")
                #expect(try refused.json(ProblemJSON.self).detail?.contains("referral-partner") == true)
            }
            #expect(try await gateway.service.count("select count(*) from submission") == 0)
            #expect(try await caller.post(try TestPerson(.directPaymentsTeam).token(), message).status == 201)
        }
    }

    @Test("a body of another type is 415, an empty one 400, one above the limit 413, and the limit itself is taken")
    func bodies() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let message = Gateway.notice().write()
            for type in [nil, "application/json", "text/html", "multipart/form-data; boundary=x"] {
                #expect(try await caller.post(token, message, type: type).status == 415, "\(type ?? "none")")
            }
            #expect(try await caller.post(token, []).status == 400)
            let padding = [UInt8](repeating: UInt8(ascii: " "), count: Submission.inputBytesMax - message.count)
            #expect(try await caller.post(token, message + padding + [0x20]).status == 413)
            let atLimit = try await caller.post(token, message + padding)
            #expect([201, 422].contains(atLimit.status), "\(atLimit.text)")
            #expect(try await gateway.service.count("select count(*) from submission") == 1)
            for type in ["application/xml", "text/xml; charset=utf-8", "APPLICATION/FHIR+XML"] {
                let taken = try await caller.post(token, Gateway.notice(type).write(), type: type)
                #expect(taken.status == 201, "\(type): \(taken.text)")
            }
        }
    }

    @Test("a bad notice is 422 with every problem, each with its place, and its receipt; again it is the same")
    func problems() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let bad = Gateway.notice().write().replacing("1950-02-28", with: "1950-02-30")
                .replacing("2026-03-09", with: "2026-02-01").replacing("Hussain", with: "")
            let refused = try await caller.post(token, bad)
            #expect(refused.status == 422)
            #expect(refused.type == "application/problem+json")
            let errors = try #require(try refused.json(ProblemJSON.self).errors)
            for place in ["Patient.birthDate", "Encounter.period.end", "Patient.name"] {
                #expect(errors.contains { $0.place.contains(place) && $0.detail.hasPrefix("error ") }, "\(errors)")
            }
            let again = try await caller.post(token, bad)
            #expect(again.status == 422)
            #expect(again.location == refused.location)
            let location = try #require(refused.location)
            let found = try await caller.ask(.get, location, token: token)
            #expect(found.status == 200)
            #expect(try found.json(ReceiptJSON.self).outcome == "quarantined")
        }
    }

    @Test("a partner finds their own receipts alone; those who may read referrals find all")
    func lookingUp() async throws {
        try await Caller.serving { gateway, caller in
            let sent = try await caller.post(try gateway.partner.token(), Gateway.notice().write())
            let location = try #require(sent.location)
            func look(_ token: String?, _ path: String) async throws -> Int {
                try await caller.ask(.get, path, token: token, type: nil).status
            }
            #expect(try await look(try gateway.partner.token(), location) == 200)
            #expect(try await look(try TestPerson(.referralPartner).token(), location) == 404)
            #expect(try await look(try gateway.team.token(), location) == 200)
            #expect(try await look(try TestPerson(.socialWorker).token(), location) == 200)
            #expect(try await look(try TestPerson(.financeOfficer).token(), location) == 403)
            #expect(try await look(nil, location) == 401)
            #expect(try await look(try gateway.team.token(), "/submissions/\(UUID())") == 404)
            #expect(try await look(try gateway.team.token(), "/submissions/7") == 404)
            #expect(try await look(try gateway.team.token(), "/referrals") == 405)
        }
    }

    @Test("each role's requests, as tried, are those of docs/access.md")
    func access() async throws {
        try await Caller.serving { gateway, caller in
            let sent = try await caller.post(try gateway.partner.token(), Gateway.notice().write())
            let location = try #require(sent.location)
            var (mayPost, mayLook) = (Set<Role>(), Set<Role>())
            for role in Role.allCases {
                let person = role == .referralPartner ? gateway.partner : TestPerson(role)
                let token = try person.token()
                let posted = try await caller.post(token, Gateway.notice("ref-\(role.rawValue)").write()).status
                #expect([201, 403].contains(posted), "\(role)")
                if posted == 201 { mayPost.insert(role) }
                let seen = try await caller.ask(.get, location, token: token, type: nil).status
                if seen == 200 { mayLook.insert(role) }
            }
            var access = AccessTable(rolesFor: "requests to referral-gateway", of: "request")
            access.add("POST /referrals", allowed: mayPost.contains)
            access.add("GET /submissions/{receipt}", allowed: mayLook.contains)
            for (path, type) in [
                ("/FHIR/R4/$process-message", "application/fhir+json"),
                ("/FHIR/DSTU2/$process-message", "application/xml+fhir"), ("/HL7/v2", "application/hl7-v2"),
            ] {
                var allowed = Set<Role>()
                for role in Role.allCases {
                    let answer = try await caller.ask(
                        .post, path, token: try TestPerson(role).token(), type: type, Array("MSH".utf8))
                    if answer.status != 403 { allowed.insert(role) }
                    #expect([400, 403, 409, 422].contains(answer.status), "\(path) as \(role): \(answer.text)")
                }
                access.add("POST " + path, allowed: allowed.contains)
            }
            try access.requireOnPage()
        }
    }
}
