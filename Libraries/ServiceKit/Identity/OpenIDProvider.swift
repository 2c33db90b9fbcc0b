import Crypto
import FoundationEssentials
import HTTP

/// An OpenID provider, as its own discovery document tells of it (OpenID Connect Discovery 1.0).
struct OpenIDProvider: Sendable {
    /// Exactly what `iss` says in its tokens.
    let issuer: String
    /// Where people sign in.
    let authorizationEndpoint: String
    /// Where a code becomes a token.
    let tokenEndpoint: String
    private let keysURL: String

    /// The longest document that is read, in bytes.
    static let documentBytesMax = 256 * 1024
    static let timeout: Duration = .seconds(10)

    /// Asks the provider of the settings who it is, and runs `body` with it and a client that speaks to it.
    static func asking<Answer>(
        _ configuration: Configuration, _ body: (OpenIDProvider, HTTPClient) async throws -> Answer
    ) async throws -> Answer {
        let client = try client(configuration)
        do {
            let answer = try await body(discover(configuration[CommonSettings.oidcIssuer], client), client)
            await client.stop()
            return answer
        } catch {
            await client.stop()
            throw error
        }
    }

    /// TLS alone, but to this machine itself.
    private static func client(_ configuration: Configuration) throws -> HTTPClient {
        var client = HTTPClientConfiguration()
        client.responseBytesMax = documentBytesMax
        client.allowsPlainHTTP = isThisMachine(configuration[CommonSettings.oidcIssuer])
        let authorities = configuration[CommonSettings.oidcAuthorityFile]
        if !authorities.isEmpty { client.authorities = try Configuration.text(authorities) }
        return HTTPClient(client)
    }

    /// Asks the provider. Throws where it does not answer, or speaks for another issuer: the issuer that is set is the one that
    /// is believed, whatever a document says.
    private static func discover(_ issuer: String, _ client: HTTPClient) async throws -> OpenIDProvider {
        let document = try json(of: try await get(issuer + "/.well-known/openid-configuration", client))
        guard document["issuer"]?.string == issuer else { throw ProviderFailure("it speaks for another issuer") }
        func endpoint(_ name: String) throws -> String {
            guard let url = document[name]?.string, url.hasPrefix("https://") || isThisMachine(url) else {
                throw ProviderFailure("its document has no \(name) that can be trusted")
            }
            return url
        }
        return OpenIDProvider(
            issuer: issuer, authorizationEndpoint: try endpoint("authorization_endpoint"),
            tokenEndpoint: try endpoint("token_endpoint"), keysURL: try endpoint("jwks_uri"))
    }

    /// The keys that it signs with now.
    func keys(_ client: HTTPClient) async throws -> VerificationKeys {
        try VerificationKeys(jwks: try Self.body(of: try await Self.get(keysURL, client)))
    }

    private static func get(_ url: String, _ client: HTTPClient) async throws -> HTTPClientResponse {
        try await client.send(HTTPClientRequest(.get, url, timeout: timeout))
    }

    private static func body(of response: HTTPClientResponse) throws -> [UInt8] {
        guard response.status == .ok else { throw ProviderFailure("it answers \(response.status.rawValue)") }
        return response.body
    }

    static func json(of response: HTTPClientResponse) throws -> StrictJSON {
        let bytes = try body(of: response)
        do {
            return try StrictJSON(bytes)
        } catch {
            throw ProviderFailure("its answer is no JSON")
        }
    }

    /// Whether an address is this machine's own, where a connection in the clear shows nobody anything.
    private static func isThisMachine(_ url: String) -> Bool {
        ["http://127.0.0.1", "http://[::1]", "http://localhost"].contains { host in
            url == host || url.hasPrefix(host + ":") || url.hasPrefix(host + "/")
        }
    }
}

/// What is wrong with an OpenID provider. Safe to log.
struct ProviderFailure: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = "the OpenID provider cannot be used: " + what }
}
