import Crypto
import FoundationEssentials
import HTTP

/// Signing in with an OpenID provider: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636 with S256, RFC 9207).
struct ProviderSignIn: Sendable {
    let configuration: Configuration

    /// Where the provider sends people back to.
    static let callbackPath = "/signed-in"

    /// What the browser keeps while the person is away, in one cookie: `state.verifier.next`.
    struct Pending: Sendable {
        let state: String
        let verifier: String
        let next: String

        init(next: String) {
            state = PageCookies.random()
            verifier = PageCookies.random()
            self.next = next
        }

        init?(cookie: String) {
            let parts = cookie.split(separator: ".").map(String.init)
            guard parts.count == 3, let next = Base64URL.decode(parts[2]) else { return nil }
            (state, verifier) = (parts[0], parts[1])
            self.next = String(decoding: next, as: UTF8.self)
        }

        /// What the provider has to repeat in its ID token.
        var nonce: String { Base64URL.encode(SHA256.hash(Array("nonce \(verifier)".utf8))) }

        var cookie: String { "\(state).\(verifier).\(Base64URL.encode(Array(next.utf8)))" }
    }

    /// Whether the settings name a client of a provider. Throws where they do so in part.
    static func configured(_ configuration: Configuration) throws(CommandFailure) -> ProviderSignIn? {
        guard !configuration[CommonSettings.oidcClientID].isEmpty else { return nil }
        for setting in [CommonSettings.oidcIssuer, CommonSettings.httpPublicURL]
        where configuration[setting].isEmpty {
            throw CommandFailure(
                .configuration, "\(setting.key) is missing.", why: "identity.oidc.client-id is set.",
                next: "Set both, or neither.")
        }
        return ProviderSignIn(configuration: configuration)
    }

    private var redirectURL: String { configuration[CommonSettings.httpPublicURL] + Self.callbackPath }

    /// The provider's page to send a browser to.
    func address(for pending: Pending) async throws -> String {
        let provider = try await OpenIDProvider.asking(configuration) { provider, _ in provider }
        var fields = [
            (name: "response_type", value: "code"), ("client_id", configuration[CommonSettings.oidcClientID]),
            ("redirect_uri", redirectURL), ("scope", "openid " + configuration[CommonSettings.oidcScope]),
            ("state", pending.state), ("nonce", pending.nonce), ("code_challenge_method", "S256"),
            ("code_challenge", Base64URL.encode(SHA256.hash(Array(pending.verifier.utf8)))),
        ]
        fields += audience
        return provider.authorizationEndpoint + (provider.authorizationEndpoint.contains("?") ? "&" : "?")
            + FormFields.encode(fields)
    }

    /// What a provider gives for a code: who signed in, and what they act with.
    struct Tokens: Sendable {
        let identity: String
        let access: String
    }

    /// The tokens for a code that the provider sent a browser back with.
    func tokens(for code: String, _ pending: Pending) async throws -> Tokens {
        try await OpenIDProvider.asking(configuration) { provider, client in
            var headers = [(name: "Content-Type", value: "application/x-www-form-urlencoded")]
            var fields = [
                (name: "grant_type", value: "authorization_code"), ("code", code), ("redirect_uri", redirectURL),
                ("client_id", configuration[CommonSettings.oidcClientID]), ("code_verifier", pending.verifier),
            ]
            fields += audience
            let secret = configuration[CommonSettings.oidcClientSecret]
            if !secret.isEmpty { headers.append(("Authorization", basic(secret))) }
            let response = try await client.send(
                HTTPClientRequest(
                    .post, provider.tokenEndpoint, headers: headers, body: Array(FormFields.encode(fields).utf8),
                    timeout: OpenIDProvider.timeout))
            let answer = try OpenIDProvider.json(of: response)
            guard let access = answer["access_token"]?.string, let identity = answer["id_token"]?.string else {
                throw ProviderFailure("it sent no tokens")
            }
            return Tokens(identity: identity, access: access)
        }
    }

    /// Whom the token is for (RFC 8707), where the audience is an address; providers that know no such thing name it otherwise.
    private var audience: [(name: String, value: String)] {
        let audience = configuration[CommonSettings.oidcAudience]
        return audience.contains("://") ? [("resource", audience)] : []
    }

    /// RFC 6749, section 2.3.1: both parts are encoded as in a form first.
    private func basic(_ secret: String) -> String {
        let parts = [configuration[CommonSettings.oidcClientID], secret].map { FormFields.encode($0) }
        return "Basic " + Data(parts.joined(separator: ":").utf8).base64EncodedString()
    }
}
