import Domain
import Formats
import Foundation
import HTTP
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

/// schemas/referral-gateway.openapi.json, as far as answers are held to it.
private struct OpenAPI {
    private let document: [String: Any]

    init() throws {
        let file = Self.root.appending(path: "schemas/referral-gateway.openapi.json")
        let read = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        document = try #require(read as? [String: Any])
    }

    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `post /referrals` and its fellows.
    var operations: Set<String> {
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        return Set(paths.flatMap { path, operations in operations.keys.map { "\($0) \(path)" } })
    }

    /// What is wrong with an answer, held to what is said of the operation; nil for nothing.
    func fault(of answer: Answer, to method: String, _ path: String) -> String? {
        guard let operation = find("paths", path, method), let responses = operation["responses"] as? [String: Any]
        else {
            return "there is no \(method) \(path)"
        }
        guard let response = responses["\(answer.status)"] as? [String: Any] else {
            return "\(answer.status) is not among the answers"
        }
        let type = String(answer.type.prefix { $0 != ";" })
        let content = response["content"] as? [String: [String: Any]] ?? [:]
        guard let media = content[type] else { return "\(answer.status) is \(type), and not \(content.keys.sorted())" }
        if (response["headers"] as? [String: Any])?["Location"] != nil, answer.location == nil {
            return "there is no Location"
        }
        guard type.hasSuffix("json"), let name = (media["schema"] as? [String: Any])?["$ref"] as? String else {
            return nil
        }
        return shapeFault(answer.text, name.split(separator: "/").last.map(String.init) ?? "")
    }

    /// Held to the members that a schema requires, allows and lists.
    private func shapeFault(_ text: String, _ name: String) -> String? {
        // What cannot be read is told as such.
        let read = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        guard let schema = find("components", "schemas", name), let object = read as? [String: Any] else {
            return "it is no \(name)"
        }
        let required = schema["required"] as? [String] ?? []
        if let missing = required.first(where: { object[$0] == nil }) { return "\(name) has no \(missing)" }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        if schema["additionalProperties"] as? Bool == false,
            let extra = object.keys.first(where: { properties[$0] == nil })
        {
            return "\(name) has \(extra)"
        }
        for (key, property) in properties {
            guard let value = object[key] as? String else { continue }
            if let allowed = property["enum"] as? [String], !allowed.contains(value) { return "\(key) is \(value)" }
            if let constant = property["const"] as? String, constant != value { return "\(key) is \(value)" }
        }
        return nil
    }

    private func find(_ keys: String...) -> [String: Any]? {
        keys.reduce(document as [String: Any]?) { $0?[$1] as? [String: Any] }
    }
}

@Suite("schemas/referral-gateway.openapi.json", .serialized)
struct OpenAPITests {
    @Test("it has every route of the service, and no other")
    func routes() throws {
        let folder = OpenAPI.root.appending(path: "Services/ReferralGateway")
        var routes: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for match in text.matches(of: /router\.(get|post|put|patch|delete)\("([^"]+)"/) {
                routes.insert("\(match.output.1) \(match.output.2)")
            }
        }
        #expect(try OpenAPI().operations == routes)
    }

    @Test("every kind of answer is one that it tells of")
    func answers() async throws {
        let api = try OpenAPI()
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let auditor = try TestPerson(.auditor).token()
            func expect(
                _ status: Int, _ path: String, _ body: [UInt8], type: String, as token: String?,
                _ location: SourceLocation = #_sourceLocation
            ) async throws -> Answer {
                let answer = try await caller.ask(.post, path, token: token, type: type, body)
                #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
                #expect(api.fault(of: answer, to: "post", path) == nil, "\(answer.text)", sourceLocation: location)
                return answer
            }
            let notice = Gateway.notice().write()
            let xml = "application/fhir+xml"
            let first = try await expect(201, "/referrals", notice, type: xml, as: token)
            for (status, body) in [
                (200, notice), (409, notice.replacing("washing", with: "cooking")), (400, []),
                (422, Gateway.notice("ref-2").write().replacing("1950-02-28", with: "1950-02-30")),
            ] { _ = try await expect(status, "/referrals", body, type: xml, as: token) }
            _ = try await expect(401, "/referrals", notice, type: xml, as: nil)
            _ = try await expect(403, "/referrals", notice, type: xml, as: auditor)
            _ = try await expect(415, "/referrals", notice, type: "text/plain", as: token)

            for (person, path, status) in [
                (token, first.location ?? "", 200), (token, "/submissions/\(UUID())", 404),
                (nil, first.location ?? "", 401),
                (try TestPerson(.financeOfficer).token(), first.location ?? "", 403),
            ] as [(String?, String, Int)] {
                let answer = try await caller.ask(.get, path, token: person, type: nil)
                #expect(answer.status == status)
                #expect(api.fault(of: answer, to: "get", "/submissions/{receipt}") == nil, "\(answer.text)")
            }

            let bars = PartnerMessages.bars("json")
            let (r4, json) = ("/FHIR/R4/$process-message", "application/fhir+json")
            _ = try await expect(200, r4, bars, type: json, as: token)
            for (status, body) in [
                (409, bars), (400, Array("{".utf8)),
                (
                    422,
                    bars.replacing("servicerequest-request", with: "booking-request").replacing("bundle-1", with: "b")
                ),
            ] { _ = try await expect(status, r4, body, type: json, as: token) }
            _ = try await expect(401, r4, bars, type: json, as: nil)
            _ = try await expect(403, r4, bars, type: json, as: auditor)
            _ = try await expect(415, r4, bars, type: "text/plain", as: token)

            let adw = Gateway.notice("ref-3").write()
            _ = try await expect(200, "/FHIR/DSTU2/$process-message", adw, type: "application/xml+fhir", as: token)
            let hl7 = PartnerMessages.hl7
            for (status, body) in [
                (200, hl7), (409, hl7.replacing("KHAN", with: "KAHN")), (400, Array("MSH".utf8)), (400, []),
            ] {
                _ = try await expect(status, "/HL7/v2", body, type: "application/hl7-v2", as: token)
            }
            _ = try await expect(401, "/HL7/v2", hl7, type: "application/hl7-v2", as: nil)
            _ = try await expect(415, "/HL7/v2", hl7, type: "text/plain", as: token)
        }
    }
}
