import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import ServiceKit

extension ServiceTests {
    @Suite("Quotas of requests")
    struct RequestQuotaTests {
        private func serving(
            _ settings: [String: String],
            _ body: (_ ask: (String, TestPerson?) async throws -> HTTPClientResponse)
                async throws -> Void
        ) async throws {
            try await ServiceUnderTest.with(library, settings: settings) { service in
                let ending = try await service.serving { address in
                    var configuration = HTTPClientConfiguration()
                    configuration.allowsPlainHTTP = true
                    let client = HTTPClient(configuration)
                    try await body { path, person in
                        let headers = try person.map { [(name: "Authorization", value: "Bearer \(try $0.token())")] }
                        return try await client.send(.init(.get, address + path, headers: headers ?? []))
                    }
                    await client.stop()
                }
                #expect(ending.exitCode == .success, "\(ending.messages)")
            }
        }

        @Test("who sends too many is told with 429 when to come again, and nobody else feels it")
        func perPerson() async throws {
            try await serving(["http.person-requests-per-second": "1"]) { ask in
                let (wild, calm) = (TestPerson(.socialWorker), TestPerson(.socialWorker))
                var refused: HTTPClientResponse?
                // Ten at once, and what a second gives while they are sent.
                for _ in 0..<1_000 where refused == nil {
                    let answer = try await ask("/books", wild)
                    if answer.status != .ok { refused = answer }
                }
                let answer = try #require(refused)
                #expect(answer.status == .tooManyRequests)
                #expect(["1", "2"].contains(answer[header: "Retry-After"]))
                #expect(answer[header: "Content-Type"] == "application/problem+json")
                #expect(try await ask("/books", calm).status == .ok)
            }
        }

        @Test("an address is counted before anybody is known, and whoever asks for the service's health is not")
        func perAddress() async throws {
            try await serving(["http.address-requests-per-second": "1", "http.person-requests-per-second": "0"]) {
                ask in
                var statuses: [HTTPStatus] = []
                for _ in 0..<1_000 where statuses.last != .tooManyRequests {
                    statuses.append(try await ask("/books", nil).status)
                }
                #expect(statuses.count > 10)
                #expect(statuses.dropLast().allSatisfy { $0 == .unauthorized })
                #expect(statuses.last == .tooManyRequests)
                #expect(try await ask("/no-such-path", nil).status == .tooManyRequests)
                for _ in 0..<30 {
                    for path in ["/livez", "/readyz", "/metrics"] {
                        #expect(try await ask(path, nil).status == .ok)
                    }
                }
                #expect(
                    String(decoding: try await ask("/metrics", nil).body, as: UTF8.self)
                        .contains(#"requests_limited_total{by="address"}"#))
            }
        }
    }
}

@Suite("A caller's address")
struct CallerAddressTests {
    private func network(_ address: String) -> String { CallerAddress.network(of: address) }

    @Test("an IPv4 address is one caller, whatever its port and however it is written")
    func version4() {
        #expect(network("192.0.2.7:4711") == network("192.0.2.7:80"))
        #expect(network("192.0.2.7:4711") == network("[::ffff:192.0.2.7]:80"))
        #expect(network("192.0.2.7:4711") != network("192.0.2.8:4711"))
    }

    @Test("of IPv6 a network is one caller, for a machine takes addresses in it as it likes")
    func version6() {
        #expect(network("[2001:db8:1:2::1]:80") == network("[2001:db8:1:2:ffff::9]:1"))
        #expect(network("[2001:db8:1:2::1]:80") != network("[2001:db8:1:3::1]:80"))
        #expect(network("[2001:db8::1]:80") != network("[::1]:80"))
    }
}
