import Foundation
import HTTP

@testable import Takeup

extension HTTPClient {
    /// Sends bytes to a gateway as a partner sends a notice.
    /// - Parameter gateway: where it answers, for example `http://127.0.0.1:8080`.
    func sendNotice(_ bytes: [UInt8], to gateway: String, as partner: DemoPerson) async throws -> HTTPClientResponse {
        let token = try String(contentsOfFile: partner.tokenFile, encoding: .utf8).trimmingCharacters(in: .newlines)
        return try await send(
            HTTPClientRequest(
                .post, gateway + "/referrals",
                headers: [("Authorization", "Bearer " + token), ("Content-Type", "application/fhir+xml")], body: bytes,
                timeout: .seconds(60)))
    }
}
