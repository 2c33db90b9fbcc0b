package import FoundationEssentials

/// Signs tokens that ``TokenVerifier`` believes.
package struct TokenIssuer: Sendable {
    private let name: String
    private let audience: String
    private let key: SigningKey

    /// An issuer of that name, whose tokens are meant for `audience`.
    package init(name: String, audience: String, key: SigningKey) {
        self.name = name
        self.audience = audience
        self.key = key
    }

    /// A token about `subject` that holds from `now` for `lifetime`.
    package func token(
        subject: String, name displayName: String? = nil, roles: [String] = [], scopes: [String] = [], at now: Date,
        lifetime: Duration
    ) throws(CryptoError) -> String {
        let issuedAt = Int64(now.timeIntervalSince1970)
        var claims: [StrictJSON.Member] = [
            .init("iss", .string(name)), .init("aud", .string(audience)), .init("sub", .string(subject)),
            .init("iat", .number(String(issuedAt))), .init("nbf", .number(String(issuedAt))),
            .init("exp", .number(String(issuedAt + lifetime.components.seconds))),
            .init("jti", .string(Base64URL.encode(randomBytes(16)))),
        ]
        if let displayName { claims.append(.init("name", .string(displayName))) }
        if !roles.isEmpty { claims.append(.init("roles", .array(roles.map { .string($0) }))) }
        if !scopes.isEmpty { claims.append(.init("scope", .string(scopes.joined(separator: " ")))) }
        return try Self.sign(.object(claims), key: key)
    }

    /// The compact form of any claims.
    package static func sign(_ claims: StrictJSON, key: SigningKey) throws(CryptoError) -> String {
        let header = StrictJSON.object([
            .init("alg", .string(key.algorithm.rawValue)), .init("typ", .string("JWT")), .init("kid", .string(key.id)),
        ])
        let signed =
            Base64URL.encode(Array(header.text.utf8)) + "." + Base64URL.encode(Array(claims.text.utf8))
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }
}
