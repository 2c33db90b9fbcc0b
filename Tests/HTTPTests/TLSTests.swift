import Foundation
import TestSupport
import Testing

@testable import HTTP

@Suite("TLS")
struct TLSTests {
    private let certificates: TestCertificates

    init() async throws { certificates = try await TestCertificates.ofHTTP.value }

    private var router: Router {
        var router = standardRouter()
        router.get("/who") { request in
            .text(request.clientCertificate.map { "\($0.subject) \($0.sha256)" } ?? "nobody")
        }
        return router
    }

    private func tls(_ clients: HTTPServerConfiguration.TLS.ClientCertificates) throws -> HTTPServerConfiguration.TLS {
        HTTPServerConfiguration.TLS(
            certificate: try certificates.pem("server.crt"), key: try certificates.pem("server.key"),
            clientCertificates: clients)
    }

    private func ask(_ server: HTTPServer, as name: String?, path: String = "/who") async throws -> HTTPClientResponse {
        var configuration = HTTPClientConfiguration()
        configuration.authorities = try certificates.pem("authority.crt")
        // A busy machine is no reason to fail.
        configuration.connectTimeout = .seconds(60)
        configuration.requestTimeout = .seconds(60)
        if let name {
            configuration.certificate = try certificates.pem("\(name).crt")
            configuration.key = try certificates.pem("\(name).key")
        }
        let client = HTTPClient(configuration)
        let response = try await client.send(HTTPClientRequest(.get, "https://localhost:\(server.port)\(path)"))
        await client.stop()
        return response
    }

    private func text(_ response: HTTPClientResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test("a trusted client certificate reaches the handler with its subject and fingerprint")
    func trusted() async throws {
        let tls = try tls(.optional(authorities: certificates.pem("authority.crt")))
        let fingerprint = try await certificates.openssl(
            "x509", "-in", "client.crt", "-noout", "-fingerprint", "-sha256")
        let digits = fingerprint.split(separator: "=").last.map {
            $0.lowercased().filter { $0.isHexDigit }
        }
        try await withServer(router, { $0.tls = tls }) { server in
            let response = try await ask(server, as: "client")
            #expect(response.status == .ok)
            #expect(text(response) == "CN=client,O=Takeup tests \(digits ?? "")")
        }
    }

    @Test("without a client certificate a server that only allows one answers, one that requires it refuses")
    func anonymous() async throws {
        let authorities = try certificates.pem("authority.crt")
        let optional = try tls(.optional(authorities: authorities))
        try await withServer(router, { $0.tls = optional }) { server in
            let unknown = try await text(ask(server, as: nil))
            #expect(unknown == "nobody")
        }
        let required = try tls(.required(authorities: authorities))
        try await withServer(router, { $0.tls = required }) { server in
            let refused = try await ask(server, as: nil)
            #expect(refused.status == .forbidden)
            let known = try await ask(server, as: "client")
            #expect(known.status == .ok)
        }
    }

    @Test(
        "a certificate from another authority, or one not meant for clients, is refused",
        arguments: ["stranger", "wrong-use"])
    func untrusted(name: String) async throws {
        let tls = try tls(.optional(authorities: certificates.pem("authority.crt")))
        try await withServer(router, { $0.tls = tls }) { server in
            let response = try await ask(server, as: name)
            #expect(response.status == .forbidden)
            #expect(response[header: "content-type"] == "application/problem+json")
        }
    }

    @Test(
        "over TLS every answer asks browsers to come by TLS alone for a year, refusals too",
        arguments: ["/who", "/nowhere"])
    func strictTransport(path: String) async throws {
        let tls = try tls(.notAsked)
        try await withServer(router, { $0.tls = tls }) { server in
            let response = try await ask(server, as: nil, path: path)
            #expect(response[header: "Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
        }
    }

    @Test("a server that asks for no certificate serves over TLS")
    func serverOnly() async throws {
        let tls = try tls(.notAsked)
        try await withServer(router, { $0.tls = tls }) { server in
            let greeting = try await text(ask(server, as: nil, path: "/hello"))
            #expect(greeting == "hello")
            let whole = text(try await ask(server, as: nil, path: "/stream?n=20000"))
            #expect(whole.hasPrefix("line 0\n"))
            #expect(whole.hasSuffix("line 19999\n"))
        }
    }

    @Test("the client refuses a server whose authority it does not trust")
    func clientChecks() async throws {
        let tls = try tls(.notAsked)
        try await withServer(router, { $0.tls = tls }) { server in
            var configuration = HTTPClientConfiguration()
            configuration.authorities = try certificates.pem("rogue.crt")
            let client = HTTPClient(configuration)
            await #expect {
                _ = try await client.send(HTTPClientRequest(.get, "https://localhost:\(server.port)/hello"))
            } throws: { ($0 as? HTTPClientError)?.code == .tls }
            await client.stop()
        }
    }

    @Test("a certificate that cannot be read keeps the server from starting, with a reason")
    func unreadable() async throws {
        let broken = HTTPServerConfiguration.TLS(certificate: "no certificate", key: "no key")
        let server = try HTTPServer(HTTPServerConfiguration(tls: broken), router: router)
        await #expect {
            try await server.run()
        } throws: { ($0 as? HTTPServerError)?.code == .cannotStart }
        await server.stop()
    }
}
