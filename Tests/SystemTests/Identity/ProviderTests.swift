import FoundationEssentials
import HTTP
import ServiceKit
import TestSupport
import Testing

@testable import KPI
@testable import ReferralGateway

private let gatewayAudience = "https://referral-gateway.takeup.test"
private let pagesAudience = "https://kpi.takeup.test"

/// The settings with which a service believes a provider and nobody else.
private func settings(issuer: String, audience: String, scope: String) -> [String: String] {
    [
        "identity.oidc.issuer": issuer, "identity.oidc.audience": audience, "identity.oidc.scope": scope,
        "identity.oidc.keys-file": "",
    ]
}

private func plainClient() -> HTTPClient {
    var configuration = HTTPClientConfiguration()
    configuration.allowsPlainHTTP = true
    return HTTPClient(configuration)
}

@Suite("Signing in with a real OpenID provider", .serialized)
struct ProviderTests {
    private func identities(redirectTo url: String = "http://127.0.0.1/signed-in") -> TestOpenIDProvider.Identities {
        var identities = TestOpenIDProvider.Identities(
            resources: [gatewayAudience: ["referrals.submit", "referrals.read"], pagesAudience: ["kpi"]],
            redirectURIs: [url])
        identities.addMachine("st-elsewhere", scopes: ["referrals.submit"])
        identities.addMachine("reader", scopes: ["referrals.read"])
        identities.addPerson("tom", scopes: ["kpi"], roles: [.performanceAnalyst, .auditor])
        identities.addPerson("no-scope", scopes: [], roles: [.performanceAnalyst])
        identities.addPerson("no-role", scopes: ["kpi"], roles: [.referralPartner])
        return identities
    }

    /// Sends something that is no notice: whoever may send gets a receipt for it (422).
    private func send(_ token: String, to address: String, _ client: HTTPClient) async throws -> Int {
        let headers = [(name: "Authorization", value: "Bearer " + token), ("Content-Type", "application/fhir+xml")]
        let request = HTTPClientRequest(.post, address + "/referrals", headers: headers, body: Array("<x/>".utf8))
        return Int(try await client.send(request).status.rawValue)
    }

    @Test("a machine sends by its scope alone, for this audience alone, and does nothing else")
    func machines() async throws {
        let provider = try await TestOpenIDProvider.start(identities(), on: FreePort.find())
        let settings = settings(issuer: provider.issuer, audience: gatewayAudience, scope: "referrals.read")
        try await ServiceUnderTest.with(ReferralGateway.Main.service, settings: settings) { gateway in
            let client = plainClient()
            let ending = try await gateway.serving { address in
                let good = try await provider.token(
                    machine: "st-elsewhere", scope: "referrals.submit", audience: gatewayAudience)
                #expect(try await send(good, to: address, client) == 422)
                // Believed, and may not: the scope is another permission's.
                let reading = try await provider.token(
                    machine: "reader", scope: "referrals.read", audience: gatewayAudience)
                #expect(try await send(reading, to: address, client) == 403)
                #expect(try await send(good + "x", to: address, client) == 401)
                #expect(try await send(try TestPerson(.referralPartner).token(), to: address, client) == 401)
            }
            await client.stop()
            #expect(ending.exitCode == .success, "\(ending.messages)")
        }
        await provider.stop()
    }

    @Test("when the provider signs with another key, its new tokens are believed and its old ones are not")
    func rotation() async throws {
        let port = try FreePort.find()
        let first = try await TestOpenIDProvider.start(identities(), on: port)
        func token(_ provider: TestOpenIDProvider) async throws -> String {
            try await provider.token(machine: "st-elsewhere", scope: "referrals.submit", audience: gatewayAudience)
        }
        let settings = settings(issuer: first.issuer, audience: gatewayAudience, scope: "referrals.read")
        try await ServiceUnderTest.with(ReferralGateway.Main.service, settings: settings) { gateway in
            let client = plainClient()
            let ending = try await gateway.serving { address in
                let old = try await token(first)
                #expect(try await send(old, to: address, client) == 422)
                await first.stop()
                // Its keys are known: nobody has to be asked.
                #expect(try await send(old, to: address, client) == 422)

                let second = try await TestOpenIDProvider.start(identities(), on: port)
                let new = try await token(second)
                #expect(
                    try await eventually(within: .seconds(30)) { try await send(new, to: address, client) == 422 })
                #expect(try await send(old, to: address, client) == 401)
                await second.stop()
            }
            await client.stop()
            #expect(ending.exitCode == .success, "\(ending.messages)")
        }
    }

    @Test("a browser signs in to pages by code and PKCE; without scope, role or its own sign-in nobody gets in")
    func pages() async throws {
        let port = try FreePort.find()
        let address = "http://127.0.0.1:\(port)"
        let provider = try await TestOpenIDProvider.start(
            identities(redirectTo: address + "/signed-in"), on: FreePort.find())
        var settings = settings(issuer: provider.issuer, audience: pagesAudience, scope: "kpi")
        settings["identity.oidc.client-id"] = "pages"
        settings["http.public-url"] = address
        try await ServiceUnderTest.with(KPI.Main.service, settings: settings) { kpi in
            let ending = try await kpi.serving(on: port) { address in
                let tom = TestBrowser(at: address)
                let shown = try await tom.visit("/", signingInWith: provider, as: "tom")
                #expect(shown.status == .ok)
                #expect(shown.text.contains("Direct payments on"))
                await tom.close()

                for (login, status) in [("no-scope", HTTPStatus.badGateway), ("no-role", .forbidden)] {
                    let visitor = TestBrowser(at: address)
                    #expect(try await visitor.visit("/", signingInWith: provider, as: login).status == status)
                    await visitor.close()
                }
                try await requireOwnSignIn(address, provider)
            }
            #expect(ending.exitCode == .success, "\(ending.messages)")
        }
        await provider.stop()
    }

    /// A code is good for the browser that began, with its own verifier, once.
    private func requireOwnSignIn(_ address: String, _ provider: TestOpenIDProvider) async throws {
        let (one, other) = (TestBrowser(at: address), TestBrowser(at: address))
        let returning = try await one.beginSignIn("/", with: provider, as: "tom")
        #expect(try await other.get(returning).status == .badRequest)
        _ = try await other.get("/sign-in")
        #expect(try await other.get(returning).status == .badRequest)
        let state = returning.replacing("state=", with: "state=x")
        #expect(try await one.get(state).status == .badRequest)
        let code = returning.replacing("code=", with: "code=x")
        #expect(try await one.get(code).status == .badGateway)
        #expect(try await one.get("/").status == .seeOther)
        #expect(try await one.get(returning).status == .seeOther)
        #expect(try await one.get("/").status == .ok)
        await one.close()
        await other.close()
    }
}

extension TestBrowser {
    /// Opens a page, signs in where that is asked, and opens where that leads to.
    fileprivate func visit(
        _ path: String, signingInWith provider: TestOpenIDProvider, as login: String
    ) async throws -> HTTPClientResponse {
        let back = try await get(try await beginSignIn(path, with: provider, as: login))
        guard back.status == .seeOther, let next = back[header: "Location"] else { return back }
        return try await get(next)
    }

    /// The path at which the provider sends the browser back.
    fileprivate func beginSignIn(
        _ path: String, with provider: TestOpenIDProvider, as login: String
    ) async throws -> String {
        let signIn = try #require(try await get(path)[header: "Location"])
        let away = try #require(try await get(signIn)[header: "Location"])
        #expect(away.hasPrefix(provider.issuer) && away.contains("code_challenge_method=S256"))
        let returning = try await provider.signIn(login, scopes: "openid kpi", at: away)
        let path = try #require(returning.firstRange(of: "/signed-in"))
        return String(returning[path.lowerBound...])
    }
}
