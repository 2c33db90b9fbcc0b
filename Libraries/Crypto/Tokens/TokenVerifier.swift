package import FoundationEssentials

/// Believes or refuses a signed token (JWS compact form, RFC 7515, with the claims of RFC 7519).
///
/// It is strict where others were fooled: the algorithm belongs to the key and not to the token, `none` and HMAC do not
/// exist, no header can point to a key or change how the token is read, and every text has one reading only.
package struct TokenVerifier: Sendable {
    /// Somebody whose tokens may be believed.
    package struct Issuer: Sendable {
        /// Exactly what `iss` must say.
        package let name: String
        /// What `aud` must contain.
        package let audience: String
        /// What it signs with.
        package let keys: VerificationKeys
        /// Of these scopes a token must have one; empty where the issuer knows no scopes. A provider gives a token to whoever may
        /// sign in, whether they were granted the scope they asked for or not.
        package let scopes: Set<String>
        /// The longest time from `iat` to `exp`; with it, `iat` must be there.
        package let lifetimeMax: Duration?

        /// An issuer.
        package init(
            name: String, audience: String, keys: VerificationKeys, scopes: Set<String> = [],
            lifetimeMax: Duration? = nil
        ) {
            self.name = name
            self.audience = audience
            self.keys = keys
            self.scopes = scopes
            self.lifetimeMax = lifetimeMax
        }
    }

    /// The longest token that is looked at, in bytes.
    package static let tokenBytesMax = 8192
    /// How far the clocks of issuer and verifier may differ.
    package static let clockSkew = Duration.seconds(60)

    private let issuers: [Issuer]
    private let clockSkew: TimeInterval

    /// A verifier that believes these issuers and nobody else.
    package init(issuers: [Issuer], clockSkew: Duration = Self.clockSkew) {
        precondition(Set(issuers.map(\.name)).count == issuers.count, "two issuers of one name")
        self.issuers = issuers
        self.clockSkew = TimeInterval(clockSkew.components.seconds)
    }

    /// What the token says, when it may be believed at `now`.
    package func verify(_ token: String, at now: Date) throws(TokenRefusal) -> TokenClaims {
        guard token.utf8.count <= Self.tokenBytesMax else { throw .tooLong }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty
        else { throw .malformed }
        let (algorithm, keyID) = try Self.readHeader(header)
        let json: StrictJSON
        do { json = try StrictJSON(payload) } catch { throw .malformed }
        // Until the signature was checked, the issuer is only a hint at which keys to try.
        guard let name = json["iss"]?.string, let issuer = issuers.first(where: { $0.name == name }) else {
            throw .unknownIssuer
        }
        let key = try Self.key(of: issuer, algorithm, keyID)
        guard key.isValid(signature, over: Array("\(parts[0]).\(parts[1])".utf8), by: algorithm) else {
            throw .badSignature
        }
        return try check(json, issuer, now)
    }

    /// Only headers that cannot change the meaning of anything are let through.
    private static let harmlessHeaders: Set<String> = ["alg", "typ", "kid", "x5t", "x5t#S256"]
    private static let types: Set<String> = ["JWT", "at+jwt"]

    private static func readHeader(_ bytes: [UInt8]) throws(TokenRefusal) -> (SignatureAlgorithm, keyID: String?) {
        let json: StrictJSON
        do { json = try StrictJSON(bytes) } catch { throw .badHeader }
        guard case .object(let members) = json, members.allSatisfy({ harmlessHeaders.contains($0.name) }) else {
            throw .badHeader
        }
        guard let named = json["alg"]?.string, let algorithm = SignatureAlgorithm(rawValue: named) else {
            throw .badAlgorithm
        }
        if let type = json["typ"] {
            guard let text = type.string, types.contains(text) else { throw .badHeader }
        }
        guard let keyID = json["kid"] else { return (algorithm, nil) }
        guard let text = keyID.string else { throw .badHeader }
        return (algorithm, text)
    }

    /// The key that the token names; without a name the only one that can check the algorithm.
    private static func key(
        of issuer: Issuer, _ algorithm: SignatureAlgorithm, _ keyID: String?
    ) throws(TokenRefusal) -> VerificationKey {
        let named = issuer.keys.keys.filter { keyID == nil || $0.id == keyID }
        guard !named.isEmpty else { throw .unknownKey }
        let able = named.filter { $0.algorithms.contains(algorithm) }
        guard let key = able.first else { throw .badAlgorithm }
        guard able.count == 1 else { throw .unknownKey }
        return key
    }

    private func check(_ json: StrictJSON, _ issuer: Issuer, _ now: Date) throws(TokenRefusal) -> TokenClaims {
        let claims = try TokenClaims(json)
        guard let audience = json["aud"] else { throw .wrongAudience }
        let audiences = audience.string.map { [$0] } ?? audience.strings ?? []
        guard audiences.contains(issuer.audience) else { throw .wrongAudience }
        guard issuer.scopes.isEmpty || !issuer.scopes.isDisjoint(with: claims.scopes) else { throw .wrongScope }
        guard now < claims.expiresAt.addingTimeInterval(clockSkew) else { throw .expired }
        for start in [try TokenClaims.date(json, "nbf"), claims.issuedAt].compactMap(\.self) {
            guard start <= now.addingTimeInterval(clockSkew) else { throw .notYetValid }
        }
        if let lifetimeMax = issuer.lifetimeMax {
            guard let issuedAt = claims.issuedAt,
                claims.expiresAt.timeIntervalSince(issuedAt) <= TimeInterval(lifetimeMax.components.seconds)
            else { throw .livesTooLong }
        }
        return claims
    }
}
