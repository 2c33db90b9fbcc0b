import FoundationEssentials
import HTTP
import ServiceKit
import TestSupport
import Testing

@testable import ReferralGateway

/// An answer of the service.
struct Answer {
    let status: Int
    let type: String
    let location: String?
    let text: String

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

struct ReceiptJSON: Decodable {
    let receipt: String
    let outcome: String
    let referral: String?
}

struct ProblemJSON: Decodable {
    struct Entry: Decodable {
        let place: String
        let detail: String
    }
    let title: String
    let status: Int
    let detail: String?
    let errors: [Entry]?
}

/// A client of the running service.
struct Caller {
    let client: HTTPClient
    let address: String

    func ask(
        _ method: HTTPMethod, _ path: String, token: String?, type: String? = "application/fhir+xml",
        _ body: [UInt8] = [], at other: String? = nil
    ) async throws -> Answer {
        var headers: [(name: String, value: String)] = []
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if let type { headers.append(("Content-Type", type)) }
        let response = try await client.send(
            HTTPClientRequest(method, (other ?? address) + path, headers: headers, body: body, timeout: .seconds(30)))
        return Answer(
            status: Int(response.status.rawValue), type: response[header: "Content-Type"] ?? "",
            location: response[header: "Location"], text: String(decoding: response.body, as: UTF8.self))
    }

    func post(_ token: String?, _ body: [UInt8], type: String? = "application/fhir+xml") async throws -> Answer {
        try await ask(.post, "/referrals", token: token, type: type, body)
    }

    /// The running service, and who speaks to it.
    static func serving(_ body: (Gateway, Caller) async throws -> Void) async throws {
        try await Gateway.with { gateway in
            let ending = try await gateway.service.serving { address in
                var configuration = HTTPClientConfiguration()
                configuration.allowsPlainHTTP = true
                let client = HTTPClient(configuration)
                try await body(gateway, Caller(client: client, address: address))
                await client.stop()
            }
            #expect(ending.exitCode == .success, "\(ending.messages)")
        }
    }
}
