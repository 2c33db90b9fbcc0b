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

    /// A client that speaks to a provider: TLS alone, but to this machine itself.
    static func client(_ configuration: Configuration) throws -> HTTPClient {
        var client = HTTPClientConfiguration()
        client.responseBytesMax = documentBytesMax
        client.allowsPlainHTTP = isThisMachine(configuration[CommonSettings.oidcIssuer])
        let authorities = configuration[CommonSettings.oidcAuthorityFile]
        if !authorities.isEmpty { client.authorities = try Configuration.text(authorities) }
        return HTTPClient(client)
    }

    /// Asks the provider. Throws where it does not answer, or speaks for another issuer: the issuer that is set is the one that
    /// is believed, whatever a document says.
    static func discover(_ issuer: String, _ client: HTTPClient) async throws -> OpenIDProvider {
        let document = try await read(issuer + "/.well-known/openid-configuration", client)
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
        let url = keysURL
        let response = try await client.send(HTTPClientRequest(.get, url, timeout: Self.timeout))
        guard response.status == .ok else { throw ProviderFailure("it answers \(response.status.rawValue)") }
        return try VerificationKeys(jwks: response.body)
    }

    static func read(_ url: String, _ client: HTTPClient) async throws -> StrictJSON {
        try json(of: try await client.send(HTTPClientRequest(.get, url, timeout: timeout)))
    }

    static func json(of response: HTTPClientResponse) throws -> StrictJSON {
        guard response.status == .ok else { throw ProviderFailure("it answers \(response.status.rawValue)") }
        do {
            return try StrictJSON(response.body)
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
